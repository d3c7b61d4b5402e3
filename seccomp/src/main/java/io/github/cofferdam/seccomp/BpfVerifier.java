package io.github.cofferdam.seccomp;

import java.util.List;

/**
 * The kernel's rules for a filter (bpf_check_classic in net/core/filter.c and seccomp_check_filter
 * in kernel/seccomp.c), for the instructions that {@link BpfInstruction} names: others are refused,
 * although the kernel takes some.
 */
final class BpfVerifier {
  /** {@code BPF_MAXINSNS} of linux/bpf_common.h. */
  static final int MAX_INSTRUCTIONS = 4096;

  private BpfVerifier() {}

  /**
   * Checks a program.
   *
   * @throws IllegalArgumentException if the kernel would refuse it (EINVAL); the message names the
   *     place
   */
  static void check(List<BpfInstruction> program) {
    int size = program.size();
    if (size == 0 || size > MAX_INSTRUCTIONS) {
      throw new IllegalArgumentException(
          "a filter has 1 to " + MAX_INSTRUCTIONS + " instructions, this one would have " + size);
    }
    for (int at = 0; at < size; at++) {
      check(program.get(at), at, size);
    }
    if (program.getLast().code() != BpfInstruction.RETURN) {
      throw refusal(program.getLast(), size - 1, "the last instruction must return");
    }
  }

  private static void check(BpfInstruction instruction, int at, int size) {
    int left = size - at - 1;
    switch (instruction.code()) {
      case BpfInstruction.LOAD -> {
        int offset = instruction.k();
        if (offset < 0 || offset % Integer.BYTES != 0 || offset >= SeccompData.SIZE) {
          throw refusal(instruction, at, "no word of seccomp_data begins there");
        }
      }
      case BpfInstruction.AND, BpfInstruction.RETURN -> {}
      case BpfInstruction.JUMP -> {
        if (Integer.compareUnsigned(instruction.k(), left) >= 0) {
          throw refusal(instruction, at, "jumps out of the program");
        }
      }
      case BpfInstruction.JUMP_EQUAL,
          BpfInstruction.JUMP_GREATER,
          BpfInstruction.JUMP_AT_LEAST,
          BpfInstruction.JUMP_ANY_SET -> {
        checkDistance(instruction, instruction.ifTrue(), at, left);
        checkDistance(instruction, instruction.ifFalse(), at, left);
      }
      default -> throw refusal(instruction, at, "operation not allowed here");
    }
  }

  private static void checkDistance(BpfInstruction instruction, int distance, int at, int left) {
    if (distance < 0 || distance > 255) {
      throw refusal(instruction, at, "a conditional jump passes over 0 to 255 instructions");
    }
    if (distance >= left) {
      throw refusal(instruction, at, "jumps out of the program");
    }
  }

  private static IllegalArgumentException refusal(
      BpfInstruction instruction, int at, String reason) {
    return new IllegalArgumentException("instruction " + at + ", " + instruction + ": " + reason);
  }
}
