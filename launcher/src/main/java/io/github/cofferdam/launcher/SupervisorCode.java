package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Assembler.Condition;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.util.BitSet;

/**
 * What the supervisor of a command does when clone has returned: it reports that the command was
 * executed, waits for signals, the lifeline and the deadline, and in the end kills and reaps the
 * tree and reports how the command ended.
 */
final class SupervisorCode {
  private static final int WALL_OR_NOHANG = Uapi.__WALL() | Uapi.WNOHANG();

  /** The low byte of the status of a process that has stopped, wait(2). */
  private static final int STOPPED = 0x7f;

  private static final int CHILDREN_BUFFER = 4096;

  private final ImageCode image;
  private final Assembler code;
  private final LaunchSequence sequence;
  private final boolean hasGrace;

  /** Something is waited for. */
  private final Label loop = new Label();

  /** The tree is told to end, and has some time for that. */
  private final Label beginEnding = new Label();

  /** The tree is told to end, with the time that it has already. */
  private final Label tellTree = new Label();

  /** The tree is killed; S1 is the reason. */
  private final Label endTree = new Label();

  /** No child is left; S1 is the reason. */
  private final Label ended = new Label();

  private SupervisorCode(ImageCode image, LaunchSequence sequence) {
    this.image = image;
    this.sequence = sequence;
    hasGrace = !sequence.grace.isZero();
    code = image.code;
  }

  /**
   * Adds it to an image.
   *
   * @param unused what the command's process has left open in their common table, or has closed in
   *     its own
   */
  static void emit(ImageCode image, LaunchSequence sequence, BitSet unused) {
    new SupervisorCode(image, sequence).afterFork(unused);
  }

  private void afterFork(BitSet unused) {
    var supervise = new Label();
    code.move(Reg.S0, Reg.RESULT);
    code.load32(Reg.A0, Reg.S3, Scratch.KIND);
    code.compare(Reg.A0, StatusRecord.FAILED);
    code.branch(Condition.NOT_EQUAL, supervise);
    // Once more: a filter that was in place already may have refused the process's own report.
    image.writeRecord(StatusRecord.SHORT);
    code.move(Reg.A0, Reg.S0);
    code.load(Reg.A1, 0);
    code.load(Reg.A2, Uapi.__WALL());
    code.load(Reg.A3, 0);
    image.syscall("wait4");
    image.exit(StatusRecord.EXIT_SETUP_FAILED);

    code.bind(supervise);
    supervise(unused);
  }

  private void supervise(BitSet unused) {
    int polled = pollDescriptors();

    // A supervisor that held on to the command's standard streams would keep its readers waiting.
    image.syscall("close_range", 0, 2, 0);
    sequence.handOver.ifPresent(this::handOver);
    closeAfterwards(unused);
    code.store32(Reg.S0, Reg.S3, Scratch.VALUE);
    image.store(Scratch.KIND, StatusRecord.STARTED);
    image.writeRecord(StatusRecord.SHORT);

    code.bind(loop);
    image.syscall("ppoll", image.data.address(Scratch.POLL), polled, 0, 0, SignalSet.SIZE);

    var command = new Label();
    var noCommand = new Label();
    code.load8(Reg.A0, Reg.S3, Scratch.revents(0));
    code.compare(Reg.A0, 0);
    code.branch(Condition.NOT_EQUAL, command);
    code.bind(noCommand);
    if (sequence.hasTimer) {
      timer();
    }
    signals();
    code.bind(command);
    command(noCommand);
    if (hasGrace) {
      beginEnding();
    }
    code.bind(endTree);
    endTree();
  }

  /** The deadline has passed, or the time that the tree had since then. */
  private void timer() {
    var noTimer = new Label();
    code.load8(Reg.A0, Reg.S3, Scratch.revents(2));
    code.compare(Reg.A0, 0);
    code.branch(Condition.EQUAL, noTimer);
    if (hasGrace) {
      code.load32(Reg.S1, Reg.S3, Scratch.RESULT);
      branchIfEnding(endTree);
      image.store(Scratch.RESULT, StatusRecord.DEADLINE);
      code.jump(beginEnding);
    } else {
      code.load(Reg.S1, StatusRecord.DEADLINE);
      code.jump(endTree);
    }
    code.bind(noTimer);
  }

