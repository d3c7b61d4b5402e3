package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One system call of a {@link SetupProgram}.
 *
 * @param syscall the call's name, as in {@code syscalls(2)}
 * @param purpose what it is for, in words that follow "cannot"
 * @param args at most six
 * @param opens the slot that takes the descriptor it returns
 * @param expected what it must write to memory, else the step fails with ESTALE
 * @param closes the slot whose descriptor is gone afterwards
 * @param tolerated errors after which the program goes on as if the call had succeeded
 * @param leavesExec whether it is certain that the process can execute a command and exit after it,
 *     and is not ended for that: what a seccomp filter's maker knows. False says nothing
 */
public record Step(
    String syscall,
    String purpose,
    List<Arg> args,
    Optional<Slot> opens,
    List<Expected> expected,
    Optional<Slot> closes,
    Set<Errno> tolerated,
    boolean leavesExec) {

  /**
   * A number that a call must write to memory for the program to go on.
   *
   * @param memory an argument of the call
   * @param offset of the 32-bit number in it, in bytes
   * @param value what it must be
   * @param field what it is called
   */
  public record Expected(Memory memory, int offset, int value, String field) {
    /**
     * A number that is expected.
     *
     * @throws IllegalArgumentException if it would not be in the memory
     */
    public Expected {
      if (offset < 0 || offset > memory.size() - Integer.BYTES) {
        throw new IllegalArgumentException(offset + " is not in " + memory.size() + " bytes");
      }
    }
  }

  /**
   * A step.
   *
   * @throws IllegalArgumentException if there are more than six arguments, or errors are tolerated
   *     although the program rests on what the call returns or writes
   */
  public Step {
    args = List.copyOf(args);
    expected = List.copyOf(expected);
    tolerated = Set.copyOf(tolerated);
    if (args.size() > 6) {
      throw new IllegalArgumentException(syscall + " with " + args.size() + " arguments");
    }
    if ((opens.isPresent() || !expected.isEmpty()) && !tolerated.isEmpty()) {
      throw new IllegalArgumentException(
          syscall + " has a result that the program rests on, so no error can be tolerated");
    }
  }

  /**
   * {@return a step that must succeed}
   *
   * @throws IllegalArgumentException if there are more than six arguments
   */
  public static Step of(String syscall, String purpose, Arg... args) {
    return new Step(
        syscall,
        purpose,
        List.of(args),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Set.of(),
        false);
  }

  /** {@return a step that closes a descriptor} */
  public static Step close(Slot slot) {
    return new Step(
        "close",
        "close " + slot,
        List.of(slot),
        Optional.empty(),
        List.of(),
        Optional.of(slot),
        Set.of(),
        false);
  }

  /**
   * {@return this step, whose result is a descriptor}
   *
   * @throws IllegalArgumentException if errors are tolerated
   */
  public Step opening(Slot slot) {
    return new Step(
        syscall, purpose, args, Optional.of(slot), expected, closes, tolerated, leavesExec);
  }

  /**
   * {@return this step, which must write a number to memory; can be said several times}
   *
   * @throws IllegalArgumentException if the number would not be in the memory, or errors are
   *     tolerated
   * @throws ArithmeticException if the offset is no 32-bit number
   */
  public Step expecting(Memory memory, long offset, int value, String field) {
    var all = new ArrayList<>(expected);
    all.add(new Expected(memory, Math.toIntExact(offset), value, field));
    return new Step(syscall, purpose, args, opens, all, closes, tolerated, leavesExec);
  }

  /**
   * {@return this step, with errors after which the program goes on}
   *
   * @throws IllegalArgumentException if the program rests on what the step returns or writes
   */
  public Step tolerating(Errno... errors) {
    return new Step(syscall, purpose, args, opens, expected, closes, Set.of(errors), leavesExec);
  }

  /** {@return this step, after which execve and exit_group certainly work} */
  public Step leavingExec() {
    return new Step(syscall, purpose, args, opens, expected, closes, tolerated, true);
  }

  /**
   * {@return the call's number on this machine}
   *
   * @throws IllegalArgumentException if it has no call of that name
   */
  public int number() {
    return Syscall.number(syscall);
  }

  // Generated ones are bootstrapped anew in every process, which takes longer than comparing steps.
  @Override
  public boolean equals(Object other) {
    return other instanceof Step step
        && syscall.equals(step.syscall)
        && purpose.equals(step.purpose)
        && args.equals(step.args)
        && opens.equals(step.opens)
        && expected.equals(step.expected)
        && closes.equals(step.closes)
        && tolerated.equals(step.tolerated)
        && leavesExec == step.leavesExec;
  }

  @Override
  public int hashCode() {
    return 31 * syscall.hashCode() + args.hashCode();
  }

  /**
   * The step in the notation of strace: {@code openat(AT_FDCWD, "/usr", O_PATH|O_CLOEXEC) = usr}.
   */
  @Override
  public String toString() {
    var line = new StringBuilder(syscall).append('(');
    String separator = "";
    for (Arg arg : args) {
      line.append(separator).append(arg.display());
      separator = ", ";
    }
    line.append(')');
    opens.ifPresent(slot -> line.append(" = ").append(slot));
    separator = " must give ";
    for (Expected one : expected) {
      line.append(separator).append(one.field()).append('=');
      line.append(Integer.toUnsignedLong(one.value()));
      separator = ", ";
    }
    return line.toString();
  }
}
