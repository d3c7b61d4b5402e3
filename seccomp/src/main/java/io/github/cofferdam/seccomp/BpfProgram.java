package io.github.cofferdam.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A program of classic BPF that the kernel takes as a seccomp filter: an immutable value. Two are
 * equal if their instructions are.
 */
public final class BpfProgram {
  private final List<BpfInstruction> instructions;

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if the kernel would refuse the program
   */
  BpfProgram(List<BpfInstruction> instructions) {
    BpfVerifier.check(instructions);
    this.instructions = List.copyOf(instructions);
  }

  /** {@return number of instructions, 1 to 4096} */
  public int length() {
    return instructions.size();
  }

  /**
   * {@return the program as an array of {@code struct sock_filter} (linux/filter.h), little-endian}
   *
   * <pre>
   *  0        2    3    4          8
   *  +--------+----+----+----------+---
   *  | code   | jt | jf | k        | next instruction ...
   *  | u16    | u8 | u8 | u32      |
   *  +--------+----+----+----------+---
   * </pre>
   */
  public byte[] bytes() {
    var bytes =
        ByteBuffer.allocate(instructions.size() * BpfInstruction.SIZE)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (BpfInstruction instruction : instructions) {
      bytes.putShort((short) instruction.code());
      bytes.put((byte) instruction.ifTrue()).put((byte) instruction.ifFalse());
      bytes.putInt(instruction.k());
    }
    return bytes.array();
  }

  BpfInstruction instruction(int at) {
    return instructions.get(at);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BpfProgram program && instructions.equals(program.instructions);
  }

  @Override
  public int hashCode() {
    return instructions.hashCode();
  }

  /** One instruction a line, with its place: {@code 1: if A == 0xc000003e goto 2 else 56}. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int at = 0; at < instructions.size(); at++) {
      String place = Integer.toString(at);
      text.repeat(' ', 4 - place.length()).append(place).append(": ");
      text.append(instructions.get(at).toString(at)).append('\n');
    }
    return text.toString();
  }
}
