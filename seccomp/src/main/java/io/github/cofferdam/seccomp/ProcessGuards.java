package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Guards.ALLOW;
import static io.github.cofferdam.seccomp.Guards.REFUSE;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.function.IntFunction;

/**
 * Rules for calls that name a process, a thread or a process group by its number. The kernel lets a
 * user change the limits, the scheduling and the memory placement of all of his processes; and a
 * filter does not know whose number it sees. So without a process-id namespace only 0 passes, which
 * is the caller itself; in one, whatever is not the namespace's init. Processes of a user (by his
 * number) are never named: init is one of them.
 *
 * <p>Some of what the rules refuse the kernel would refuse as well, unless the caller has
 * capabilities; they do not depend on that.
 */
final class ProcessGuards {
  /** linux/resource.h: of setpriority(2) and getpriority(2). */
  private static final int PRIO_PROCESS = 0;

  private static final int PRIO_PGRP = 1;

  /** linux/ioprio.h: of ioprio_set(2) and ioprio_get(2). */
  private static final int IOPRIO_WHO_PROCESS = 1;

  private static final int IOPRIO_WHO_PGRP = 2;

  /** linux/fcntl.h: the first process of a process-id namespace. */
  private static final int INIT = 1;

  /**
   * linux/posix-timers_types.h: the number of a process's or thread's CPU clock is | the pid's
   * complement 29 | 1: of a thread 1 | which clock 2 |, so it is negative.
   */
  private static final int CPU_CLOCK = 0x80000000;

  private static final int CPU_CLOCK_PID = ~7;
  private static final int CPU_CLOCK_OF_THREAD = 4;

  /** asm-generic/fcntl.h, as O_ASYNC in fcntl(2); the same on every {@code Arch}. */
  private static final int O_ASYNC = 020000;

  /** asm-generic/sockios.h. */
  private static final int FIOSETOWN = 0x8901;

  private static final int SIOCSPGRP = 0x8902;

  /** Commands of ioctl(2) that give a descriptor an owner, who is sent signals, or begin that. */
  static final int[] OWNER_COMMANDS = {FIOSETOWN, SIOCSPGRP, Uapi.FIOASYNC()};

  private static final String[] SCHEDULING_CHANGES = {
    "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"
  };

  private static final String[] SIGNALS = {
    "kill", "tkill", "rt_sigqueueinfo", "pidfd_open",
  };

  /** linux/ptrace.h: whom they name need not be a child. */
  private static final int PTRACE_ATTACH = 16;

  private static final int PTRACE_SEIZE = 0x4206;

  private ProcessGuards() {}

  /**
   * Lets processes be traced by those that they descend from: PTRACE_TRACEME makes the parent the
   * tracer, and a tracer has the children of what it traces. So who traces whom has no circles. In
   * one, processes that are stopped at their ends (PTRACE_O_TRACEEXIT) wait for each other for
   * ever, whoever kills them.
   */
  static void replaceTracing(SeccompFilter.Builder rules) {
    rules.replace(
        "ptrace",
        when(arg(0).asInt().in(PTRACE_ATTACH, PTRACE_SEIZE)).then(REFUSE).otherwise(ALLOW));
    rules.replace("process_vm_readv", Rule.always(ALLOW));
    rules.replace("process_vm_writev", Rule.always(ALLOW));
  }

