package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Assembler.Condition;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;

/**
 * A function that starts a child as vfork(2) does, in this process's memory, and the child's whole
 * code: it makes the system calls of a {@link VforkTable} one after the other until one of them
 * executes a program. It is the same code for whatever is started, and a child does nothing else
 * here: it has no stack of its own and uses none, and writes nothing but a report of its failure to
 * its {@link VforkBlock}.
 *
 * <pre>
 * long start(block):                          S0 entry, S1 step, S2 result, S3 block
 *   block all signals
 *   pid = clone3(CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND | ...)
 *   if pid != 0: unblock, return pid          once the child has executed something or has ended
 *
 *   for each entry: do what VforkEntry says
 *   report step and result, exit_group(125)
 * </pre>
 */
final class VforkCode {
  private final Arch arch;
  private final Assembler code;

  /** The next entry is looked at. */
  private final Label loop = new Label();

  /** An entry has come to its end. */
  private final Label next = new Label();

  /** An EXEC entry has not executed anything. */
  private final Label exec = new Label();

  /** A CALL entry has met an error, which may be tolerated. */
  private final Label failed = new Label();

  /** An entry fails with what RESULT holds. */
  private final Label fail = new Label();

  /** S1 and S2 are reported. */
  private final Label report = new Label();

  private VforkCode(Arch arch) {
    this.arch = arch;
    code = Assembler.of(arch);
  }

  /** {@return the function} */
  static byte[] assemble(Arch arch) {
    var function = new VforkCode(arch);
    function.parent();
    function.entries();
    function.notExecuted();
    function.failures();
    return function.code.assemble();
  }

