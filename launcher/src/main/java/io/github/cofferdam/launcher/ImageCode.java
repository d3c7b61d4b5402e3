package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.launcher.Assembler.Condition;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.util.ArrayList;
import java.util.List;

/**
 * The code and data of an image while it is compiled: system calls, steps, and the reports of those
 * that fail.
 *
 * <p>Register use: S0 the command's process, S1 the failing step or the reason of the end, S2 a
 * result, S3 the address of the {@link Scratch} area.
 */
final class ImageCode {
  final Assembler code;
  final ImageData data;
  final DescriptorNumbers numbers;

  private static final int ARGUMENTS = 6;

  /** The argument registers that a step may change besides loading them, a bit each: A0, A1. */
  private static final int CHANGED = 0b11;

  private final Arch arch;
  private final List<Step> failing = new ArrayList<>();
  private final Label reportFailure = new Label();
  private final Label reportResult = new Label();

  ImageCode(Arch arch, DescriptorNumbers numbers) {
    this.arch = arch;
    this.numbers = numbers;
    code = Assembler.of(arch);
    data = new ImageData(ElfImage.dataAddress());
    data.reserve(Scratch.SIZE);
  }

  LauncherImage image() {
    byte[] elf = ElfImage.write(arch, code.assemble(), data.bytes());
    return new LauncherImage(elf, List.copyOf(failing));
  }

  /**
   * Steps one after the other. What one has loaded into a register is still there at the next one,
   * whichever way is taken through it, so a 0 need not be loaded again. Not so A0, where a result
   * is on aarch64, and A1, by which memory is looked at.
   */
  void emit(List<Step> steps) {
    int zero = 0;
    for (Step step : steps) {
      zero = arguments(step, zero) & ~CHANGED;
      emit(step);
    }
  }

  private void emit(Step step) {
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

  void arguments(Step step) {
    arguments(step, 0);
  }

  /**
   * Loads the arguments of a step, and 0 for those that it has not, as SetupProgram.run does.
   *
   * @param zero the argument registers that hold 0 already, a bit each
   * @return those that hold 0 from here on
   */
  private int arguments(Step step, int zero) {
    List<Arg> args = step.args();
    int now = 0;
    for (int i = 0; i < ARGUMENTS; i++) {
      long value = i < args.size() ? word(args.get(i)) : 0;
      if (value == 0) {
        now |= 1 << i;
      }
      if ((now & zero & 1 << i) == 0) {
        code.load(Reg.arg(i), value);
      }
    }
    return now;
  }

  private long word(Arg arg) {
    if (arg instanceof Arg.Value value) {
      return value.value();
    }
    return arg instanceof Slot slot ? numbers.number(slot) : data.place((Memory) arg, numbers);
  }

  /** {@return how many steps a report can name so far, which is the number of the next one} */
  int failing() {
    return failing.size();
  }

  /** {@return the number by which a report names a step} */
  int mayFail(Step step) {
    failing.add(step);
    return failing.size() - 1;
  }

  /** Ends with the report that this step failed with what RESULT holds. */
  void fail(Step step) {
    code.load(Reg.S1, mayFail(step));
    code.jump(reportFailure);
  }

  /** Ends with the report that the step whose number S1 holds failed with what S2 holds. */
  void reportResult() {
    code.jump(reportResult);
  }

  void syscall(String name) {
    code.syscall(SyscallTable.require(arch, name));
  }

  void syscall(String name, long... args) {
    for (int i = 0; i < args.length; i++) {
      code.load(Reg.arg(i), args[i]);
    }
    syscall(name);
  }

  /** Reports S1 and RESULT on the status pipe and ends this process. */
  void failureReports() {
    code.bind(reportFailure);
    code.move(Reg.S2, Reg.RESULT);
    code.bind(reportResult);
    code.store32(Reg.S1, Reg.S3, Scratch.VALUE);
    code.store32(Reg.S2, Reg.S3, Scratch.RESULT);
    store(Scratch.KIND, StatusRecord.FAILED);
    writeRecord(StatusRecord.SHORT);
    exit(StatusRecord.EXIT_SETUP_FAILED);
  }

  void store(int offset, int value) {
    code.load(Reg.A0, value);
    code.store32(Reg.A0, Reg.S3, offset);
  }

  void writeRecord(int size) {
    code.load(Reg.A0, Channels.STATUS);
    code.move(Reg.A1, Reg.S3);
    code.load(Reg.A2, size);
    syscall("write");
  }

  void exit(int status) {
    syscall("exit_group", status);
  }
}
