package io.github.cofferdam.seccomp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The kernel's rules for a filter: bpf_check_classic and check_load_and_stores in net/core/filter.c
 * and seccomp_check_filter in kernel/seccomp.c. What passes here is taken there, and nothing else
 * is.
 */
final class BpfVerifier {
  /** {@code BPF_MAXINSNS} of linux/bpf_common.h. */
  static final int MAX_INSTRUCTIONS = 4096;

  private static final int ALL_CELLS = (1 << BpfOperation.CELLS) - 1;

  private BpfVerifier() {}

  /**
   * Why a program is refused.
   *
   * @param at the place of the instruction that is wrong
   */
  record Refusal(int at, String reason) {}

  /**
   * Checks a program.
   *
   * @throws IllegalArgumentException if the kernel would refuse it (EINVAL); the message names the
   *     place
   */
  static void check(List<BpfInstruction> program) {
    checkLength(program.size());
    Optional<Refusal> refusal = refusal(program);
    if (refusal.isPresent()) {
      throw new IllegalArgumentException(message(program, refusal.get()));
    }
  }

  /**
   * Checks the number of instructions.
   *
   * @throws IllegalArgumentException if there are none or too many
   */
  static void checkLength(int length) {
    if (length == 0 || length > MAX_INSTRUCTIONS) {
      throw new IllegalArgumentException(
          "a filter has 1 to " + MAX_INSTRUCTIONS + " instructions, this one would have " + length);
    }
  }

  /** {@return what is wrong with a program whose length is right} */
  static Optional<Refusal> refusal(List<BpfInstruction> program) {
    int last = program.size() - 1;
    for (int at = 0; at <= last; at++) {
      String reason = reason(program.get(at), last - at);
      if (!reason.isEmpty()) {
        return Optional.of(new Refusal(at, reason));
      }
    }
    if (!program.getLast().operation().returns()) {
      return Optional.of(new Refusal(last, "the last instruction must return"));
    }
    return unwritten(program);
  }

  static String message(List<BpfInstruction> program, Refusal refusal) {
    String instruction = program.get(refusal.at()).toString(refusal.at());
    return "instruction " + refusal.at() + ", " + instruction + ": " + refusal.reason();
  }

  /** What is wrong with one instruction, which has {@code left} behind it; empty if nothing. */
  private static String reason(BpfInstruction instruction, int left) {
    Optional<BpfOperation> operation = BpfOperation.of(instruction.code());
    if (operation.isEmpty()) {
      return "operation not allowed here";
    }
    if (!isByte(instruction.ifTrue()) || !isByte(instruction.ifFalse())) {
      return "a conditional jump passes over 0 to 255 instructions";
    }
    int k = instruction.k();
    return switch (operation.get()) {
      case LOAD -> SeccompData.isWord(k) ? "" : "no word of seccomp_data begins there";
      case LOAD_CELL, LOAD_X_CELL, STORE, STORE_X ->
          isBelow(k, BpfOperation.CELLS) ? "" : "mem has cells 0 to 15";
      case DIVIDE -> instruction.fromX() || k != 0 ? "" : "divides by 0";
      case SHIFT_LEFT, SHIFT_RIGHT ->
          instruction.fromX() || isBelow(k, Integer.SIZE) ? "" : "shifts by 0 to 31 bits";
      case JUMP -> isBelow(k, left) ? "" : "jumps out of the program";
      case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET ->
          instruction.ifTrue() < left && instruction.ifFalse() < left
              ? ""
              : "jumps out of the program";
      case LOAD_CONSTANT,
          LOAD_LENGTH,
          LOAD_X_CONSTANT,
          LOAD_X_LENGTH,
          ADD,
          SUBTRACT,
          MULTIPLY,
          OR,
          AND,
          NEGATE,
          EXCLUSIVE_OR,
          RETURN,
          RETURN_A,
          COPY_TO_X,
          COPY_FROM_X ->
          "";
    };
  }

  /**
   * Finds a read of a cell that is not written on every path there. As in the kernel, a return
   * counts as if the next instruction followed, while nothing follows a jump but its targets.
   */
  private static Optional<Refusal> unwritten(List<BpfInstruction> program) {
    // Cells that are written, as a bit each, on all jumps to a place.
    int[] atTarget = new int[program.size()];
    Arrays.fill(atTarget, ALL_CELLS);
    int written = 0;
    for (int at = 0; at < atTarget.length; at++) {
      BpfInstruction instruction = program.get(at);
      BpfOperation operation = instruction.operation();
      int next = at + 1;
      written &= atTarget[at];
      switch (operation) {
        case STORE, STORE_X -> written |= 1 << instruction.k();
        case LOAD_CELL, LOAD_X_CELL -> {
          if ((written & (1 << instruction.k())) == 0) {
            return Optional.of(new Refusal(at, "on some path nothing was written there"));
          }
        }
        case JUMP -> {
          atTarget[next + instruction.k()] &= written;
          written = ALL_CELLS;
        }
        case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET -> {
          atTarget[next + instruction.ifTrue()] &= written;
          atTarget[next + instruction.ifFalse()] &= written;
          written = ALL_CELLS;
        }
        default -> {}
      }
    }
    return Optional.empty();
  }

  private static boolean isByte(int value) {
    return isBelow(value, 0x100);
  }

  private static boolean isBelow(int value, int limit) {
    return Integer.compareUnsigned(value, limit) < 0;
  }
}
