package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Libc;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * posix_spawn(3): the C library starts the image with CLONE_VM and CLONE_VFORK, so that the size of
 * this process's memory costs nothing. In the child no signal is blocked, and none is ignored that
 * this process does not ignore.
 */
final class Spawn {
  /**
   * posix_spawnattr_t has 336 bytes and posix_spawn_file_actions_t 80 in glibc and musl, sigset_t
   * 128.
   */
  private static final int OPAQUE = 512;

  private static final int POSIX_SPAWN_SETSIGDEF = 0x04;
  private static final int POSIX_SPAWN_SETSIGMASK = 0x08;

  private static final Libc SPAWN = Libc.function("posix_spawn");
  private static final Libc ACTIONS_INIT = Libc.function("posix_spawn_file_actions_init");
  private static final Libc ACTIONS_DUP2 = Libc.function("posix_spawn_file_actions_adddup2");
  private static final Libc ACTIONS_DESTROY = Libc.function("posix_spawn_file_actions_destroy");
  private static final MemorySegment ATTRIBUTES = attributes();
  private static final int FCNTL = Syscall.number("fcntl");

  private Spawn() {}

  /**
   * Starts an image.
   *
   * @param image an open executable file
   * @param descriptors {@code descriptors[n]} becomes descriptor n of the child
   * @return the process id
   */
  static int start(Fd image, int... descriptors) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment actions = arena.allocate(OPAQUE, 16);
      MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment argv = arena.allocate(ValueLayout.JAVA_LONG, 2);
      MemorySegment environment = arena.allocate(ValueLayout.JAVA_LONG);
      argv.set(ValueLayout.JAVA_LONG, 0, arena.allocateFrom("cofferdam").address());
      check(ACTIONS_INIT.call(actions.address(), 0, 0), "posix_spawn_file_actions_init");
      var moved = new Fd[descriptors.length + 1];
      try {
        int file = image.number();
        if (file < descriptors.length) {
          moved[descriptors.length] = moveAbove(file, descriptors.length);
          file = moved[descriptors.length].number();
        }
        long path = arena.allocateFrom("/proc/self/fd/" + file).address();
        for (int target = 0; target < descriptors.length; target++) {
          int source = descriptors[target];
          if (source < descriptors.length && source != target) {
            // A target that is made earlier would overwrite it.
            moved[target] = moveAbove(source, descriptors.length);
            source = moved[target].number();
          }
          check(
              ACTIONS_DUP2.call(actions.address(), source, target),
              "posix_spawn_file_actions_adddup2");
        }
        check(
            SPAWN.call(
                pid.address(),
                path,
                actions.address(),
                ATTRIBUTES.address(),
                argv.address(),
                environment.address()),
            "posix_spawn");
        return pid.get(ValueLayout.JAVA_INT, 0);
      } finally {
        ACTIONS_DESTROY.call(actions.address(), 0, 0);
        for (Fd fd : moved) {
          if (fd != null) {
            fd.close();
          }
        }
      }
    }
  }

  static Fd moveAbove(int source, int lowest) throws KernelException {
    return Fd.owning(
        Syscall.call(FCNTL, source, Uapi.F_DUPFD_CLOEXEC(), lowest),
        "fcntl",
        "duplicate a descriptor");
  }

  private static MemorySegment attributes() {
    MemorySegment attributes = Arena.global().allocate(OPAQUE, 16);
    MemorySegment signals = Arena.global().allocate(128, 8);
    long address = attributes.address();
    Libc.function("posix_spawnattr_init").call(address, 0, 0);
    Libc.function("posix_spawnattr_setflags")
        .call(address, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK, 0);
    Libc.function("posix_spawnattr_setsigmask").call(address, signals.address(), 0);
    signals.set(ValueLayout.JAVA_LONG, 0, SignalDefaults.neverIgnored());
    Libc.function("posix_spawnattr_setsigdefault").call(address, signals.address(), 0);
    return attributes;
  }

  /** These functions return the error instead of setting errno. */
  private static void check(int result, String function) throws KernelException {
    if (result != 0) {
      throw new KernelException(function, Errno.of(result), "start the launcher");
    }
  }
}