  /** A5 keeps the block: no system call here has a sixth argument. */
  private void parent() {
    var child = new Label();
    var returned = new Label();
    code.move(Reg.A5, Reg.A0);
    address(Reg.A1, VforkBlock.ALL_SIGNALS);
    address(Reg.A2, VforkBlock.OLD_MASK);
    setSignalMask();
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.NOT_EQUAL, returned);
    address(Reg.A0, VforkBlock.CLONE);
    code.load(Reg.A1, VforkBlock.CLONE_SIZE);
    syscall("clone3");
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.EQUAL, child);
    code.store32(Reg.RESULT, Reg.A5, VforkBlock.PID);
    code.load(Reg.A2, 0);
    address(Reg.A1, VforkBlock.OLD_MASK);
    setSignalMask();
    code.load32(Reg.RESULT, Reg.A5, VforkBlock.PID);
    code.bind(returned);
    code.ret();
    code.bind(child);
  }

  private void setSignalMask() {
    code.load(Reg.A0, Uapi.SIG_SETMASK());
    code.load(Reg.A3, SignalSet.SIZE);
    syscall("rt_sigprocmask");
  }

  private void address(Reg to, int offset) {
    code.move(to, Reg.A5);
    code.add(to, offset);
  }

  private void entries() {
    var compare = new Label();
    var follow = new Label();
    var proceed = new Label();
    code.move(Reg.S3, Reg.A5);
    code.load64(Reg.S0, Reg.S3, VforkBlock.FIRST);
    code.load(Reg.S1, VforkEntry.NO_STEP);
    code.load(Reg.S2, -Errno.ENOENT.number());

    code.bind(loop);
    code.load32(Reg.A5, Reg.S0, VforkEntry.OPERATION);
    branch(Reg.A5, VforkEntry.COMPARE, compare);
    branch(Reg.A5, VforkEntry.GOTO, follow);
    branch(Reg.A5, VforkEntry.CONTINUE, proceed);
    branch(Reg.A5, VforkEntry.REPORT, report);
    call();
    code.load32(Reg.A1, Reg.S0, VforkEntry.OPERATION);
    branch(Reg.A1, VforkEntry.EXEC, exec);
    code.compare(Reg.RESULT, 0);
    code.branch(Condition.LESS, failed);
    code.load32(Reg.A1, Reg.S0, VforkEntry.WANTED);
    branch(Reg.A1, VforkEntry.ANY, next);
    code.compare(Reg.RESULT, Reg.A1);
    code.branch(Condition.NOT_EQUAL, fail);

    code.bind(next);
    code.add(Reg.S0, VforkEntry.SIZE);
    code.jump(loop);

    code.bind(follow);
    code.load64(Reg.S0, Reg.S0, VforkEntry.ARGUMENTS);
    code.jump(loop);

    code.bind(proceed);
    code.load64(Reg.S0, Reg.S3, VforkBlock.NEXT);
    code.jump(loop);

    code.bind(compare);
    code.load64(Reg.A1, Reg.S0, VforkEntry.ARGUMENTS);
    code.load32(Reg.A1, Reg.A1, 0);
    code.load32(Reg.A2, Reg.S0, VforkEntry.WANTED);
    code.compare(Reg.A1, Reg.A2);
    code.branch(Condition.EQUAL, next);
    code.load(Reg.RESULT, -Errno.ESTALE.number());
    code.jump(fail);
  }

  /** As execvp(3): what is not there is passed over, and what is no program goes to a shell. */
  private void notExecuted() {
    var known = new Label();
    var skip = new Label();
    code.bind(exec);
    code.compare(Reg.S1, VforkEntry.NO_STEP);
    code.branch(Condition.NOT_EQUAL, known);
    code.load32(Reg.S1, Reg.S0, VforkEntry.STEP);
    code.bind(known);
    branch(Reg.RESULT, -Errno.ENOENT.number(), skip);
    branch(Reg.RESULT, -Errno.ENOTDIR.number(), skip);
    code.move(Reg.S2, Reg.RESULT);
    code.load32(Reg.S1, Reg.S0, VforkEntry.STEP);
    branch(Reg.RESULT, -Errno.EACCES.number(), skip);
    code.compare(Reg.RESULT, -Errno.ENOEXEC.number());
    code.branch(Condition.NOT_EQUAL, report);
    // The next entry; whatever comes of it, the report is of this one.
    code.add(Reg.S0, VforkEntry.SIZE);
    call();
    code.jump(report);
    code.bind(skip);
    code.add(Reg.S0, 2 * VforkEntry.SIZE);
    code.jump(loop);
  }

  private void failures() {
    code.bind(failed);
    for (int i = 0; i < VforkEntry.MOST_TOLERATED; i++) {
      code.load32(Reg.A1, Reg.S0, VforkEntry.TOLERATED + 4 * i);
      code.compare(Reg.RESULT, Reg.A1);
      code.branch(Condition.EQUAL, next);
    }
    code.bind(fail);
    code.move(Reg.S2, Reg.RESULT);
    code.load32(Reg.S1, Reg.S0, VforkEntry.STEP);
    code.bind(report);
    code.store32(Reg.S1, Reg.S3, VforkBlock.VALUE);
    code.store32(Reg.S2, Reg.S3, VforkBlock.RESULT);
    code.load(Reg.A0, StatusRecord.FAILED);
    code.store32(Reg.A0, Reg.S3, VforkBlock.KIND);
    code.load(Reg.A0, StatusRecord.EXIT_SETUP_FAILED);
    syscall("exit_group");
    // Whoever refuses that has to end this process; nothing lies behind.
    code.jump(report);
  }

  /** Makes the call of the entry. */
  private void call() {
    for (int i = 0; i < 6; i++) {
      code.load64(Reg.arg(i), Reg.S0, VforkEntry.ARGUMENTS + 8 * i);
    }
    code.syscall(Reg.S0, VforkEntry.NUMBER);
  }

  private void branch(Reg reg, int value, Label label) {
    code.compare(reg, value);
    code.branch(Condition.EQUAL, label);
  }

  private void syscall(String name) {
    code.syscall(SyscallTable.require(arch, name));
  }
}
