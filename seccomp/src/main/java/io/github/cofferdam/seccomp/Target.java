package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.ProcessStatus;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A thread of another process, by its id: which may be another thread's by now, so nothing here is
 * of use before the notification was confirmed to be valid still.
 */
final class Target {
  /** {@code enum kcmp_type} of linux/kcmp.h: whether two share one table of descriptors. */
  private static final int KCMP_FILES = 2;

  private static final Step READ =
      Step.of("process_vm_readv", "read the target's memory", Arg.of(0, "target"));
  private static final Step MEMORY =
      Step.of("openat", "open the target's memory", Arg.of(0, "AT_FDCWD"));
  private static final Step WRITE =
      Step.of("pwrite64", "write the target's memory", Arg.of(0, "memory"));
  private static final Step OPEN =
      Step.of("pidfd_open", "get hold of the target", Arg.of(0, "target"));
  private static final Step GET =
      Step.of("pidfd_getfd", "duplicate a descriptor of the target", Arg.of(0, "target"));
  private static final Step COMPARE =
      Step.of("kcmp", "compare the tables of descriptors", Arg.of(0, "target"));

  private final int pid;
  private final Kernel kernel;

  Target(int pid, Kernel kernel) {
    this.pid = pid;
    this.kernel = kernel;
  }

  /** Reads all or nothing. */
  FromTarget<byte[]> read(long address, int length) {
    try (Arena arena = Arena.ofConfined()) {
      // struct iovec: | base 64 | length 64 |; ours, then the target's
      MemorySegment copy = arena.allocate(Math.max(1, length));
      MemorySegment vectors = arena.allocate(32, 8);
      vectors.set(ValueLayout.JAVA_LONG, 0, copy.address());
      vectors.set(ValueLayout.JAVA_LONG, 8, length);
      vectors.set(ValueLayout.JAVA_LONG, 16, address);
      vectors.set(ValueLayout.JAVA_LONG, 24, length);
      long result = call(READ, pid, vectors.address(), 1, vectors.address() + 16, 1, 0);
      if (Syscall.isError(result)) {
        return refused(result);
      }
      // What ends where memory ends is no shorter text, it is an address that is wrong.
      return result == length
          ? new FromTarget.Value<>(copy.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE))
          : new FromTarget.Refused<>(Errno.EFAULT);
    }
  }

  /**
   * The target's memory as a file. Whatever becomes of its id, it stays that memory: whoever
   * confirms afterwards that the target waits has the right one.
   */
  FromTarget<Fd> memory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom("/proc/" + pid + "/mem");
      return descriptor(
          call(MEMORY, Uapi.AT_FDCWD(), path.address(), Uapi.O_RDWR() | Uapi.O_CLOEXEC(), 0));
    }
  }

  /** Writes all to such a file, or says why not. */
  FromTarget<Integer> write(Fd memory, long address, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(Math.max(1, bytes.length));
      MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
      long result = call(WRITE, memory.number(), copy.address(), bytes.length, address);
      // EIO where nothing is mapped; a call that writes there itself would say EFAULT.
      return result == bytes.length
          ? new FromTarget.Value<>(bytes.length)
          : new FromTarget.Refused<>(Errno.EFAULT);
    }
  }

  /** Stands for the target's process. */
  FromTarget<Fd> pidfd() {
    long thread = call(OPEN, pid, Uapi.PIDFD_THREAD());
    if (!Syscall.isError(thread)) {
      return descriptor(thread);
    }
    // Before 6.9 only a process's first thread can be asked for; 0 is nobody's id.
    int process = processOf();
    return descriptor(call(OPEN, process == 0 ? pid : process, 0));
  }

  FromTarget<Fd> duplicate(int number) {
    long thread = call(OPEN, pid, Uapi.PIDFD_THREAD());
    if (!Syscall.isError(thread)) {
      return duplicate(thread, number);
    }
    int process = processOf();
    if (process == 0) {
      return refused(thread);
    }
    if (process != pid) {
      long compared = call(COMPARE, pid, process, KCMP_FILES, 0, 0);
      if (compared != 0) {
        // The first thread's descriptors are others than the target's, or nobody can tell.
        return compared > 0 ? new FromTarget.Refused<>(Errno.EOPNOTSUPP) : refused(compared);
      }
    }
    long first = call(OPEN, process, 0);
    return Syscall.isError(first) ? refused(first) : duplicate(first, number);
  }

  private FromTarget<Fd> duplicate(long pidfd, int number) {
    try (Fd of = Fd.owning((int) pidfd)) {
      return descriptor(call(GET, of.number(), number, 0));
    }
  }

  private static FromTarget<Fd> descriptor(long result) {
    return Syscall.isError(result)
        ? refused(result)
        : new FromTarget.Value<>(Fd.owning((int) result));
  }

  private static <T> FromTarget<T> refused(long result) {
    return new FromTarget.Refused<>(Errno.of((int) -result));
  }

  /** The process that the thread belongs to, 0 if unknown. */
  private int processOf() {
    try {
      return Math.toIntExact(ProcessStatus.of(pid).number("Tgid").orElse(0L));
    } catch (IOException e) {
      // It has ended, or there is no /proc.
      return 0;
    }
  }

  private long call(Step step, long... args) {
    long[] six = new long[6];
    System.arraycopy(args, 0, six, 0, args.length);
    return kernel.call(step, six);
  }
}
