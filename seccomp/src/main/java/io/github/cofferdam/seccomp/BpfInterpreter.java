package io.github.cofferdam.seccomp;

/**
 * Runs a program as the kernel does (bpf_convert_filter in net/core/filter.c says what the
 * operations mean).
 */
final class BpfInterpreter {
  private BpfInterpreter() {}

  /**
   * The end of a run.
   *
   * @param returnValue {@code SECCOMP_RET_*} with data
   * @param executed number of instructions, the last one included
   */
  record Result(int returnValue, int executed) {}

  /** Watches a run. */
  interface Observer {
    /** The instruction at a place is executed. */
    void executes(int at);

    /** The test at a place holds or does not. */
    void decides(int at, boolean holds);
  }

  private static final Observer NOBODY =
      new Observer() {
        @Override
        public void executes(int at) {}

        @Override
        public void decides(int at, boolean holds) {}
      };

  static Result run(BpfProgram program, SeccompData data) {
    return run(program, data, NOBODY);
  }

  static Result run(BpfProgram program, SeccompData data, Observer observer) {
    int accumulator = 0;
    int x = 0;
    int[] cells = new int[BpfOperation.CELLS];
    int at = 0;
    // A verified program only jumps forward and ends with a return, so this ends.
    for (int executed = 1; ; executed++) {
      BpfInstruction instruction = program.instruction(at);
      BpfOperation operation = instruction.operation();
      observer.executes(at);
      int k = instruction.k();
      int operand = instruction.fromX() ? x : k;
      int next = at + 1;
      switch (operation) {
        case LOAD -> accumulator = data.word(k);
        case LOAD_CONSTANT -> accumulator = k;
        case LOAD_LENGTH -> accumulator = SeccompData.SIZE;
        case LOAD_CELL -> accumulator = cells[k];
        case LOAD_X_CONSTANT -> x = k;
        case LOAD_X_LENGTH -> x = SeccompData.SIZE;
        case LOAD_X_CELL -> x = cells[k];
        case STORE -> cells[k] = accumulator;
        case STORE_X -> cells[k] = x;
        case ADD -> accumulator += operand;
        case SUBTRACT -> accumulator -= operand;
        case MULTIPLY -> accumulator *= operand;
        case DIVIDE -> {
          if (operand == 0) {
            return new Result(0, executed);
          }
          accumulator = Integer.divideUnsigned(accumulator, operand);
        }
        case OR -> accumulator |= operand;
        case AND -> accumulator &= operand;
        // Java looks at the lowest five bits of the distance, as the kernel does.
        case SHIFT_LEFT -> accumulator <<= operand;
        case SHIFT_RIGHT -> accumulator >>>= operand;
        case NEGATE -> accumulator = -accumulator;
        case EXCLUSIVE_OR -> accumulator ^= operand;
        case JUMP -> next += k;
        case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET -> {
          boolean holds = holds(operation, accumulator, operand);
          observer.decides(at, holds);
          next += holds ? instruction.ifTrue() : instruction.ifFalse();
        }
        case RETURN -> {
          return new Result(k, executed);
        }
        case RETURN_A -> {
          return new Result(accumulator, executed);
        }
        case COPY_TO_X -> x = accumulator;
        case COPY_FROM_X -> accumulator = x;
      }
      at = next;
    }
  }

  /** Whether a conditional jump's test holds. */
  static boolean holds(BpfOperation operation, int accumulator, int operand) {
    return switch (operation) {
      case JUMP_EQUAL -> accumulator == operand;
      case JUMP_GREATER -> Integer.compareUnsigned(accumulator, operand) > 0;
      case JUMP_AT_LEAST -> Integer.compareUnsigned(accumulator, operand) >= 0;
      case JUMP_ANY_SET -> (accumulator & operand) != 0;
      default -> throw new IllegalArgumentException(operation + " tests nothing");
    };
  }
}
