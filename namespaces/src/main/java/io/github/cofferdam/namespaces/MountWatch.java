package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Notices when something is mounted or unmounted in this process's mount namespace: the kernel then
 * says of {@code /proc/self/mountinfo} that it has urgent data; see {@code proc_pid_mounts(5)}.
 */
final class MountWatch implements AutoCloseable {
  private static final int PPOLL = Syscall.number("ppoll");

  /** Size of the kernel's signal set on all 64-bit architectures. */
  private static final int SIGNAL_SET = 8;

  private final Fd mounts;
  private boolean changed;

  private MountWatch(Fd mounts) {
    this.mounts = mounts;
  }

  static MountWatch begin() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      return new MountWatch(
          Fd.owning(
              Syscall.call(
                  Syscall.number("openat"),
                  Uapi.AT_FDCWD(),
                  arena.allocateFrom("/proc/self/mountinfo").address(),
                  Uapi.O_RDONLY() | Uapi.O_CLOEXEC()),
              "openat",
              "open /proc/self/mountinfo"));
    }
  }

  /** Whether there was a change since the beginning; once there was, this stays true. */
  synchronized boolean changed() {
    if (!changed) {
      // The kernel tells it once.
      changed = asked();
    }
    return changed;
  }

  /** Also says so if it cannot be asked. */
  private boolean asked() {
    if (!mounts.acquire()) {
      return true;
    }
    // struct pollfd: | fd 32 | events 16 | revents 16 |; struct timespec: | sec 64 | nsec 64 |
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(24, Long.BYTES);
      poll.set(ValueLayout.JAVA_INT, 0, mounts.number());
      poll.set(ValueLayout.JAVA_SHORT, 4, (short) Uapi.POLLPRI());
      return Syscall.call(PPOLL, poll.address(), 1, poll.address() + 8, 0, SIGNAL_SET) != 0;
    } finally {
      mounts.release();
    }
  }

  @Override
  public void close() {
    mounts.close();
  }
}
