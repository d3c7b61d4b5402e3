package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What would be asked of the kernel, against a model of one. */
final class InstallTest {
  private static final long NEW_LISTENER = Uapi.SECCOMP_FILTER_FLAG_NEW_LISTENER();
  private static final long WAIT_KILLABLE_RECV = Uapi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV();
  private static final String LISTENER_FLAG = "SECCOMP_FILTER_FLAG_NEW_LISTENER";

  private final SeccompFilter filter = Baseline.of(Arch.host()).filter();

  /** Flags of every installation that the model was asked for. */
  private final List<Long> asked = new ArrayList<>();

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
  void allThreadsOrNone() throws Exception {
    assertEquals(TsyncResult.Installed.INSTALLED, filter.installOnAllThreads(answering(0)));
    TsyncResult conflict = filter.installOnAllThreads(answering(4711), FilterFlag.LOG);
    assertEquals(new TsyncResult.Conflict(4711), conflict);
    assertFalse(conflict.installed());
    assertEquals(
        List.of(Uapi.SECCOMP_FILTER_FLAG_TSYNC(), Uapi.SECCOMP_FILTER_FLAG_TSYNC() | 2), asked);
    var failure =
        assertThrows(
            InstallException.class,
            () -> filter.installOnAllThreads(answering(-Errno.ENOMEM.number())));
    assertEquals(Refusal.BUDGET_USED_UP, failure.refusal());
  }

  /** A thread's positive id is no descriptor, and a descriptor is no failure. */
  @Test
  void aListenerIsAnyPositiveResult() throws Exception {
    try (Listener listener = filter.installOnThisThreadWithListener(answering(1_000_000))) {
      assertEquals(1_000_000, listener.descriptor().number());
      assertEquals(List.of(NEW_LISTENER | WAIT_KILLABLE_RECV), asked);
    }
  }

  @Test
  void withoutTheFlagToWaitKillably() throws Exception {
    Kernel old =
        (step, args) -> {
          if (!step.syscall().equals("seccomp")) {
            return 0;
          }
          asked.add(args[1]);
          return (args[1] & WAIT_KILLABLE_RECV) != 0
              ? -Errno.EINVAL.number()
              : args[2] == 0 ? -Errno.EFAULT.number() : 1_000_000;
        };
    try (Listener listener = filter.installOnThisThreadWithListener(old, FilterFlag.LOG)) {
      assertEquals(1_000_000, listener.descriptor().number());
      assertEquals(List.of(NEW_LISTENER | WAIT_KILLABLE_RECV | 2, NEW_LISTENER | 2), asked);
    }
    var slot = Slot.named("listener");
    Step step =
        Installation.of(filter.program()).opening(slot, Arch.host(), old).steps().getFirst();
    assertTrue(
        step.toString().startsWith("seccomp(SECCOMP_SET_MODE_FILTER, " + LISTENER_FLAG + ", {"),
        step::toString);
    assertEquals(Optional.of(slot), step.opens());
    Kernel newer = answering(-Errno.EFAULT.number());
    assertTrue(
        Installation.of(filter.program())
            .opening(slot, Arch.host(), newer)
            .toString()
            .contains(LISTENER_FLAG + "|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,"));
  }

  @Test
  void onKernelsThatLackAlmostEverything() throws Exception {
    var kernel = new FakeKernel();
    kernel.flags.remove(KernelFlag.WAIT_KILLABLE_RECV);
    kernel.flags.remove(KernelFlag.TSYNC_ESRCH);
    kernel.flags.remove(KernelFlag.NEW_LISTENER);
    filter.installOnThisThread(kernel, FilterFlag.LOG, FilterFlag.SPEC_ALLOW);
    assertTrue(filter.installOnAllThreads(kernel).installed());
    var noListener =
        assertThrows(InstallException.class, () -> filter.installOnThisThreadWithListener(kernel));
    assertEquals(Errno.EINVAL, noListener.errno());
    kernel.flags.remove(KernelFlag.LOG);
    var noFlag =
        assertThrows(
            InstallException.class, () -> filter.installOnThisThread(kernel, FilterFlag.LOG));
    assertEquals(Refusal.UNKNOWN_TO_KERNEL, noFlag.refusal());
    kernel.refusal = -Errno.ENOSYS.number();
    for (Executable install :
        List.<Executable>of(
            () -> filter.installOnThisThread(kernel),
            () -> filter.installOnAllThreads(kernel),
            () -> filter.installOnThisThreadWithListener(kernel))) {
      var nothing = assertThrows(InstallException.class, install);
      assertEquals(Errno.ENOSYS, nothing.errno());
      assertEquals(Refusal.NO_SECCOMP, nothing.refusal());
    }
  }

  /** An error other than EINVAL does not go away without the flag. */
  @Test
  void aListenerIsNotTriedTwice() {
    var failure =
        assertThrows(
            InstallException.class,
            () -> filter.installOnThisThreadWithListener(answering(-Errno.EBUSY.number())));
    assertEquals(Refusal.LISTENER_EXISTS, failure.refusal());
    assertTrue(
        String.valueOf(failure.getMessage()).contains("listener already"), failure::getMessage);
    assertEquals(1, asked.size());
  }

  /** Nobody has the listener before the command was executed. */
  @Test
  void aChildMustNotWaitForItself() {
    for (String call : List.of("execve", "execveat", "write", "exit_group")) {
      SeccompFilter waits =
          SeccompFilter.denyList(Arch.host()).on(call, Action.userNotification()).build();
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> waits.installWithListener(Slot.named("listener")));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("notify " + call + ":"),
          refused::getMessage);
    }
    SeccompFilter otherDescriptors =
        SeccompFilter.denyList(Arch.host())
            .on(
                "write",
                Rule.when(Argument.arg(0).asInt().eq(1))
                    .then(Action.userNotification())
                    .otherwise(Action.allow()))
            .build();
    assertEquals(1, otherDescriptors.installWithListener(Slot.named("listener")).steps().size());
  }

  private Kernel answering(long result) {
    return (step, args) -> {
      if (!step.syscall().equals("seccomp")) {
        return 0;
      }
      asked.add(args[1]);
      return result;
    };
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
