package io.github.cofferdam.seccomp;

import java.util.Optional;

/**
 * What an instruction of classic BPF does: every operation that seccomp takes (seccomp_check_filter
 * in kernel/seccomp.c) and no other. Loads of bytes and half words, loads at X, and the remainder
 * are for sockets alone.
 *
 * <p>A and X are registers of 32 unsigned bits that begin with 0; {@code mem} are sixteen such
 * cells. Operations with a symbol take their second operand from the instruction, or from X if bit
 * {@link #FROM_X} of the code is set.
 */
enum BpfOperation {
  /** {@code BPF_LD | BPF_W | BPF_ABS}: A = word of {@link SeccompData} at k. */
  LOAD(BpfInstruction.LOAD),
  /** {@code BPF_LD | BPF_IMM}: A = k. */
  LOAD_CONSTANT(0x00),
  /** {@code BPF_LD | BPF_W | BPF_LEN}: A = size of the data, 64. */
  LOAD_LENGTH(0x80),
  /** {@code BPF_LD | BPF_MEM}: A = mem[k]. */
  LOAD_CELL(0x60),
  /** {@code BPF_LDX | BPF_IMM}: X = k. */
  LOAD_X_CONSTANT(0x01),
  /** {@code BPF_LDX | BPF_W | BPF_LEN}: X = size of the data, 64. */
  LOAD_X_LENGTH(0x81),
  /** {@code BPF_LDX | BPF_MEM}: X = mem[k]. */
  LOAD_X_CELL(0x61),
  /** {@code BPF_ST}: mem[k] = A. */
  STORE(0x02),
  /** {@code BPF_STX}: mem[k] = X. */
  STORE_X(0x03),
  /** {@code BPF_ALU | BPF_ADD}. */
  ADD(0x04, "+"),
  /** {@code BPF_ALU | BPF_SUB}. */
  SUBTRACT(0x14, "-"),
  /** {@code BPF_ALU | BPF_MUL}. */
  MULTIPLY(0x24, "*"),
  /** {@code BPF_ALU | BPF_DIV}, unsigned; to divide by an X of 0 ends the program and returns 0. */
  DIVIDE(0x34, "/"),
  /** {@code BPF_ALU | BPF_OR}. */
  OR(0x44, "|"),
  /** {@code BPF_ALU | BPF_AND}. */
  AND(BpfInstruction.AND, "&"),
  /** {@code BPF_ALU | BPF_LSH}; of X the lowest five bits count. */
  SHIFT_LEFT(0x64, "<<"),
  /** {@code BPF_ALU | BPF_RSH}, zeros come in; of X the lowest five bits count. */
  SHIFT_RIGHT(0x74, ">>"),
  /** {@code BPF_ALU | BPF_NEG}: A = -A. */
  NEGATE(0x84),
  /** {@code BPF_ALU | BPF_XOR}. */
  EXCLUSIVE_OR(0xa4, "^"),
  /** {@code BPF_JMP | BPF_JA}. */
  JUMP(BpfInstruction.JUMP),
  /** {@code BPF_JMP | BPF_JEQ}. */
  JUMP_EQUAL(BpfInstruction.JUMP_EQUAL, "=="),
  /** {@code BPF_JMP | BPF_JGT}, unsigned. */
  JUMP_GREATER(BpfInstruction.JUMP_GREATER, ">"),
  /** {@code BPF_JMP | BPF_JGE}, unsigned. */
  JUMP_AT_LEAST(BpfInstruction.JUMP_AT_LEAST, ">="),
  /** {@code BPF_JMP | BPF_JSET}: a bit that the operand has is set in A. */
  JUMP_ANY_SET(BpfInstruction.JUMP_ANY_SET, "&"),
  /** {@code BPF_RET | BPF_K}. */
  RETURN(BpfInstruction.RETURN),
  /** {@code BPF_RET | BPF_A}. */
  RETURN_A(0x16),
  /** {@code BPF_MISC | BPF_TAX}: X = A. */
  COPY_TO_X(0x07),
  /** {@code BPF_MISC | BPF_TXA}: A = X. */
  COPY_FROM_X(0x87);

  /** {@code BPF_X}: the second operand is X instead of k. */
  static final int FROM_X = 0x08;

  /** {@code BPF_MEMWORDS}: cells of mem. */
  static final int CELLS = 16;

  private static final BpfOperation[] BY_CODE = byCode();

  private final int code;
  private final String symbol;

  BpfOperation(int code) {
    this(code, "");
  }

  BpfOperation(int code, String symbol) {
    this.code = code;
    this.symbol = symbol;
  }

  /** {@return the operation of a code, empty if seccomp does not take it} */
  static Optional<BpfOperation> of(int code) {
    return code >= 0 && code < BY_CODE.length
        ? Optional.ofNullable(BY_CODE[code])
        : Optional.empty();
  }

  /** {@return the code}, to which {@link #FROM_X} may be added if there is a symbol */
  int code() {
    return code;
  }

  /** {@return what stands between A and the second operand, empty if there is no such operand} */
  String symbol() {
    return symbol;
  }

  /** Whether this may go on at two places. */
  boolean conditional() {
    return switch (this) {
      case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET -> true;
      default -> false;
    };
  }

  /** Whether this ends the program. */
  boolean returns() {
    return this == RETURN || this == RETURN_A;
  }

  private static BpfOperation[] byCode() {
    var table = new BpfOperation[0x100];
    for (BpfOperation operation : values()) {
      table[operation.code] = operation;
      if (!operation.symbol.isEmpty()) {
        table[operation.code | FROM_X] = operation;
      }
    }
    return table;
  }
}
