package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.util.EnumSet;
import java.util.List;
import java.util.StringJoiner;

/** A program and the flags with which the kernel is to take it. */
final class Installation {
  /**
   * {@code struct sock_fprog} of linux/filter.h: | len u16 | 6 bytes of padding | filter pointer |.
   */
  static final int FPROG_LENGTH = 0;

  static final int FPROG_FILTER = 8;
  static final int FPROG_SIZE = 16;

  /**
   * What a process still calls once the filter is in place: to execute its command, to report that
   * it could not, and to end. Whoever holds the listener then waits for exactly that.
   */
  private static final List<String> BEFORE_EXEC =
      List.of("execve", "execveat", "write", "exit_group");

  private final BpfProgram program;
  private final EnumSet<KernelFlag> flags;

  private Installation(BpfProgram program, EnumSet<KernelFlag> flags) {
    this.program = program;
    this.flags = flags;
  }

  static Installation of(BpfProgram program, FilterFlag... flags) {
    EnumSet<KernelFlag> all = EnumSet.noneOf(KernelFlag.class);
    for (FilterFlag flag : flags) {
      all.add(flag.kernelFlag());
    }
    return new Installation(program, all);
  }

  Installation with(KernelFlag flag) {
    EnumSet<KernelFlag> more = EnumSet.copyOf(flags);
    more.add(flag);
    return new Installation(program, more);
  }

  /** The call. */
  Step step() {
    String length = "{len=" + program.length() + "}";
    Memory instructions = Memory.of(program.bytes(), "[" + program.length() + " instructions]");
    Memory fprog =
        Memory.ofSize(FPROG_SIZE)
            .int16(FPROG_LENGTH, program.length())
            .pointer(FPROG_FILTER, instructions)
            .build(length);
    long bits = 0;
    var names = new StringJoiner("|").setEmptyValue("0");
    for (KernelFlag flag : flags) {
      bits |= flag.bit();
      names.add(flag.constant());
    }
    Step step =
        Step.of(
            "seccomp",
            "install the system call filter",
            Arg.of(Uapi.SECCOMP_SET_MODE_FILTER(), "SECCOMP_SET_MODE_FILTER"),
            Arg.of(bits, names.toString()),
            fprog);
    return leavesExec() ? step.leavingExec() : step;
  }

  /** Whatever their arguments are; and whoever listens is not waited for. */
  private boolean leavesExec() {
    Arch host = Arch.host();
    return program.cacheable(host, SyscallTable.require(host, "execve"))
        && program.cacheable(host, SyscallTable.require(host, "exit_group"));
  }

  /**
   * The program for a child whose listener is to be handed over. A kernel that is only known when
   * the program runs cannot be asked twice, so it is asked now whether it can wait killably.
   *
   * @param arch whose calls the child makes
   * @throws IllegalArgumentException if the child could not execute its command without an answer
   */
  SetupProgram opening(Slot listener, Arch arch, Kernel kernel) {
    for (String call : BEFORE_EXEC) {
      // | descriptor of the status pipe | a record | its size |
      long[] args = call.equals("write") ? new long[] {3, 0, 16} : new long[0];
      Action action = program.decide(arch, SyscallTable.require(arch, call), args);
      if (action.equals(Action.userNotification())) {
        throw new IllegalArgumentException(
            "a filter that is installed in a child together with a listener must not notify "
                + call
                + ": the child would wait for an answer before anybody has the listener");
      }
    }
    Installation listening = with(KernelFlag.NEW_LISTENER);
    if (KernelFlag.WAIT_KILLABLE_RECV.knownBy(kernel)) {
      listening = listening.with(KernelFlag.WAIT_KILLABLE_RECV);
    }
    return SetupProgram.of(listening.step().opening(listener));
  }

  /** Installs on the calling thread. */
  void onThisThread(Kernel kernel) throws SetupException {
    NoNewPrivileges.program().run(kernel);
    long result = call(step(), kernel);
    if (result > 0) {
      // seccomp(2) answers so when another thread cannot be synchronised; nothing is installed
      // then. No flag here asks for that, but a filter that is believed in has to be there.
      throw new InstallException(step(), Errno.ESRCH, Refusal.THREAD_DIVERGED);
    }
  }

  /** Installs on all threads or on none. */
  TsyncResult onAllThreads(Kernel kernel) throws SetupException {
    NoNewPrivileges.program().run(kernel);
    long result = call(with(KernelFlag.TSYNC).step(), kernel);
    return result == 0
        ? TsyncResult.Installed.INSTALLED
        : new TsyncResult.Conflict(Math.toIntExact(result));
  }

  /** Installs on the calling thread and takes the listener. */
  Fd listening(Kernel kernel) throws SetupException {
    NoNewPrivileges.program().run(kernel);
    Installation plain = with(KernelFlag.NEW_LISTENER);
    long result;
    try {
      result = call(plain.with(KernelFlag.WAIT_KILLABLE_RECV).step(), kernel);
    } catch (InstallException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      // Before 5.19; where the reason is another one, this fails the same way.
      result = call(plain.step(), kernel);
    }
    return Fd.owning(Math.toIntExact(result));
  }

  /** Makes the call; the result is no error. */
  static long call(Step step, Kernel kernel) throws SetupException {
    long[] result = new long[1];
    try {
      SetupProgram.of(step)
          .run((made, args) -> {
            result[0] = kernel.call(made, args);
            return result[0];
          });
      return result[0];
    } catch (SetupException e) {
      throw new InstallException(step, e.errno(), Refusal.likely(e.errno()));
    }
  }
}