  /**
   * Adds the rules.
   *
   * @param ownNumbers whether numbers name only the run's own processes and their init
   */
  static void add(SeccompFilter.Builder rules, boolean ownNumbers) {
    IntFunction<Condition> ours = ours(ownNumbers);
    for (String call : SCHEDULING_CHANGES) {
      rules.replace(call, when(ours.apply(0)).then(ALLOW).otherwise(REFUSE));
    }
    rules.replace("get_robust_list", when(ours.apply(0)).then(ALLOW).otherwise(REFUSE));
    // Of all limits; a baseline may be stricter about one of them.
    LimitGuards.add(rules, ownNumbers, true);
    rules.replace("setpriority", priority(ours, PRIO_PROCESS, PRIO_PGRP));
    rules.replace("ioprio_set", priority(ours, IOPRIO_WHO_PROCESS, IOPRIO_WHO_PGRP));
    // What /proc does not show.
    rules.replace("ioprio_get", priority(ours, IOPRIO_WHO_PROCESS, IOPRIO_WHO_PGRP));
    rules.replace(
        "getpriority",
        when(arg(0).asInt().in(PRIO_PROCESS, PRIO_PGRP)).then(ALLOW).otherwise(REFUSE));
    rules.replace("timer_create", ownClock());
    rules.replace("clock_nanosleep", ownClock());
    rules.replace("clock_nanosleep_time64", ownClock());
    if (ownNumbers) {
      for (String call : SIGNALS) {
        rules.replace(call, when(ours.apply(0)).then(ALLOW).otherwise(REFUSE));
      }
      Rule both = when(ours.apply(0), ours.apply(1)).then(ALLOW).otherwise(REFUSE);
      rules.replace("tgkill", both);
      rules.replace("rt_tgsigqueueinfo", both);
    }
  }

  /**
   * As {@link #add}, for {@link SyscallSet#OTHER_PROCESS}: where its own memory lies, a process may
   * change.
   */
  static void addMemoryPlacement(SeccompFilter.Builder rules, boolean ownNumbers) {
    rules.on(SyscallSet.OTHER_PROCESS, REFUSE);
    Rule own = when(ours(ownNumbers).apply(0)).then(ALLOW).otherwise(REFUSE);
    rules.replace("migrate_pages", own);
    rules.replace("move_pages", own);
  }

  static IntFunction<Condition> ours(boolean ownNumbers) {
    return ownNumbers ? index -> arg(index).asInt().ne(INIT) : index -> arg(index).asInt().eq(0);
  }

  private static Rule priority(IntFunction<Condition> ours, int process, int group) {
    return when(arg(0).asInt().in(process, group), ours.apply(1)).then(ALLOW).otherwise(REFUSE);
  }

  /**
   * No CPU clock of another process: a timer on it is the other's to keep. Those of threads the
   * kernel gives to their own process alone.
   */
  private static Rule ownClock() {
    return when(arg(0).asInt().noneSet(CPU_CLOCK))
        .then(ALLOW)
        .orWhen(arg(0).asInt().anySet(CPU_CLOCK_OF_THREAD))
        .then(ALLOW)
        .orWhen(arg(0).asInt().masked(CPU_CLOCK_PID).eq(CPU_CLOCK_PID))
        .then(ALLOW)
        .otherwise(REFUSE);
  }

  /**
   * Descriptors, but no leases, which keep others from opening a file for as long as the
   * administrator set (/proc/sys/fs/lease-break-time), no dnotify, and no signals that announce
   * input and output. They go to whom fcntl(2) names as the owner, and on a terminal to its
   * foreground process group; and a descriptor that was handed in may have an owner outside, whom
   * the kernel sends what F_SETSIG says, on his own behalf. And no hint for how long data lives: it
   * is set on the file, also by those who have it open for reading, on a read-only mount too.
   */
  static Rule descriptorCommands() {
    IntArgument command = arg(1).asInt();
    return when(command.in(
            Uapi.F_SETLEASE(),
            Uapi.F_SETDELEG(),
            Uapi.F_NOTIFY(),
            Uapi.F_SET_RW_HINT(),
            Uapi.F_SETSIG(),
            Uapi.F_SETOWN_EX()))
        .then(REFUSE)
        .orWhen(command.eq(Uapi.F_SETOWN()), arg(2).asInt().ne(0))
        .then(REFUSE)
        .orWhen(command.eq(Uapi.F_SETFL()), arg(2).asInt().anySet(O_ASYNC))
        .then(REFUSE)
        .otherwise(ALLOW);
  }

  /** All of prctl(2) but to share a core with a process that is named by its number. */
  static Rule noForeignCores() {
    return when(arg(0).asInt().eq(Uapi.PR_SCHED_CORE()))
        .then(Action.errno(Errno.EPERM))
        .otherwise(ALLOW);
  }
}
