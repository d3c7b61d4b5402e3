package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;

/** Other kernels than the one that runs the tests, as far as questions about seccomp go. */
final class FakeKernel implements Kernel {
  private static final long LISTENER = 1_000_000;

  final Set<KernelFlag> flags = EnumSet.allOf(KernelFlag.class);
  final Set<ActionName> actions = EnumSet.allOf(ActionName.class);
  int[] sizes = {80, 24, 64};
  long refusal;
  long listenerRefusal;
  boolean syncWakeUp = true;

  @Override
  public long call(Step step, long[] args) {
    return switch (step.syscall()) {
      case "prctl" -> 0;
      case "ioctl" -> syncWakeUp ? 0 : -Errno.EINVAL.number();
      case "seccomp" -> refusal != 0 ? refusal : seccomp(args);
      default -> throw new AssertionError("called " + step);
    };
  }

  @SuppressWarnings("restricted")
  private long seccomp(long[] args) {
    if (args[0] == Uapi.SECCOMP_SET_MODE_FILTER()) {
      return install(args[1], args[2]);
    }
    if (args[0] == Uapi.SECCOMP_GET_ACTION_AVAIL()) {
      int asked = MemorySegment.ofAddress(args[2]).reinterpret(4).get(ValueLayout.JAVA_INT, 0);
      return actions.stream().anyMatch(action -> action.returnValue() == asked)
          ? 0
          : -Errno.EOPNOTSUPP.number();
    }
    if (args[0] == Uapi.SECCOMP_GET_NOTIF_SIZES() && sizes.length > 0) {
      MemorySegment out = MemorySegment.ofAddress(args[2]).reinterpret(6);
      for (int i = 0; i < 3; i++) {
        out.set(ValueLayout.JAVA_SHORT, 2L * i, (short) sizes[i]);
      }
      return 0;
    }
    return -Errno.EINVAL.number();
  }

  /** In the order of seccomp_set_mode_filter in kernel/seccomp.c. */
  private long install(long bits, long program) {
    long known = 0;
    for (KernelFlag flag : flags) {
      known |= flag.bit();
    }
    boolean listener = (bits & KernelFlag.NEW_LISTENER.bit()) != 0;
    boolean incompatible =
        (bits & ~known) != 0
            || (!listener && (bits & KernelFlag.WAIT_KILLABLE_RECV.bit()) != 0)
            || (listener
                && (bits & KernelFlag.TSYNC.bit()) != 0
                && (bits & KernelFlag.TSYNC_ESRCH.bit()) == 0);
    if (incompatible) {
      return -Errno.EINVAL.number();
    }
    if (program == 0) {
      return -Errno.EFAULT.number();
    }
    return !listener ? 0 : listenerRefusal != 0 ? listenerRefusal : LISTENER;
  }
}
