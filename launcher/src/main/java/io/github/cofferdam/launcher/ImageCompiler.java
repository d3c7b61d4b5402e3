package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Assembler.Condition;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Compiles a {@link LaunchSequence} into an executable image.
 *
 * <p>Register use: S0 the command's process, S1 the failing step or the reason of the end, S2 a
 * result, S3 the address of the {@link Scratch} area.
 */
final class ImageCompiler {
  private static final int WALL_OR_NOHANG = Uapi.__WALL() | Uapi.WNOHANG();
  private static final int CHILDREN_BUFFER = 4096;

  private final Arch arch;
  private final Assembler code;
  private final ImageData data;
  private final DescriptorNumbers numbers;
  private final List<Step> failing = new ArrayList<>();
  private final Label reportFailure = new Label();
  private final Label reportResult = new Label();

  private ImageCompiler(Arch arch, LaunchSequence sequence) {
    this.arch = arch;
    code = Assembler.of(arch);
    data = new ImageData(ElfImage.dataAddress());
    numbers = new DescriptorNumbers(sequence.firstPassed);
    sequence.passed.forEach(numbers::open);
    data.reserve(Scratch.SIZE);
  }

  static LauncherImage compile(Arch arch, LaunchSequence sequence) {
    var compiler = new ImageCompiler(arch, sequence);
    compiler.compile(sequence);
    byte[] elf = ElfImage.write(arch, compiler.code.assemble(), compiler.data.bytes());
    return new LauncherImage(elf, List.copyOf(compiler.failing));
  }

  private void compile(LaunchSequence sequence) {
    code.load(Reg.S3, data.address(0));
    emit(sequence.launcherEntry);
    emit(sequence.launcher);
    sequence.forkInit.ifPresent(this::forkInit);
    sequence.verifyNamespace.ifPresent(this::verifyNamespace);
    emit(sequence.init);
    emit(sequence.supervise);
    sequence.verifyScope.ifPresent(this::verifyScope);
    var started = new Label();
    BitSet before = numbers.used();
    Map<Slot, Integer> passed = numbers.open(sequence.passed);
    sequence.forkCommand.ifPresent(step -> forkCommand(step, started));
    emit(sequence.commandEntry);
    sequence.forkCommand.ifPresent(step -> verifyParent());
    emit(sequence.command);
    if (sequence.execs.isEmpty()) {
      exit(0);
    } else {
      exec(sequence.execs);
    }
    if (sequence.forkCommand.isPresent()) {
      // Below the command's steps, which decide the numbers of what they leave open.
      code.bind(started);
      BitSet unused = numbers.used();
      unused.andNot(before);
      if (!sequence.sharesDescriptors) {
        unused.clear();
        Map<Slot, Integer> kept = numbers.open(sequence.passed);
        for (Map.Entry<Slot, Integer> entry : passed.entrySet()) {
          if (!kept.containsKey(entry.getKey())) {
            unused.set(entry.getValue());
          }
        }
      }
      supervisor(sequence, unused);
    }
    failureReports();
  }

  // ------------------------------------------------------------------ steps

  private void emit(List<Step> steps) {
    for (Step step : steps) {
      emit(step);
    }
  }

