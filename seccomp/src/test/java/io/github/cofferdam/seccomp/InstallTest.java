package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What would be asked of the kernel, against a model of one. */
final class InstallTest {
  private final SeccompFilter filter = Baseline.of(Arch.host()).filter();

  @Test
  void isOneStepThatPrintsItself() {
    int length = filter.program().length();
    assertEquals(
        "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=" + length + "})\n", filter.install().toString());
    assertEquals(
        "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW,"
            + " {len="
            + length
            + "})\n",
        filter.install(FilterFlag.LOG, FilterFlag.SPEC_ALLOW, FilterFlag.LOG).toString());
  }

  @Test
  @SuppressWarnings("restricted")
  void handsTheProgramOver() throws Exception {
    var seen = new ArrayList<String>();
    filter
        .install(FilterFlag.LOG)
        .run((step, args) -> {
          assertEquals(List.of(1L, 2L), List.of(args[0], args[1]));
          var fprog = MemorySegment.ofAddress(args[2]).reinterpret(16);
          int length = Short.toUnsignedInt(fprog.get(ValueLayout.JAVA_SHORT, 0));
          var instructions =
              MemorySegment.ofAddress(fprog.get(ValueLayout.JAVA_LONG, 8)).reinterpret(8L * length);
          assertEquals(MemorySegment.ofArray(filter.program().bytes()).mismatch(instructions), -1);
          seen.add(step.syscall());
          return 0;
        });
    assertEquals(List.of("seccomp"), seen);
    assertInstanceOf(Memory.class, filter.install().steps().getFirst().args().get(2));
  }

  @Test
  void givesUpPrivilegesFirst() throws Exception {
    var seen = new ArrayList<String>();
    filter.installOnThisThread((step, args) -> {
      seen.add(step.syscall());
      return 0;
    });
    assertEquals(List.of("prctl", "seccomp"), seen);
  }

  /** seccomp(2) names a thread that could not be synchronised: nothing was installed. */
  @Test
  void aPositiveResultIsAFailure() {
    Kernel positive = (step, args) -> step.syscall().equals("seccomp") ? 4711 : 0;
    var failure = assertThrows(SetupException.class, () -> filter.installOnThisThread(positive));
    assertEquals(Errno.ESRCH, failure.errno());
  }

  @Test
  void refusesVirtualThreadsAndOtherMachines() throws Exception {
    Kernel never =
        (step, args) -> {
          throw new AssertionError("called " + step);
        };
    var thrown = new AtomicReference<Throwable>();
    Thread.ofVirtual()
        .start(() ->
            thrown.set(
                assertThrows(IllegalStateException.class, () -> filter.installOnThisThread(never))))
        .join();
    assertTrue(String.valueOf(thrown.get()).contains("virtual"), () -> "" + thrown.get());
    Arch other = Arch.host() == Arch.X86_64 ? Arch.AARCH64 : Arch.X86_64;
    assertThrows(
        IllegalStateException.class, () -> Baseline.of(other).filter().installOnThisThread(never));
  }
}
