package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.LaunchStep.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The steps of a launch in order: a plan's own, and those that every launch has. The image is
 * compiled from this list and the dry run prints it, so that they cannot differ.
 */
final class LaunchSequence {
  private static final Arg ZERO = Arg.of(0);

  /**
   * Whom the check of the signal scope asks, and what the command's process expects to be
   * unchanged.
   */
  static final Step PARENT = Step.of("getppid", "find the parent process");

  /** What the command's process compares its parent with. */
  static final Step SELF = Step.of("getpid", "find the supervisor's own process id");

  /**
   * Init becomes a child of the virtual machine, which so can wait for it and signal it, while the
   * launcher ends. In their common memory the kernel tells init the process id that it has there.
   */
  private static final int INIT_FLAGS =
      Uapi.CLONE_VM() | Uapi.CLONE_PARENT() | Uapi.CLONE_PARENT_SETTID() | Uapi.SIGCHLD();

  private static final Arg SIGKILL = Arg.of(Uapi.SIGKILL(), "SIGKILL");

  /**
   * TIMER_ABSTIME is not set; CLOCK_BOOTTIME also counts while the machine sleeps (linux/time.h).
   */
  private static final int CLOCK_BOOTTIME = 7;

  final Slot signals = Slot.named("signals");
  final Slot timer = Slot.named("timer");
  final Slot children = Slot.named("children");

  final List<Step> launcherEntry = new ArrayList<>();
  final List<Step> launcher;

  final Optional<Step> forkInit;
  final Optional<Step> verifyNamespace;
  final List<Step> init;
  final List<Step> supervise = new ArrayList<>();
  final Optional<Step> verifyScope;
  final Optional<Step> forkCommand;
  final List<Step> commandEntry = new ArrayList<>();
  final List<Step> command = new ArrayList<>();
  final List<Exec> execs = new ArrayList<>();

  /** What the supervisor does once the command was executed. */
  final Optional<Step> handOver;

  /** The slot that is handed over. */
  final Optional<Slot> handedOver;

  /** What the launcher begins with besides what every launcher has, in the order of numbers. */
  final List<Slot> passed;

  /** The first number after those that every launcher has. */
  final int firstPassed;

  /**
   * Whether supervisor and command have one table of descriptors until the command is executed:
   * else the supervisor would not see what the command's process opens. The kernel gives the
   * command a table of its own when it is executed, before it closes there what is closed on exec,
   * and before the supervisor goes on.
   */
  final boolean sharesDescriptors;

  final Supervision supervision;

  /** How long a tree has that is to end; zero if it is killed at once. */
  final Duration grace;

  /** Whether the supervisor has a timer: the deadline's, and then that of the grace. */
  final boolean hasTimer;

  /**
   * An attempt to execute the command, and what {@code execvp(3)} does with a text file that has no
   * interpreter.
   */
  record Exec(Step direct, Step throughShell) {}

  /** A plan without executables ends where another would start the command's process. */
  LaunchSequence(LaunchParts plan) {
    this(plan, false);
  }

  /**
   * What a child does that {@link Vfork} has started: it has no status pipe, and begins with all
   * signals blocked.
   */
  static LaunchSequence inPlace(LaunchParts plan) {
    return new LaunchSequence(plan, true);
  }

  private LaunchSequence(LaunchParts plan, boolean inPlace) {
    supervision = plan.supervision();
    boolean supervised = supervision != Supervision.NONE && !plan.executables().isEmpty();
    grace = plan.grace();
    hasTimer = plan.deadline().isPresent() || !grace.isZero();
    boolean pidNamespace = supervision == Supervision.PID_NAMESPACE;
    handedOver = plan.handOver();
    handOver = handedOver.map(slot -> HandOver.send(Arg.of(Channels.HAND_OVER), List.of(slot)));
    passed = List.copyOf(plan.passed().keySet());
    if (inPlace) {
      firstPassed = Channels.STATUS;
    } else {
      firstPassed =
          handOver.isPresent()
              ? Channels.HAND_OVER + 1
              : supervised ? Channels.LIFELINE + 1 : Channels.STATUS + 1;
    }

    sharesDescriptors = opens(plan.commandSteps(), handedOver);

    enter(supervised, inPlace);
    launcher = plan.launcherSteps().steps();
    forkInit =
        pidNamespace
            ? Optional.of(
                Step.of(
                    "clone",
                    "start the namespace's init",
                    Arg.of(INIT_FLAGS, "CLONE_VM|CLONE_PARENT|CLONE_PARENT_SETTID|SIGCHLD"),
                    ZERO,
                    Arg.of(0, "[init]")))
            : Optional.empty();
    verifyNamespace =
        pidNamespace
            ? Optional.of(
                Step.of("getpid", "make sure that this is the first process of a namespace"))
            : Optional.empty();
    init =
        plan.initAlone()
            ? plan.initSteps().then(SetupProgram.of(awaitLauncherGone())).steps()
            : plan.initSteps().steps();
    if (supervised) {
      prepareSupervision(plan.deadline());
    }
    verifyScope =
        supervision == Supervision.SIGNAL_SCOPE
            ? Optional.of(
                Step.of(
                    "kill",
                    "make sure that signals cannot leave the sandbox",
                    Arg.of(0, "getppid()"),
                    ZERO))
            : Optional.empty();
    forkCommand =
        supervised
            ? Optional.of(
                Step.of(
                    "clone", "start the command's process", cloneFlags(sharesDescriptors), ZERO))
            : Optional.empty();
    Step resetMask = setSignalMask("reset the signal mask", 0, "[]");
    if (supervised) {
      commandEntry.add(Step.of("setsid", "start a session for the command"));
      commandEntry.add(dieWithParent());
      command.add(resetMask);
    }
    plan.directory()
        .ifPresent(path ->
            command.add(
                Step.of("chdir", "enter the working directory " + path, Memory.text(path))));
    command.addAll(plan.commandSteps().steps());
    if (inPlace) {
      // As late as can be, and before a filter, which could refuse it.
      boolean filter = !command.isEmpty() && command.getLast().syscall().equals("seccomp");
      command.add(filter ? command.size() - 1 : command.size(), resetMask);
    }
    addExecs(plan);
  }

