package io.github.cofferdam.seccomp;

/** Runs a program as the kernel does. */
final class BpfInterpreter {
  private BpfInterpreter() {}

  /**
   * The end of a run.
   *
   * @param returnValue {@code SECCOMP_RET_*} with data
   * @param executed number of instructions, the last one included
   */
  record Result(int returnValue, int executed) {}

  static Result run(BpfProgram program, SeccompData data) {
    int accumulator = 0;
    int at = 0;
    // A verified program only jumps forward and ends with a return, so this ends.
    for (int executed = 1; ; executed++) {
      BpfInstruction instruction = program.instruction(at);
      int k = instruction.k();
      at++;
      switch (instruction.code()) {
        case BpfInstruction.LOAD -> accumulator = data.word(k);
        case BpfInstruction.AND -> accumulator &= k;
        case BpfInstruction.JUMP -> at += k;
        case BpfInstruction.RETURN -> {
          return new Result(k, executed);
        }
        default ->
            at += holds(instruction, accumulator) ? instruction.ifTrue() : instruction.ifFalse();
      }
    }
  }

  private static boolean holds(BpfInstruction instruction, int accumulator) {
    int k = instruction.k();
    return switch (instruction.code()) {
      case BpfInstruction.JUMP_EQUAL -> accumulator == k;
      case BpfInstruction.JUMP_GREATER -> Integer.compareUnsigned(accumulator, k) > 0;
      case BpfInstruction.JUMP_AT_LEAST -> Integer.compareUnsigned(accumulator, k) >= 0;
      case BpfInstruction.JUMP_ANY_SET -> (accumulator & k) != 0;
      default -> throw new IllegalStateException("not verified: " + instruction);
    };
  }
}
