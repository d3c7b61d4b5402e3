package io.github.cofferdam.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Profiles in TOML. */
class SeccompTomlTest {
  private static final Action EPERM = Action.errno(Errno.EPERM);
  private static final Selection X86_64 = Selection.host().forArches(Arch.X86_64);

  private static final String PROFILE =
      """
      [seccomp]
      default = "errno(EPERM)"
      newer = "errno(ENOSYS)"
      foreign_arch = "trap"
      arches = ["i386"]
      newest = "statx"
      allow = ["read", "write", "fadvise64_64"]

      [[seccomp.rules]]
      syscalls = ["ioctl"]
      when = ["(int) arg1 != 0x5412", "(int) arg1 != 0x541c"]
      action = "allow"

      [[seccomp.rules]]
      syscalls = ["socket", "socketpair"]
      when = ["(int) arg0 in [1, 2, 10]"]
      action = "log"

      [[seccomp.rules]]
      syscalls = ["clone3"]
      action = "errno(38)"
      """;

  @Test
  void aProfileDecidesWhatItSays() throws Exception {
    SeccompProfile profile = SeccompProfile.parse(PROFILE, "p");
    SeccompFilter filter = profile.filter(X86_64);
    assertEquals(Action.allow(), filter.decide("read"));
    assertEquals(EPERM, filter.decide("open"));
    assertEquals(EPERM, filter.decide("ioctl", 0, 0x1_0000_5412L));
    assertEquals(EPERM, filter.decide("ioctl", 0, 0x541c));
    assertEquals(Action.allow(), filter.decide("ioctl", 0, 0x541d));
    assertEquals(Action.log(), filter.decide("socket", 10));
    assertEquals(EPERM, filter.decide("socketpair", 16));
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide("clone3"));
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide("io_uring_setup"));
    assertEquals(Action.trap(), filter.decide(Arch.AARCH64, "read"));
    assertEquals(Set.of(Arch.host(), Arch.I386), profile.filter().arches());
    assertEquals(List.of(), profile.warnings(X86_64));
  }

  @Test
  void setsStandForTheirCalls() throws Exception {
    SeccompFilter filter =
        SeccompProfile.parse(
                "[seccomp]\ndefault = \"errno(EPERM)\"\nallow = [\"@memory\", \"read\"]\n", "p")
            .filter(X86_64);
    assertEquals(Action.allow(), filter.decide("mmap"));
    assertEquals(Action.allow(), filter.decide("read"));
    assertEquals(EPERM, filter.decide("write"));
    var refusal =
        assertThrows(
            ProfileException.class,
            () ->
                SeccompProfile.parse(
                    "[seccomp]\ndefault = \"log\"\nallow = [\"@memorie\"]\n", "p"));
    assertTrue(
        String.valueOf(refusal.getMessage())
            .contains(
                "p:3:10: seccomp.allow[0]: unknown set of system calls \"@memorie\"; did you mean"
                    + " \"@memory\"?"),
        refusal::toString);
  }

  @Test
  void withoutNewestAllThatTheTableHasIsKnown() throws Exception {
    SeccompFilter filter =
        SeccompProfile.parse("[seccomp]\ndefault = \"errno(EPERM)\"\n", "p").filter(X86_64);
    assertEquals(EPERM, filter.decide("mseal"));
    assertEquals(Action.errno(Errno.ENOSYS), filter.decide(Arch.X86_64, 100_000));
    assertEquals(Action.killProcess(), filter.foreignArch());
  }

  @ParameterizedTest
  @CsvSource({
    "allow, ALLOW",
    "log, LOG",
    "notify, USER_NOTIFICATION",
    "trap, TRAP",
    "kill_thread, KILL_THREAD",
    "kill_process, KILL_PROCESS",
    "errno(EPERM), ERRNO(EPERM)",
    "errno(4095), ERRNO(4095)",
    "errno(EWOULDBLOCK), ERRNO(EAGAIN)",
    "trace(0), TRACE(0)",
    "trace(65535), TRACE(65535)"
  })
  void allActionsAreKnown(String text, String expected) throws Exception {
    String profile = "[seccomp]\ndefault = \"" + text + "\"\n";
    assertEquals(expected, SeccompProfile.parse(profile, "p").defaultAction().toString());
  }

  /** What explain prints can be pasted. */
  @Test
  void conditionsAreThoseThatExplainPrints() throws Exception {
    SeccompFilter filter = SeccompProfile.parse(PROFILE, "p").filter(X86_64);
    String reason = filter.explain(Arch.X86_64, "socket", 2).reason();
    assertEquals(
        "socket: if (int) arg0 == 0x1 || (int) arg0 == 0x2 || (int) arg0 == 0xa: LOG", reason);
    String condition = reason.substring("socket: if ".length(), reason.length() - ": LOG".length());
    assertTrue(
        PROFILE.contains("(int) arg0 in [1, 2, 10]")
            && SeccompProfile.parse(PROFILE.replace("(int) arg0 in [1, 2, 10]", condition), "p")
                .filter(X86_64)
                .program()
                .equals(filter.program()));
  }

  @Test
  void aProfileCanBeWrittenForOthers() throws Exception {
    String text = PROFILE.replace("arches = [\"i386\"]\n", "");
    SeccompProfile profile = SeccompProfile.parse(text, "p");
    SeccompFilter read = SeccompProfile.parse(profile.toOci(), "written").filter(X86_64);
    for (var difference : profile.filter(X86_64).diff(read)) {
      String said = difference.toString();
      assertTrue(difference.arch() != Arch.X86_64, () -> said.substring(0, 200));
    }
    assertEquals(
        profile.filter(X86_64).program().length(), read.program().length(), read::disassemble);
  }
}