  /**
   * The virtual machine writes {@link Channels#GONE}; at its end, nothing is written, and that
   * fails.
   */
  private static Step awaitLauncherGone() {
    Memory word = Memory.ofSize(4).build("[gone]");
    return Step.of(
            "read",
            "wait until the launcher has been waited for",
            Arg.of(Channels.LIFELINE),
            word,
            Arg.of(1))
        .expecting(word, 0, Channels.GONE, "byte");
  }

  private static boolean opens(SetupProgram program, Optional<Slot> slot) {
    return slot.isPresent() && program.steps().stream().anyMatch(step -> step.opens().equals(slot));
  }

  private static Arg cloneFlags(boolean sharesDescriptors) {
    int flags = Uapi.CLONE_VM() | Uapi.CLONE_VFORK() | Uapi.SIGCHLD();
    return sharesDescriptors
        ? Arg.of(flags | Uapi.CLONE_FILES(), "CLONE_VM|CLONE_VFORK|CLONE_FILES|SIGCHLD")
        : Arg.of(flags, "CLONE_VM|CLONE_VFORK|SIGCHLD");
  }

  /** Whether the kernel writes to memory of the steps of a sequence that {@link Vfork} runs. */
  boolean isWritten() {
    for (Step step : launcher) {
      if (VforkSteps.writes(step)) {
        return true;
      }
    }
    for (Step step : command) {
      if (VforkSteps.writes(step)) {
        return true;
      }
    }
    return false;
  }

  /** All steps, as one list. */
  List<LaunchStep> all() {
    var all = new ArrayList<LaunchStep>();
    addAll(all, Role.LAUNCHER, launcherEntry);
    addAll(all, Role.LAUNCHER, launcher);
    forkInit.ifPresent(step -> all.add(new LaunchStep(Role.LAUNCHER, step)));
    verifyNamespace.ifPresent(step -> all.add(new LaunchStep(Role.INIT, step)));
    addAll(all, Role.INIT, init);
    Role supervisor = forkInit.isPresent() ? Role.INIT : Role.LAUNCHER;
    addAll(all, supervisor, supervise);
    if (verifyScope.isPresent()) {
      addAll(all, supervisor, List.of(PARENT, verifyScope.get()));
    }
    if (forkCommand.isPresent()) {
      addAll(all, supervisor, List.of(SELF, forkCommand.get()));
    }
    Role last = forkCommand.isPresent() ? Role.COMMAND : Role.LAUNCHER;
    addAll(all, last, commandEntry);
    if (forkCommand.isPresent()) {
      addAll(all, last, List.of(PARENT));
    }
    addAll(all, last, command);
    for (Exec exec : execs) {
      all.add(new LaunchStep(last, exec.direct()));
    }
    handOver.ifPresent(step -> all.add(new LaunchStep(supervisor, step)));
    return all;
  }

  private static void addAll(List<LaunchStep> all, Role role, List<Step> steps) {
    for (Step step : steps) {
      all.add(new LaunchStep(role, step));
    }
  }

  private void enter(boolean supervised, boolean inPlace) {
    launcherEntry.add(
        Step.of(
            "close_range",
            "close inherited descriptors (needs Linux 5.9)",
            Arg.of(firstPassed + passed.size()),
            Arg.of(0xffff_ffffL, "~0U"),
            ZERO));
    if (!inPlace) {
      launcherEntry.add(closeOnExec(Channels.STATUS, "the status pipe"));
    }
    if (supervised) {
      launcherEntry.add(closeOnExec(Channels.LIFELINE, "the lifeline"));
    }
    if (handOver.isPresent()) {
      launcherEntry.add(closeOnExec(Channels.HAND_OVER, "the socket to hand over"));
    }
    for (int i = 0; i < passed.size(); i++) {
      launcherEntry.add(closeOnExec(firstPassed + i, passed.get(i).toString()));
    }
    if (supervised) {
      // What a terminal sends to its foreground must not reach the supervisor, who would forward
      // it.
      // The command gets a session; one more costs the kernel a scheduling group (autogroup).
      launcherEntry.add(Step.of("setpgid", "start a process group", ZERO, ZERO));
    } else {
      launcherEntry.add(Step.of("setsid", "start a session"));
    }
  }

