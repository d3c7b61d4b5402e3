package io.github.cofferdam.seccomp;

import java.util.Optional;
import java.util.StringJoiner;

/**
 * One instruction of classic BPF: {@code struct sock_filter} of linux/filter.h.
 *
 * <pre>
 *  0        2    3    4          8
 *  +--------+----+----+----------+
 *  | code   | jt | jf | k        |
 *  | u16    | u8 | u8 | u32      |
 *  +--------+----+----+----------+
 *
 * code: | 0 | operation, mode or size (5 bits) | class (3 bits) |
 * </pre>
 *
 * Jumps count the instructions that they pass over. {@link BpfOperation} knows every code that
 * seccomp takes; those named here are what filters are compiled to. The kernel does not look at
 * fields that an operation has no use for, whatever they hold; neither do programs here, but they
 * keep them.
 *
 * @param code operation, and where its second operand is
 * @param ifTrue instructions passed over if a conditional jump's test holds, 0 to 255
 * @param ifFalse instructions passed over if not
 * @param k constant, offset into {@link SeccompData}, or distance of an unconditional jump
 */
record BpfInstruction(int code, int ifTrue, int ifFalse, int k) {
  /** {@code BPF_LD | BPF_W | BPF_ABS}: A = word of the data at k. */
  static final int LOAD = 0x20;

  /** {@code BPF_ALU | BPF_AND | BPF_K}: A = A & k. */
  static final int AND = 0x54;

  /** {@code BPF_JMP | BPF_JA}. */
  static final int JUMP = 0x05;

  /** {@code BPF_JMP | BPF_JEQ | BPF_K}. */
  static final int JUMP_EQUAL = 0x15;

  /** {@code BPF_JMP | BPF_JGT | BPF_K}, unsigned. */
  static final int JUMP_GREATER = 0x25;

  /** {@code BPF_JMP | BPF_JGE | BPF_K}, unsigned. */
  static final int JUMP_AT_LEAST = 0x35;

  /** {@code BPF_JMP | BPF_JSET | BPF_K}: A & k is not 0. */
  static final int JUMP_ANY_SET = 0x45;

  /** {@code BPF_RET | BPF_K}. */
  static final int RETURN = 0x06;

  /** {@code sizeof(struct sock_filter)}. */
  static final int SIZE = 8;

  /** {@return what this does}, for instructions of a verified program */
  BpfOperation operation() {
    Optional<BpfOperation> operation = BpfOperation.of(code);
    if (operation.isEmpty()) {
      throw new IllegalStateException("not verified: " + this);
    }
    return operation.get();
  }

  /** Whether this is a known operation that may go on at two places. */
  boolean conditional() {
    Optional<BpfOperation> operation = BpfOperation.of(code);
    return operation.isPresent() && operation.get().conditional();
  }

  /** Whether the second operand is X. */
  boolean fromX() {
    return (code & BpfOperation.FROM_X) != 0;
  }

  /** Whether a known operation looks at k. */
  boolean usesConstant() {
    return switch (operation()) {
      case LOAD_LENGTH, LOAD_X_LENGTH, NEGATE, RETURN_A, COPY_TO_X, COPY_FROM_X -> false;
      default -> !fromX();
    };
  }

  /**
   * The instruction at a place of a program, whose jumps are printed as places. {@link BpfParser}
   * reads it back, exactly.
   */
  String toString(int at) {
    Optional<BpfOperation> operation = BpfOperation.of(code);
    return operation.isPresent()
        ? text(operation.get(), at) + unused(operation.get())
        : "code " + hex(code) + " " + hex(k);
  }

  private String text(BpfOperation operation, int at) {
    return switch (operation) {
      case LOAD -> "A = " + SeccompData.name(k);
      case LOAD_CONSTANT -> "A = " + hex(k);
      case LOAD_LENGTH -> "A = len";
      case LOAD_CELL -> "A = " + cell();
      case LOAD_X_CONSTANT -> "X = " + hex(k);
      case LOAD_X_LENGTH -> "X = len";
      case LOAD_X_CELL -> "X = " + cell();
      case STORE -> cell() + " = A";
      case STORE_X -> cell() + " = X";
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, OR, AND, SHIFT_LEFT, SHIFT_RIGHT, EXCLUSIVE_OR ->
          "A = A " + operation.symbol() + " " + operand();
      case NEGATE -> "A = -A";
      case JUMP -> "goto " + (at + 1 + Integer.toUnsignedLong(k));
      case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET ->
          "if A "
              + operation.symbol()
              + " "
              + operand()
              + " goto "
              + (at + 1 + ifTrue)
              + " else "
              + (at + 1 + ifFalse);
      case RETURN -> "return " + verdict();
      case RETURN_A -> "return A";
      case COPY_TO_X -> "X = A";
      case COPY_FROM_X -> "A = X";
    };
  }

  private String operand() {
    return fromX() ? "X" : hex(k);
  }

  private String cell() {
    return "mem[" + Integer.toUnsignedString(k) + "]";
  }

  /** An action says less than 32 bits where the kernel ignores some of them. */
  private String verdict() {
    Action action = Action.of(k);
    return action.returnValue() == k ? action.toString() : hex(k);
  }

  private String unused(BpfOperation operation) {
    var fields = new StringJoiner(", ", " unused ", "").setEmptyValue("");
    if (!operation.conditional() && ifTrue != 0) {
      fields.add("jt " + ifTrue);
    }
    if (!operation.conditional() && ifFalse != 0) {
      fields.add("jf " + ifFalse);
    }
    if (!usesConstant() && k != 0) {
      fields.add("k " + hex(k));
    }
    return fields.toString();
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }
}
