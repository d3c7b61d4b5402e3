package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Assembler.Condition;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** Compiles a {@link LaunchSequence} into an executable image. */
final class ImageCompiler {
  private final ImageCode image;
  private final Assembler code;

  private ImageCompiler(ImageCode image) {
    this.image = image;
    code = image.code;
  }

  static LauncherImage compile(Arch arch, LaunchSequence sequence) {
    var numbers = new DescriptorNumbers(sequence.firstPassed);
    sequence.passed.forEach(numbers::open);
    var image = new ImageCode(arch, numbers);
    new ImageCompiler(image).compile(sequence);
    return image.image();
  }

  private void compile(LaunchSequence sequence) {
    code.load(Reg.S3, image.data.address(0));
    image.emit(sequence.launcherEntry);
    image.emit(sequence.launcher);
    sequence.forkInit.ifPresent(this::forkInit);
    sequence.verifyNamespace.ifPresent(this::verifyNamespace);
    image.emit(sequence.init);
    image.emit(sequence.supervise);
    sequence.verifyScope.ifPresent(this::verifyScope);
    var started = new Label();
    BitSet before = image.numbers.used();
    Map<Slot, Integer> passed = image.numbers.open(sequence.passed);
    sequence.forkCommand.ifPresent(step -> forkCommand(step, started));
    image.emit(sequence.commandEntry);
    sequence.forkCommand.ifPresent(step -> verifyParent());
    image.emit(sequence.command);
    if (sequence.execs.isEmpty()) {
      image.exit(0);
    } else {
      exec(sequence.execs);
    }
    if (sequence.forkCommand.isPresent()) {
      // Below the command's steps, which decide the numbers of what they leave open.
      code.bind(started);
      BitSet unused = image.numbers.used();
      unused.andNot(before);
      if (!sequence.sharesDescriptors) {
        unused.clear();
        Map<Slot, Integer> kept = image.numbers.open(sequence.passed);
        for (Map.Entry<Slot, Integer> entry : passed.entrySet()) {
          if (!kept.containsKey(entry.getKey())) {
            unused.set(entry.getValue());
          }
        }
      }
      SupervisorCode.emit(image, sequence, unused);
    }
    image.failureReports();
  }

  /** The launcher ends; what goes on below is init. */
  private void forkInit(Step step) {
    image.arguments(step);
    code.load(Reg.A2, image.data.address(Scratch.INIT));
    image.syscall(step.syscall());
    var init = new Label();
    var parent = new Label();
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, init);
    code.branch(Condition.GREATER, parent);
    image.fail(step);
    code.bind(parent);
    image.exit(0);
    code.bind(init);
  }

  /** Anything but process 1 would send the kill(-1) of the end to everybody on this machine. */
  private void verifyNamespace(Step step) {
    var first = new Label();
    image.arguments(step);
    image.syscall(step.syscall());
    code.compare(Reg.RESULT, 1);
    code.branch(Condition.EQUAL, first);
    code.load(Reg.RESULT, -Errno.EOPNOTSUPP.number());
    image.fail(step);
    code.bind(first);
  }

  /** kill(getppid(), 0) must be refused: else kill(-1) would reach beyond the sandbox. */
  private void verifyScope(Step step) {
    var holds = new Label();
    image.syscall(LaunchSequence.PARENT.syscall());
    code.move(Reg.A0, Reg.RESULT);
    code.load(Reg.A1, 0);
    image.syscall(step.syscall());
    code.compare(Reg.RESULT, -Errno.EPERM.number());
    code.branch(Condition.EQUAL, holds);
    code.load(Reg.RESULT, -Errno.EOPNOTSUPP.number());
    image.fail(step);
    code.bind(holds);
  }

  /**
   * The supervisor waits in clone until the command's process has executed the command or failed
   * (CLONE_VFORK), and sees in their common memory (CLONE_VM) which of the two it was.
   */
  private void forkCommand(Step step, Label started) {
    image.syscall(LaunchSequence.SELF.syscall());
    code.store32(Reg.RESULT, Reg.S3, Scratch.SUPERVISOR);
    image.arguments(step);
    image.syscall(step.syscall());
    var command = new Label();
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, command);
    code.branch(Condition.GREATER, started);
    image.fail(step);
    code.bind(command);
  }

  /**
   * A supervisor that died before the command's process asked to die with it would leave it alone
   * for good.
   */
  private void verifyParent() {
    var alive = new Label();
    image.syscall(LaunchSequence.PARENT.syscall());
    code.load32(Reg.A1, Reg.S3, Scratch.SUPERVISOR);
    code.compare(Reg.RESULT, Reg.A1);
    code.branch(Condition.EQUAL, alive);
    image.exit(StatusRecord.EXIT_SETUP_FAILED);
    code.bind(alive);
  }

  private void exec(List<LaunchSequence.Exec> execs) {
    code.load(Reg.S1, image.failing());
    code.load(Reg.S2, -Errno.ENOENT.number());
    for (LaunchSequence.Exec exec : execs) {
      int index = image.mayFail(exec.direct());
      var next = new Label();
      var noInterpreter = new Label();
      image.arguments(exec.direct());
      image.syscall(exec.direct().syscall());
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
      image.reportResult();
      code.bind(noInterpreter);
      image.arguments(exec.throughShell());
      image.syscall(exec.throughShell().syscall());
      image.reportResult();
      code.bind(next);
    }
    image.reportResult();
  }
}