  /** SIGCHLD says that there is somebody to reap; any other is for the command. */
  private void signals() {
    var reap = new Label();
    code.load8(Reg.A0, Reg.S3, Scratch.revents(1));
    code.compare(Reg.A0, 0);
    code.branch(Condition.EQUAL, loop);
    // struct signalfd_siginfo begins with the signal's number
    image.syscall(
        "read",
        image.numbers.number(sequence.signals),
        image.data.address(Scratch.SIGNAL),
        Scratch.SIGNAL_SIZE);
    code.load32(Reg.A1, Reg.S3, Scratch.SIGNAL);
    code.compare(Reg.A1, Uapi.SIGCHLD());
    code.branch(Condition.EQUAL, reap);
    branchIfReaped(loop);
    code.move(Reg.A0, Reg.S0);
    image.syscall("kill");
    code.jump(loop);

    var nobodyLeft = new Label();
    code.bind(reap);
    image.syscall("wait4", -1, image.data.address(Scratch.WAIT_STATUS), WALL_OR_NOHANG, 0);
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, loop);
    code.branch(Condition.LESS, hasGrace ? nobodyLeft : loop);
    killTracee(reap);
    code.compare(Reg.RESULT, Reg.S0);
    code.branch(Condition.NOT_EQUAL, reap);
    keepStatus();
    if (hasGrace) {
      reapedWhileEnding(reap, nobodyLeft);
    }
    code.load(Reg.S1, StatusRecord.BY_ITSELF);
    // Most commands leave nothing: then there is nobody to kill, and no need to look at every
    // process.
    image.syscall("wait4", -1, image.data.address(Scratch.WAIT_STATUS), WALL_OR_NOHANG, 0);
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.LESS, ended);
    code.jump(endTree);
  }

  /**
   * A child that has made this process its tracer (PTRACE_TRACEME) stops at its signals and waits
   * for what nobody will do. It has not ended, whatever the status looks like.
   */
  private void killTracee(Label reap) {
    var ended = new Label();
    // Not the first argument, which is the result itself on some machines.
    code.load8(Reg.A1, Reg.S3, Scratch.WAIT_STATUS);
    code.compare(Reg.A1, STOPPED);
    code.branch(Condition.NOT_EQUAL, ended);
    code.move(Reg.A0, Reg.RESULT);
    code.load(Reg.A1, Uapi.SIGKILL());
    image.syscall("kill");
    code.jump(reap);
    code.bind(ended);
  }

  /**
   * A tree that was told to end keeps its time after its command has ended. One that was told so by
   * {@link Launched#terminate} is taken to end by itself then.
   */
  private void reapedWhileEnding(Label reap, Label nobodyLeft) {
    var notEnding = new Label();
    code.load32(Reg.A0, Reg.S3, Scratch.ENDING);
    code.compare(Reg.A0, 0);
    code.branch(Condition.EQUAL, notEnding);
    code.load32(Reg.A0, Reg.S3, Scratch.RESULT);
    code.compare(Reg.A0, StatusRecord.DEADLINE);
    code.branch(Condition.EQUAL, reap);
    image.store(Scratch.RESULT, StatusRecord.BY_ITSELF);
    code.jump(reap);

    // ECHILD comes only after the command was reaped, and so only here.
    code.bind(nobodyLeft);
    code.load32(Reg.S1, Reg.S3, Scratch.RESULT);
    code.jump(ended);
    code.bind(notEnding);
  }

  /**
   * One byte on the lifeline is a signal for the command or its group, or says that the tree is to
   * end; its end is the end at once.
   */
  private void command(Label done) {
    var terminate = new Label();
    var send = new Label();
    image.store(Scratch.BYTE, 0);
    image.syscall("read", Channels.LIFELINE, image.data.address(Scratch.BYTE), 1);
    code.move(Reg.S2, Reg.RESULT);
    code.load(Reg.S1, StatusRecord.CLOSED);
    code.compare(Reg.S2, 1);
    code.branch(Condition.NOT_EQUAL, endTree);
    code.load8(Reg.A1, Reg.S3, Scratch.BYTE);
    code.compare(Reg.A1, Channels.TERMINATE);
    code.branch(Condition.EQUAL, hasGrace ? terminate : endTree);
    branchIfReaped(done);
    code.move(Reg.A0, Reg.S0);
    code.compare(Reg.A1, Channels.GROUP);
    code.branch(Condition.LESS, send);
    code.add(Reg.A1, -Channels.GROUP);
    code.negate(Reg.A0);
    code.bind(send);
    image.syscall("kill");
    code.jump(done);
    if (hasGrace) {
      code.bind(terminate);
      branchIfEnding(tellTree);
      image.store(Scratch.RESULT, StatusRecord.CLOSED);
      code.jump(beginEnding);
    }
  }

  /** The tree gets SIGTERM, and has some time; RESULT says why. */
  private void beginEnding() {
    code.bind(beginEnding);
    image.store(Scratch.ENDING, 1);
    Step timer = sequence.startTimer("the grace", sequence.grace);
    image.arguments(timer);
    image.syscall(timer.syscall());
    code.bind(tellTree);
    signalTree(Uapi.SIGTERM());
    // What is stopped could not hear it.
    signalTree(Uapi.SIGCONT());
    code.jump(loop);
  }

  /** Without a means to reach all of the tree, it is the command's group. */
  private void signalTree(int signal) {
    if (sequence.supervision == Supervision.CHILD_WALK) {
      branchIfReaped(loop);
      code.move(Reg.A0, Reg.S0);
      code.negate(Reg.A0);
      code.load(Reg.A1, signal);
      image.syscall("kill");
    } else {
      image.syscall("kill", -1, signal);
    }
  }

  private void branchIfEnding(Label label) {
    code.load32(Reg.A0, Reg.S3, Scratch.ENDING);
    code.compare(Reg.A0, 0);
    code.branch(Condition.NOT_EQUAL, label);
  }

  /** Its number means nobody then, and 0 this process's own group. */
  private void branchIfReaped(Label label) {
    code.compare(Reg.S0, 0);
    code.branch(Condition.EQUAL, label);
  }

  /** A command whose descriptor does not arrive must not go on: nobody would see to it. */
  private void handOver(Step step) {
    var sent = new Label();
    image.arguments(step);
    image.syscall(step.syscall());
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.GREATER, sent);
    code.store32(Reg.RESULT, Reg.S3, Scratch.RESULT);
    image.store(Scratch.VALUE, image.mayFail(step));
    image.store(Scratch.KIND, StatusRecord.FAILED);
    image.writeRecord(StatusRecord.SHORT);
    code.load(Reg.S1, StatusRecord.CLOSED);
    code.jump(endTree);
    code.bind(sent);
  }

  /** Holding on to a listener would keep those waiting whom nobody answers any more. */
  private void closeAfterwards(BitSet unused) {
    sequence.handedOver.ifPresent(slot -> {
      unused.set(image.numbers.number(slot));
      unused.set(Channels.HAND_OVER);
    });
    unused.stream().forEach(number -> image.syscall("close", number));
  }

  /** Writes the pollfd array: lifeline, signals, timer. */
  private int pollDescriptors() {
    pollDescriptor(0, Channels.LIFELINE);
    pollDescriptor(1, image.numbers.number(sequence.signals));
    if (sequence.hasTimer) {
      pollDescriptor(2, image.numbers.number(sequence.timer));
      return 3;
    }
    return 2;
  }

  private void pollDescriptor(int index, int descriptor) {
    image.data.int32(Scratch.pollfd(index), descriptor);
    image.data.int32(Scratch.pollfd(index) + Poll.POLLFD_EVENTS, Uapi.POLLIN());
  }

  /** The command was reaped: its status is kept, and its number no longer means it. */
  private void keepStatus() {
    code.load32(Reg.A0, Reg.S3, Scratch.WAIT_STATUS);
    code.store32(Reg.A0, Reg.S3, Scratch.VALUE);
    code.load(Reg.S0, 0);
  }

  /** Kills and reaps until no child is left, then reports with S1 as the reason. */
  private void endTree() {
    var again = new Label();
    code.bind(again);
    if (sequence.supervision == Supervision.CHILD_WALK) {
      killChildren(image.numbers.number(sequence.children));
    } else {
      image.syscall("kill", -1, Uapi.SIGKILL());
    }
    image.syscall("wait4", -1, image.data.address(Scratch.WAIT_STATUS), Uapi.__WALL(), 0);
    // ECHILD; no other error can come, and none of them would go away by trying again.
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.LESS, ended);
    code.compare(Reg.RESULT, Reg.S0);
    code.branch(Condition.NOT_EQUAL, again);
    keepStatus();
    code.jump(again);

    code.bind(ended);
    image.syscall("getrusage", Uapi.RUSAGE_CHILDREN(), image.data.address(Scratch.USAGE));
    code.store32(Reg.S1, Reg.S3, Scratch.RESULT);
    image.store(Scratch.KIND, StatusRecord.ENDED);
    image.writeRecord(StatusRecord.LONG);
    image.exit(0);
  }

  /**
   * Reads "123 456 " and kills each; a number without a blank behind it was cut off and comes next
   * time.
   */
  private void killChildren(int descriptor) {
    int buffer = image.data.reserve(CHILDREN_BUFFER);
    var next = new Label();
    var blank = new Label();
    var end = new Label();
    image.syscall("pread64", descriptor, image.data.address(buffer), CHILDREN_BUFFER, 0);
    code.move(Reg.A5, Reg.RESULT);
    code.load(Reg.A4, image.data.address(buffer));
    code.load(Reg.A3, 0);
    code.bind(next);
    code.compare(Reg.A5, 0);
    code.branch(Condition.EQUAL, end);
    code.branch(Condition.LESS, end);
    code.load8(Reg.A2, Reg.A4, 0);
    code.add(Reg.A4, 1);
    code.add(Reg.A5, -1);
    code.compare(Reg.A2, ' ');
    code.branch(Condition.EQUAL, blank);
    code.add(Reg.A2, -'0');
    code.appendDigit(Reg.A3, Reg.A2);
    code.jump(next);
    code.bind(blank);
    code.move(Reg.A0, Reg.A3);
    code.load(Reg.A1, Uapi.SIGKILL());
    image.syscall("kill");
    code.load(Reg.A3, 0);
    code.jump(next);
    code.bind(end);
  }
}
