package io.github.cofferdam.seccomp;

/**
 * A question that one jump of a program asks: {@code (word & mask) operator k}, unsigned.
 *
 * @param offset of the word in {@link SeccompData}
 * @param mask bits that are looked at
 * @param operator the comparison
 * @param k what it is compared with
 */
record WordTest(int offset, int mask, Operator operator, int k) {

  /** What a jump can ask. Greater-than is asked as at-least the next number. */
  enum Operator {
    EQUAL(BpfInstruction.JUMP_EQUAL),
    AT_LEAST(BpfInstruction.JUMP_AT_LEAST),
    /** At least one of the bits of k is set. */
    ANY_SET(BpfInstruction.JUMP_ANY_SET);

    private final int code;

    Operator(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  boolean holds(int word) {
    int value = word & mask;
    return switch (operator) {
      case EQUAL -> value == k;
      case AT_LEAST -> Integer.compareUnsigned(value, k) >= 0;
      case ANY_SET -> (value & k) != 0;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WordTest test
        && offset == test.offset
        && mask == test.mask
        && operator == test.operator
        && k == test.k;
  }

  @Override
  public int hashCode() {
    return ((offset * 31 + mask) * 31 + operator.code) * 31 + k;
  }

  @Override
  public String toString() {
    return text(true);
  }

  /** The test or its opposite, in words. */
  String text(boolean holds) {
    String name = SeccompData.name(offset);
    String value = mask == -1 ? name : "(" + name + " & 0x" + Integer.toHexString(mask) + ")";
    String hex = "0x" + Integer.toHexString(k);
    return switch (operator) {
      case EQUAL -> value + (holds ? " == " : " != ") + hex;
      case AT_LEAST -> value + (holds ? " >= " : " < ") + hex;
      case ANY_SET -> "(" + value + " & " + hex + ")" + (holds ? " != 0" : " == 0");
    };
  }
}
