package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import org.junit.jupiter.api.Test;

final class ExplanationTest {
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  private final SeccompFilter filter =
      SeccompFilter.allowList(Arch.X86_64)
          .allow("read")
          .on("ioctl", when(arg(1).asInt().eq(0x5412)).then(REFUSE).otherwise(Action.allow()))
          .on("mount", Action.killProcess())
          .newestKnown("openat2")
          .build();

  @Test
  void namesTheRule() {
    assertEquals(
        "x86_64 ioctl(0x0, 0x100005412) -> ERRNO(EPERM): ioctl: if (int) arg1 == 0x5412:"
            + " ERRNO(EPERM)",
        filter.explain(Arch.X86_64, "ioctl", 0, 0x1_0000_5412L).toString());
    assertEquals(
        "x86_64 ioctl() -> ALLOW: ioctl: none of its conditions holds, so ALLOW",
        filter.explain(Arch.X86_64, "ioctl").toString());
    assertEquals(
        "x86_64 mount() -> KILL_PROCESS: mount: always KILL_PROCESS",
        filter.explain(Arch.X86_64, "mount").toString());
  }

  @Test
  void saysWhatHoldsWithoutARule() {
    assertEquals(
        "x86_64 write() -> ERRNO(EPERM): write has no rule: what holds for all others",
        filter.explain(Arch.X86_64, "write").toString());
    assertEquals(
        "x86_64 memfd_secret() -> ERRNO(ENOSYS): newer than what the filter knows",
        filter.explain(Arch.X86_64, "memfd_secret").toString());
    assertEquals(
        "x86_64 call 9999() -> ERRNO(ENOSYS): no system call of x86_64 is known by this number:"
            + " newer than the filter",
        filter.explain(Arch.X86_64, 9999).toString());
    assertEquals(
        "i386 read() -> KILL_PROCESS: the filter is for [x86_64]; calls of i386 are foreign",
        filter.explain(Arch.I386, "read").toString());
    assertEquals(
        "x32 read() -> ERRNO(ENOSYS): the filter is for [x86_64]; calls of x32 are foreign",
        filter.explain(Arch.X32, "read").toString());
  }

  /** What the kernel finds out when a filter is installed, and a test of arguments prevents. */
  @Test
  void saysWhatTheKernelWillCache() {
    assertTrue(filter.cacheable(Arch.X86_64, "read"));
    assertFalse(filter.cacheable(Arch.X86_64, "ioctl"));
    assertFalse(filter.cacheable(Arch.X86_64, "mount"));
    assertFalse(filter.cacheable(Arch.I386, "read"));
  }

  @Test
  void costsAreThoseOfTheProgram() {
    SeccompFilter both = SeccompFilter.denyList(Arch.X86_64, Arch.I386).on("mount", REFUSE).build();
    FilterCost all = both.cost();
    FilterCost first = both.cost(Arch.X86_64);
    FilterCost second = both.cost(Arch.I386);
    assertEquals(both.program().length(), all.instructions());
    assertTrue(first.average() < all.average() && all.average() < second.average());
    assertEquals(Math.max(first.maximum(), second.maximum()), all.maximum());
    assertTrue(all.estimatedInstallMicros() > 0);
  }
}