  private void emit(Step step) {
    arguments(step);
    syscall(step.syscall());
    var done = new Label();
    var failed = new Label();
    var unexpected = new Label();
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.LESS, failed);
    for (Step.Expected expected : step.expected()) {
      code.load(Reg.A1, data.writable(expected.memory()) + expected.offset());
      code.load32(Reg.A0, Reg.A1, 0);
      code.compare(Reg.A0, expected.value());
      code.branch(Condition.NOT_EQUAL, unexpected);
    }
    step.opens()
        .ifPresent(slot -> {
          code.compare(Reg.RESULT, numbers.open(slot));
          code.branch(Condition.NOT_EQUAL, failed);
        });
    step.closes().ifPresent(numbers::close);
    code.jump(done);
    if (!step.expected().isEmpty()) {
      code.bind(unexpected);
      code.load(Reg.RESULT, -Errno.ESTALE.number());
    }
    code.bind(failed);
    for (Errno errno : step.tolerated()) {
      code.compare(Reg.RESULT, -errno.number());
      code.branch(Condition.EQUAL, done);
    }
    fail(step);
    code.bind(done);
  }

  private void arguments(Step step) {
    for (int i = 0; i < step.args().size(); i++) {
      code.load(
          Reg.arg(i),
          switch (step.args().get(i)) {
            case Arg.Value value -> value.value();
            case Slot slot -> numbers.number(slot);
            case Memory memory -> data.place(memory, numbers);
          });
    }
    // As SetupProgram.run passes them; registers still hold what earlier calls left.
    for (int i = step.args().size(); i < 6; i++) {
      code.load(Reg.arg(i), 0);
    }
  }

  /** Ends with the report that this step failed with what RESULT holds. */
  private void fail(Step step) {
    code.load(Reg.S1, failing.size());
    failing.add(step);
    code.jump(reportFailure);
  }

  private void syscall(String name) {
    code.syscall(SyscallTable.require(arch, name));
  }

  private void syscall(String name, long... args) {
    for (int i = 0; i < args.length; i++) {
      code.load(Reg.arg(i), args[i]);
    }
    syscall(name);
  }

  /** Reports S1 and RESULT on the status pipe and ends this process. */
  private void failureReports() {
    code.bind(reportFailure);
    code.move(Reg.S2, Reg.RESULT);
    code.bind(reportResult);
    code.store32(Reg.S1, Reg.S3, Scratch.VALUE);
    code.store32(Reg.S2, Reg.S3, Scratch.RESULT);
    store(Scratch.KIND, StatusRecord.FAILED);
    writeRecord(StatusRecord.SHORT);
    exit(StatusRecord.EXIT_SETUP_FAILED);
  }

  private void store(int offset, int value) {
    code.load(Reg.A0, value);
    code.store32(Reg.A0, Reg.S3, offset);
  }

  private void writeRecord(int size) {
    code.load(Reg.A0, LaunchSequence.STATUS);
    code.move(Reg.A1, Reg.S3);
    code.load(Reg.A2, size);
    syscall("write");
  }

  private void exit(int status) {
    syscall("exit_group", status);
  }

  // ------------------------------------------------------------------ processes

  /** The launcher ends; what goes on below is init. */
  private void forkInit(Step step) {
    arguments(step);
    code.load(Reg.A2, data.address(Scratch.INIT));
    syscall(step.syscall());
    var init = new Label();
    var parent = new Label();
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, init);
    code.branch(Condition.GREATER, parent);
    fail(step);
    code.bind(parent);
    exit(0);
    code.bind(init);
  }

  /** Anything but process 1 would send the kill(-1) of the end to everybody on this machine. */
  private void verifyNamespace(Step step) {
    var first = new Label();
    arguments(step);
    syscall(step.syscall());
    code.compare(Reg.RESULT, 1);
    code.branch(Condition.EQUAL, first);
    code.load(Reg.RESULT, -Errno.EOPNOTSUPP.number());
    fail(step);
    code.bind(first);
  }

  /** kill(getppid(), 0) must be refused: else kill(-1) would reach beyond the sandbox. */
  private void verifyScope(Step step) {
    var holds = new Label();
    syscall(LaunchSequence.PARENT.syscall());
    code.move(Reg.A0, Reg.RESULT);
    code.load(Reg.A1, 0);
    syscall(step.syscall());
    code.compare(Reg.RESULT, -Errno.EPERM.number());
    code.branch(Condition.EQUAL, holds);
    code.load(Reg.RESULT, -Errno.EOPNOTSUPP.number());
    fail(step);
    code.bind(holds);
  }

  /**
   * The supervisor waits in clone until the command's process has executed the command or failed
   * (CLONE_VFORK), and sees in their common memory (CLONE_VM) which of the two it was.
   */
  private void forkCommand(Step step, Label started) {
    syscall(LaunchSequence.SELF.syscall());
    code.store32(Reg.RESULT, Reg.S3, Scratch.SUPERVISOR);
    arguments(step);
    syscall(step.syscall());
    var command = new Label();
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, command);
    code.branch(Condition.GREATER, started);
    fail(step);
    code.bind(command);
  }

  /**
   * What the supervisor does when clone has returned.
   *
   * @param unused what the command's process has left open in their common table, or has closed in
   *     its own
   */
  private void supervisor(LaunchSequence sequence, BitSet unused) {
    var supervise = new Label();
    code.move(Reg.S0, Reg.RESULT);
    code.load32(Reg.A0, Reg.S3, Scratch.KIND);
    code.compare(Reg.A0, StatusRecord.FAILED);
    code.branch(Condition.NOT_EQUAL, supervise);
    // Once more: a filter that was in place already may have refused the process's own report.
    writeRecord(StatusRecord.SHORT);
    code.move(Reg.A0, Reg.S0);
    code.load(Reg.A1, 0);
    code.load(Reg.A2, Uapi.__WALL());
    code.load(Reg.A3, 0);
    syscall("wait4");
    exit(StatusRecord.EXIT_SETUP_FAILED);

    code.bind(supervise);
    supervise(sequence, unused);
  }

  /**
   * A supervisor that died before the command's process asked to die with it would leave it alone
   * for good.
   */
  private void verifyParent() {
    var alive = new Label();
    syscall(LaunchSequence.PARENT.syscall());
    code.load32(Reg.A1, Reg.S3, Scratch.SUPERVISOR);
    code.compare(Reg.RESULT, Reg.A1);
    code.branch(Condition.EQUAL, alive);
    exit(StatusRecord.EXIT_SETUP_FAILED);
    code.bind(alive);
  }

  private void exec(List<LaunchSequence.Exec> execs) {
    code.load(Reg.S1, failing.size());
    code.load(Reg.S2, -Errno.ENOENT.number());
    for (LaunchSequence.Exec exec : execs) {
      int index = failing.size();
      failing.add(exec.direct());
      var next = new Label();
      var noInterpreter = new Label();
      arguments(exec.direct());
      syscall(exec.direct().syscall());
      code.compare(Reg.RESULT, -Errno.ENOENT.number());
      code.branch(Condition.EQUAL, next);
      code.compare(Reg.RESULT, -Errno.ENOTDIR.number());
      code.branch(Condition.EQUAL, next);
      code.move(Reg.S2, Reg.RESULT);
      code.load(Reg.S1, index);
      code.compare(Reg.S2, -Errno.EACCES.number());
      code.branch(Condition.EQUAL, next);
      code.compare(Reg.S2, -Errno.ENOEXEC.number());
      code.branch(Condition.EQUAL, noInterpreter);
      code.jump(reportResult);
      code.bind(noInterpreter);
      arguments(exec.throughShell());
      syscall(exec.throughShell().syscall());
      code.jump(reportResult);
      code.bind(next);
    }
    code.jump(reportResult);
  }

  // ------------------------------------------------------------------ supervision

  private void supervise(LaunchSequence sequence, BitSet unused) {
    var loop = new Label();
    var command = new Label();
    var reap = new Label();
    var endTree = new Label();
    var ended = new Label();
    var noCommand = new Label();
    var noTimer = new Label();
    int polled = pollDescriptors(sequence);

    // A supervisor that held on to the command's standard streams would keep its readers waiting.
    syscall("close_range", 0, 2, 0);
    sequence.handOver.ifPresent(step -> handOver(step, endTree));
    closeAfterwards(sequence, unused);
    code.store32(Reg.S0, Reg.S3, Scratch.VALUE);
    store(Scratch.KIND, StatusRecord.STARTED);
    writeRecord(StatusRecord.SHORT);

    code.bind(loop);
    syscall("ppoll", data.address(Scratch.POLL), polled, 0, 0, LaunchSequence.SIGNAL_SET);

    code.load8(Reg.A0, Reg.S3, Scratch.revents(0));
    code.compare(Reg.A0, 0);
    code.branch(Condition.NOT_EQUAL, command);
    code.bind(noCommand);
    if (sequence.hasDeadline) {
      code.load8(Reg.A0, Reg.S3, Scratch.revents(2));
      code.compare(Reg.A0, 0);
      code.branch(Condition.EQUAL, noTimer);
      code.load(Reg.S1, StatusRecord.DEADLINE);
      code.jump(endTree);
      code.bind(noTimer);
    }
    code.load8(Reg.A0, Reg.S3, Scratch.revents(1));
    code.compare(Reg.A0, 0);
    code.branch(Condition.EQUAL, loop);
    // struct signalfd_siginfo begins with the signal's number
    syscall(
        "read",
        numbers.number(sequence.signals),
        data.address(Scratch.SIGNAL),
        Scratch.SIGNAL_SIZE);
    code.load32(Reg.A1, Reg.S3, Scratch.SIGNAL);
    code.compare(Reg.A1, Uapi.SIGCHLD());
    code.branch(Condition.EQUAL, reap);
    code.move(Reg.A0, Reg.S0);
    syscall("kill");
    code.jump(loop);

    code.bind(reap);
    syscall("wait4", -1, data.address(Scratch.WAIT_STATUS), WALL_OR_NOHANG, 0);
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, loop);
    code.branch(Condition.LESS, loop);
    code.compare(Reg.RESULT, Reg.S0);
    code.branch(Condition.NOT_EQUAL, reap);
    keepStatus();
    code.load(Reg.S1, StatusRecord.BY_ITSELF);
    // Most commands leave nothing: then there is nobody to kill, and no need to look at every
    // process.
    syscall("wait4", -1, data.address(Scratch.WAIT_STATUS), WALL_OR_NOHANG, 0);
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.LESS, ended);
    code.jump(endTree);

    // One byte on the lifeline is a signal for the command; its end is the end.
    code.bind(command);
    store(Scratch.BYTE, 0);
    syscall("read", LaunchSequence.LIFELINE, data.address(Scratch.BYTE), 1);
    code.move(Reg.S2, Reg.RESULT);
    code.load(Reg.S1, StatusRecord.CLOSED);
    code.compare(Reg.S2, 1);
    code.branch(Condition.NOT_EQUAL, endTree);
    code.move(Reg.A0, Reg.S0);
    code.load8(Reg.A1, Reg.S3, Scratch.BYTE);
    syscall("kill");
    code.jump(noCommand);

    code.bind(endTree);
    endTree(sequence, ended);
  }

  /** A command whose descriptor does not arrive must not go on: nobody would see to it. */
  private void handOver(Step step, Label endTree) {
    var sent = new Label();
    arguments(step);
    syscall(step.syscall());
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.GREATER, sent);
    code.store32(Reg.RESULT, Reg.S3, Scratch.RESULT);
    store(Scratch.VALUE, failing.size());
    failing.add(step);
    store(Scratch.KIND, StatusRecord.FAILED);
    writeRecord(StatusRecord.SHORT);
    code.load(Reg.S1, StatusRecord.CLOSED);
    code.jump(endTree);
    code.bind(sent);
  }

  /** Who held on to a listener would keep those waiting whom nobody answers any more. */
  private void closeAfterwards(LaunchSequence sequence, BitSet unused) {
    sequence.handedOver.ifPresent(slot -> {
      unused.set(numbers.number(slot));
      unused.set(LaunchSequence.HAND_OVER);
    });
    unused.stream().forEach(number -> syscall("close", number));
  }

  /** Writes the pollfd array: lifeline, signals, timer. */
  private int pollDescriptors(LaunchSequence sequence) {
    pollDescriptor(0, LaunchSequence.LIFELINE);
    pollDescriptor(1, numbers.number(sequence.signals));
    if (sequence.hasDeadline) {
      pollDescriptor(2, numbers.number(sequence.timer));
      return 3;
    }
    return 2;
  }

  private void pollDescriptor(int index, int descriptor) {
    data.int32(Scratch.pollfd(index), descriptor);
    data.int32(Scratch.pollfd(index) + Poll.POLLFD_EVENTS, Uapi.POLLIN());
  }

  /** The command was reaped: its status is kept, and its number no longer means it. */
  private void keepStatus() {
    code.load32(Reg.A0, Reg.S3, Scratch.WAIT_STATUS);
    code.store32(Reg.A0, Reg.S3, Scratch.VALUE);
    code.load(Reg.S0, 0);
  }

  /** Kills and reaps until no child is left, then reports with S1 as the reason. */
  private void endTree(LaunchSequence sequence, Label done) {
    var again = new Label();
    code.bind(again);
    if (sequence.supervision == Supervision.CHILD_WALK) {
      killChildren(numbers.number(sequence.children));
    } else {
      syscall("kill", -1, Uapi.SIGKILL());
    }
    syscall("wait4", -1, data.address(Scratch.WAIT_STATUS), Uapi.__WALL(), 0);
    // ECHILD; no other error can come, and none of them would go away by trying again.
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.LESS, done);
    code.compare(Reg.RESULT, Reg.S0);
    code.branch(Condition.NOT_EQUAL, again);
    keepStatus();
    code.jump(again);

    code.bind(done);
    syscall("getrusage", Uapi.RUSAGE_CHILDREN(), data.address(Scratch.USAGE));
    code.store32(Reg.S1, Reg.S3, Scratch.RESULT);
    store(Scratch.KIND, StatusRecord.ENDED);
    writeRecord(StatusRecord.LONG);
    exit(0);
  }

  /**
   * Reads "123 456 " and kills each; a number without a blank behind it was cut off and comes next
   * time.
   */
  private void killChildren(int descriptor) {
    int buffer = data.reserve(CHILDREN_BUFFER);
    var next = new Label();
    var blank = new Label();
    var end = new Label();
    syscall("pread64", descriptor, data.address(buffer), CHILDREN_BUFFER, 0);
    code.move(Reg.A5, Reg.RESULT);
    code.load(Reg.A4, data.address(buffer));
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
    syscall("kill");
    code.load(Reg.A3, 0);
    code.jump(next);
    code.bind(end);
  }
}
