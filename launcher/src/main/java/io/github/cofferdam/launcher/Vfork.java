package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.CodePage;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts children that share this process's memory until they execute something, as posix_spawn(3)
 * does too, but with steps of ours in between: a command that needs no supervisor is executed by
 * the child itself, without a launcher image.
 *
 * <p>A child that the kernel ends with a core dump would dump this process's memory, and end this
 * process with it before Linux 5.16. So this is for that version on; for threads that have no
 * seccomp filter, which might kill; and for steps of which none can kill ({@link
 * VforkSteps#canRun}). All signals are blocked until the last moment; one that was sent to this
 * process's group meanwhile still ends the child then, as with posix_spawn(3). Steps that change
 * credentials are left to the image: the kernel would close this process to debuggers, and its own
 * {@code /proc} to it, since that belongs to the memory (PR_SET_DUMPABLE).
 *
 * <p>The thread that starts a child waits in the kernel for its steps, where only a signal that
 * ends this process reaches it. So steps that may have to wait for others are left to the image.
 */
final class Vfork {
  private static final int PRCTL = Syscall.number("prctl");
  private static final int FCNTL = Syscall.number("fcntl");
  private static final int DUP3 = Syscall.number("dup3");
  private static final int EXECVEAT = Syscall.number("execveat");
  private static final int RT_SIGACTION = Syscall.number("rt_sigaction");
  private static final int RT_SIGPROCMASK = Syscall.number("rt_sigprocmask");

  /** Came with Linux 5.16, as core dumps of one process among several that share memory did. */
  private static final int FUTEX_WAITV = Syscall.number("futex_waitv");

  private static final long CLONE =
      Uapi.CLONE_VM() | Uapi.CLONE_VFORK() | Uapi.CLONE_CLEAR_SIGHAND();

  /** Steps of every child; in reports of failures, the first one is -1. */
  private static final List<Step> OWN =
      List.of(
          Step.of("dup3", "give the started process its descriptors"),
          Step.of("rt_sigaction", "reset the actions of signals"),
          Step.of("rt_sigprocmask", "reset the signal mask"),
          Step.of("execveat", "start the launcher"));

  private static final int DUPLICATE_STEP = -1;
  private static final int SIGNAL_ACTION_STEP = -2;
  private static final int SIGNAL_MASK_STEP = -3;
  private static final int LAUNCHER_STEP = -4;

  /** Never unmapped. */
  private static final class Shared {
    static final @Nullable CodePage CODE = code();

    /** No signal; also the action that is the default one, and an empty environment. */
    static final MemorySegment ZEROS = Arena.global().allocate(32, 16);

    /** Gives signals of which no command is to ignore any their default action, then continues. */
    static final MemorySegment DEFAULTS = signalDefaults(ZEROS.address());

    static final MemorySegment LAUNCHER_ARGUMENTS = arguments();
    static final MemorySegment EMPTY_PATH = Arena.global().allocateFrom("");

    private Shared() {}
  }

  private static volatile boolean refused;

  private Vfork() {}

  /** A child. */
  record Child(int pid, Fd pidfd) {}

  /**
   * {@return whether the calling thread can start children in this way} A filter is asked about
   * first: it need not know the calls that are tried out then.
   */
  static boolean isUsable() {
    return !refused && Syscall.call(PRCTL, Uapi.PR_GET_SECCOMP()) == 0 && Shared.CODE != null;
  }

  /**
   * Starts a command. When this returns, it has been executed.
   *
   * @param descriptors {@code descriptors[n]} becomes descriptor n of the child
   * @return null if the kernel does not start children in this way
   * @throws SetupException if a step failed
   * @throws KernelException if no process could be started
   */
  static @Nullable Child start(VforkTable table, int... descriptors) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      int entries = descriptors.length + 1;
      MemorySegment block = arena.allocate(VforkBlock.SIZE + entries * VforkEntry.SIZE, 16);
      ByteBuffer buffer = block.asByteBuffer().order(ByteOrder.nativeOrder());
      Fd[] moved = duplicate(buffer.position(VforkBlock.SIZE), descriptors);
      try {
        VforkEntry.write(buffer, VforkEntry.GOTO, 0, 0, VforkEntry.ANY, table.memory().address());
        buffer.putLong(VforkBlock.CLONE_PIDFD, block.address() + VforkBlock.PIDFD);
        int pid = clone(block, buffer, Uapi.CLONE_PIDFD());
        if (pid == 0) {
          return null;
        }
        Fd pidfd = Fd.owning(buffer.getInt(VforkBlock.PIDFD));
        if (buffer.getInt(VforkBlock.KIND) == StatusRecord.FAILED) {
          pidfd.close();
          int step = buffer.getInt(VforkBlock.VALUE);
          if (step < 0) {
            throw ownFailure(pid, buffer);
          }
          throw StartReport.failure(pid, block, table.steps());
        }
        return new Child(pid, pidfd);
      } finally {
        closeAll(moved);
        Reference.reachabilityFence(table);
      }
    }
  }

  /**
   * Starts an image.
   *
   * @param image an open executable file
   * @param descriptors {@code descriptors[n]} becomes descriptor n of the child
   * @return the process id; 0 if the kernel does not start children in this way
   */
  static int start(Fd image, int... descriptors) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      int entries = descriptors.length + 3;
      MemorySegment block = arena.allocate(VforkBlock.SIZE + entries * VforkEntry.SIZE, 16);
      ByteBuffer buffer = block.asByteBuffer().order(ByteOrder.nativeOrder());
      Fd[] moved = duplicate(buffer.position(VforkBlock.SIZE), descriptors);
      Fd file = null;
      try {
        int number = image.number();
        if (number < descriptors.length) {
          file = Spawn.moveAbove(number, descriptors.length);
          number = file.number();
        }
        VforkEntry.write(
            buffer,
            VforkEntry.CALL,
            SIGNAL_MASK_STEP,
            RT_SIGPROCMASK,
            VforkEntry.ANY,
            Uapi.SIG_SETMASK(),
            Shared.ZEROS.address(),
            0,
            SignalSet.SIZE);
        VforkEntry.write(
            buffer,
            VforkEntry.CALL,
            LAUNCHER_STEP,
            EXECVEAT,
            VforkEntry.ANY,
            number,
            Shared.EMPTY_PATH.address(),
            Shared.LAUNCHER_ARGUMENTS.address(),
            Shared.ZEROS.address(),
            Uapi.AT_EMPTY_PATH());
        VforkEntry.write(buffer, VforkEntry.REPORT, 0, 0, VforkEntry.ANY);
        int pid = clone(block, buffer, 0);
        if (pid != 0 && buffer.getInt(VforkBlock.KIND) == StatusRecord.FAILED) {
          throw ownFailure(pid, buffer);
        }
        return pid;
      } finally {
        closeAll(moved);
        if (file != null) {
          file.close();
        }
      }
    }
  }

  /** {@return the child's process id, or 0} */
  private static int clone(MemorySegment block, ByteBuffer buffer, int more)
      throws KernelException {
    CodePage code = Shared.CODE;
    if (code == null) {
      return 0;
    }
    buffer.putLong(VforkBlock.ALL_SIGNALS, -1);
    buffer.putLong(VforkBlock.FIRST, Shared.DEFAULTS.address());
    buffer.putLong(VforkBlock.NEXT, block.address() + VforkBlock.SIZE);
    buffer.putLong(VforkBlock.CLONE_FLAGS, CLONE | more);
    buffer.putLong(VforkBlock.CLONE_EXIT_SIGNAL, Uapi.SIGCHLD());
    int result = (int) code.call(block.address());
    if (result == -Errno.ENOSYS.number()
        || result == -Errno.EPERM.number()
        || result == -Errno.EINVAL.number()) {
      refused = true;
      return 0;
    }
    return (int) Syscall.check(result, "clone3", "start a process");
  }

  private static KernelException ownFailure(int pid, ByteBuffer block) throws KernelException {
    Reaping.abandon(pid);
    Step step = OWN.get(-1 - block.getInt(VforkBlock.VALUE));
    return new KernelException(
        step.syscall(), Errno.of(-block.getInt(VforkBlock.RESULT)), step.purpose());
  }

  /**
   * Writes the entries that give the child its descriptors.
   *
   * @return copies of this process's that have to stay open meanwhile
   */
  private static Fd[] duplicate(ByteBuffer entries, int... descriptors) throws KernelException {
    var moved = new Fd[descriptors.length];
    try {
      for (int target = 0; target < descriptors.length; target++) {
        int source = descriptors[target];
        if (source == target) {
          VforkEntry.write(
              entries,
              VforkEntry.CALL,
              DUPLICATE_STEP,
              FCNTL,
              VforkEntry.ANY,
              target,
              Uapi.F_SETFD(),
              0);
          continue;
        }
        if (source < descriptors.length) {
          // A target that is made earlier would overwrite it.
          moved[target] = Spawn.moveAbove(source, descriptors.length);
          source = moved[target].number();
        }
        VforkEntry.write(
            entries, VforkEntry.CALL, DUPLICATE_STEP, DUP3, VforkEntry.ANY, source, target, 0);
      }
      return moved;
    } catch (KernelException e) {
      closeAll(moved);
      throw e;
    }
  }

  private static void closeAll(@Nullable Fd[] descriptors) {
    for (Fd fd : descriptors) {
      if (fd != null) {
        fd.close();
      }
    }
  }

  /** Only x86_64, where this can be tested. */
  private static @Nullable CodePage code() {
    if (Arch.host() != Arch.X86_64
        || Syscall.call(FUTEX_WAITV, 0, 0, 0, 0, 0) != -Errno.EINVAL.number()) {
      return null;
    }
    try {
      return CodePage.of(VforkCode.assemble(Arch.host()));
    } catch (KernelException e) {
      return null;
    }
  }

  /** CLONE_CLEAR_SIGHAND leaves those that are ignored. */
  private static MemorySegment signalDefaults(long action) {
    List<Integer> signals = SignalDefaults.NEVER_IGNORED;
    var buffer =
        ByteBuffer.allocate((signals.size() + 1) * VforkEntry.SIZE).order(ByteOrder.nativeOrder());
    for (int signal : signals) {
      VforkEntry.write(
          buffer,
          VforkEntry.CALL,
          SIGNAL_ACTION_STEP,
          RT_SIGACTION,
          VforkEntry.ANY,
          signal,
          action,
          0,
          SignalSet.SIZE);
    }
    VforkEntry.write(buffer, VforkEntry.CONTINUE, 0, 0, VforkEntry.ANY);
    MemorySegment table = Arena.global().allocate(buffer.capacity(), 16);
    MemorySegment.copy(buffer.array(), 0, table, ValueLayout.JAVA_BYTE, 0, buffer.capacity());
    return table;
  }

  private static MemorySegment arguments() {
    Arena arena = Arena.global();
    MemorySegment arguments = arena.allocate(ValueLayout.JAVA_LONG, 2);
    arguments.set(ValueLayout.JAVA_LONG, 0, arena.allocateFrom("cofferdam").address());
    return arguments;
  }
}
