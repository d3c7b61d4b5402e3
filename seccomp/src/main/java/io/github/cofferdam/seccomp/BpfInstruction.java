package io.github.cofferdam.seccomp;

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
 * code: | 0 | class | operation or size | source or mode |
 * </pre>
 *
 * Jumps count the instructions that they pass over. Only what is named here is ever emitted: a
 * subset of what seccomp takes, of which everything but argument loads is also emulated when the
 * kernel works out, at installation, which numbers are always allowed (seccomp_is_const_allow in
 * kernel/seccomp.c, since 5.11).
 *
 * @param code operation
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

  boolean conditional() {
    return code == JUMP_EQUAL
        || code == JUMP_GREATER
        || code == JUMP_AT_LEAST
        || code == JUMP_ANY_SET;
  }

  /** The instruction at a place of a program, whose jumps are printed as places. */
  String toString(int at) {
    int next = at + 1;
    String hex = "0x" + Integer.toHexString(k);
    return switch (code) {
      case LOAD -> "A = " + SeccompData.name(k);
      case AND -> "A = A & " + hex;
      case JUMP -> "goto " + (next + k);
      case JUMP_EQUAL -> test("==", hex, next);
      case JUMP_GREATER -> test(">", hex, next);
      case JUMP_AT_LEAST -> test(">=", hex, next);
      case JUMP_ANY_SET -> test("&", hex, next);
      case RETURN -> "return " + Action.of(k);
      default -> "code 0x" + Integer.toHexString(code) + " " + hex;
    };
  }

  private String test(String operator, String hex, int next) {
    return "if A "
        + operator
        + " "
        + hex
        + " goto "
        + (next + ifTrue)
        + " else "
        + (next + ifFalse);
  }
}