  private void prepareSupervision(Optional<Duration> deadline) {
    if (supervision == Supervision.CHILD_WALK) {
      supervise.add(
          Step.of(
                  "openat",
                  "open the list of child processes",
                  Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
                  Memory.text("/proc/thread-self/children"),
                  Arg.of(Uapi.O_RDONLY() | Uapi.O_CLOEXEC(), "O_RDONLY|O_CLOEXEC"))
              .opening(children));
    }
    // Else it would be called by the number of the descriptor that it was executed from.
    supervise.add(
        Step.of(
            "prctl",
            "give the supervisor a name",
            Arg.of(Uapi.PR_SET_NAME(), "PR_SET_NAME"),
            Memory.text("cofferdam"),
            ZERO,
            ZERO,
            ZERO));
    supervise.add(
        Step.of(
            "prctl",
            "close the supervisor to debuggers",
            Arg.of(Uapi.PR_SET_DUMPABLE(), "PR_SET_DUMPABLE"),
            ZERO,
            ZERO,
            ZERO,
            ZERO));
    if (supervision != Supervision.PID_NAMESPACE) {
      supervise.add(
          Step.of(
              "prctl",
              "become the reaper of orphans",
              Arg.of(Uapi.PR_SET_CHILD_SUBREAPER(), "PR_SET_CHILD_SUBREAPER"),
              Arg.of(1),
              ZERO,
              ZERO,
              ZERO));
    }
    supervise.add(setSignalMask("hold signals back", -1L, "~[]"));
    supervise.add(
        Step.of(
                "signalfd4",
                "receive signals",
                Arg.of(-1),
                Memory.ofSize(SignalSet.SIZE).int64(0, -1L).build("~[]"),
                Arg.of(SignalSet.SIZE),
                Arg.of(Uapi.O_CLOEXEC(), "SFD_CLOEXEC"))
            .opening(signals));
    if (hasTimer) {
      supervise.add(
          Step.of(
                  "timerfd_create",
                  "create the timer of the end",
                  Arg.of(CLOCK_BOOTTIME, "CLOCK_BOOTTIME"),
                  Arg.of(Uapi.O_CLOEXEC(), "TFD_CLOEXEC"))
              .opening(timer));
    }
    deadline.ifPresent(duration -> supervise.add(startTimer("the deadline", duration)));
  }

  /** Has the timer go off once, so long from now, and at no other time. */
  Step startTimer(String of, Duration duration) {
    // struct itimerspec: | interval sec, nsec | value sec, nsec |, 64 bits each
    return Step.of(
        "timerfd_settime",
        "start the timer of " + of,
        timer,
        ZERO,
        Memory.ofSize(32)
            .int64(16, duration.getSeconds())
            .int64(24, duration.getNano())
            .build("{" + duration + "}"),
        Arg.of(0, "NULL"));
  }

  private void addExecs(LaunchParts plan) {
    Memory argv = Memory.strings(plan.argv(), quoteAll(plan.argv()));
    Memory environment =
        Memory.strings(plan.environment(), plan.environment().size() + " variables");
    for (String path : plan.executables()) {
      var shellArgv = new ArrayList<String>();
      shellArgv.add("/bin/sh");
      shellArgv.add(path);
      shellArgv.addAll(plan.argv().subList(1, plan.argv().size()));
      execs.add(
          new Exec(
              exec(path, argv, environment),
              exec("/bin/sh", Memory.strings(shellArgv, quoteAll(shellArgv)), environment)));
    }
  }

  private static Step exec(String path, Memory argv, Memory environment) {
    return Step.of("execve", "execute " + path, Memory.text(path), argv, environment);
  }

  private static Step closeOnExec(int descriptor, String what) {
    return Step.of(
        "fcntl",
        "close " + what + " on exec",
        Arg.of(descriptor),
        Arg.of(Uapi.F_SETFD(), "F_SETFD"),
        Arg.of(Uapi.FD_CLOEXEC(), "FD_CLOEXEC"));
  }

  private static Step dieWithParent() {
    return Step.of(
        "prctl",
        "die with the supervisor",
        Arg.of(Uapi.PR_SET_PDEATHSIG(), "PR_SET_PDEATHSIG"),
        SIGKILL,
        ZERO,
        ZERO,
        ZERO);
  }

  private static Step setSignalMask(String purpose, long mask, String display) {
    return Step.of(
        "rt_sigprocmask",
        purpose,
        Arg.of(Uapi.SIG_SETMASK(), "SIG_SETMASK"),
        Memory.ofSize(SignalSet.SIZE).int64(0, mask).build(display),
        Arg.of(0, "NULL"),
        Arg.of(SignalSet.SIZE));
  }

  private static String quoteAll(List<String> texts) {
    var all = new StringBuilder("[");
    String separator = "";
    for (String text : texts) {
      all.append(separator).append(Memory.quote(text));
      separator = ", ";
    }
    return all.append(']').toString();
  }
}
