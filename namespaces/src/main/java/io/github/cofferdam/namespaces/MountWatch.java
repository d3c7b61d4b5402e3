package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;

/**
 * Notices when something is mounted or unmounted in this process's mount namespace: the kernel then
 * says of {@code /proc/self/mountinfo} that it has urgent data; see {@code proc_pid_mounts(5)}.
 */
final class MountWatch implements AutoCloseable {
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
    try {
      return Poll.await(0, mounts, Uapi.POLLPRI()) != 0;
    } catch (KernelException e) {
      return true;
    }
  }

  @Override
  public void close() {
    mounts.close();
  }
}
