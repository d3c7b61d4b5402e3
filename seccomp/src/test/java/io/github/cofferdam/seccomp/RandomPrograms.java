package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Programs with every operation that there is. */
final class RandomPrograms {
  /** Every code that seccomp takes. */
  static final List<Integer> CODES = codes();

  /** Constants at which operations, words, cells, shifts and verdicts turn. */
  static final List<Integer> CONSTANTS =
      List.of(
          0,
          1,
          2,
          4,
          15,
          16,
          31,
          32,
          60,
          63,
          64,
          0xff,
          0x100,
          0xfff,
          0x1000,
          0x7fff_ffff,
          0x8000_0000,
          0xffff_fff8,
          -1,
          0x7fff_0000,
          0x7fff_0001,
          0x7fc0_0000,
          0x7ff0_0007,
          0x0005_0000,
          0x0005_0001,
          0x0005_0fff,
          0x0005_1000,
          0x0003_0000,
          0x1234_5678);

  private RandomPrograms() {}

  private static List<Integer> codes() {
    var codes = new ArrayList<Integer>();
    for (BpfOperation operation : BpfOperation.values()) {
      codes.add(operation.code());
      if (!operation.symbol().isEmpty()) {
        codes.add(operation.code() | BpfOperation.FROM_X);
      }
    }
    return List.copyOf(codes);
  }

  /** An instruction with a known operation; one in eight holds something in unused fields. */
  static BpfInstruction instruction(Random random) {
    return instruction(
        pick(random, CODES),
        random.nextInt(4),
        random.nextInt(4),
        random.nextBoolean() ? pick(random, CONSTANTS) : random.nextInt(),
        random.nextInt(8) == 0);
  }

  static BpfInstruction instruction(int code, int ifTrue, int ifFalse, int k, boolean unused) {
    var all = new BpfInstruction(code, ifTrue, ifFalse, k);
    return unused
        ? all
        : new BpfInstruction(
            code,
            all.conditional() ? ifTrue : 0,
            all.conditional() ? ifFalse : 0,
            all.usesConstant() ? k : 0);
  }

  static List<BpfInstruction> instructions(Random random, int length) {
    var instructions = new ArrayList<BpfInstruction>();
    for (int i = 0; i < length; i++) {
      instructions.add(instruction(random));
    }
    return instructions;
  }

  /** Bends what the kernel would refuse in instructions into what it takes. */
  static List<BpfInstruction> valid(List<BpfInstruction> instructions) {
    List<BpfInstruction> valid = withinBounds(instructions);
    Optional<BpfVerifier.Refusal> refusal = BpfVerifier.refusal(valid);
    while (refusal.isPresent()) {
      BpfInstruction read = valid.get(refusal.get().at());
      int code =
          read.operation() == BpfOperation.LOAD_CELL
              ? BpfOperation.LOAD_CONSTANT.code()
              : BpfOperation.LOAD_X_CONSTANT.code();
      valid.set(
          refusal.get().at(), new BpfInstruction(code, read.ifTrue(), read.ifFalse(), read.k()));
      refusal = BpfVerifier.refusal(valid);
    }
    return valid;
  }

  /** As {@link #valid}, but cells may be read that nothing was written to. */
  static List<BpfInstruction> withinBounds(List<BpfInstruction> instructions) {
    var bent = new ArrayList<BpfInstruction>();
    int last = instructions.size() - 1;
    for (int at = 0; at <= last; at++) {
      BpfInstruction given = instructions.get(at);
      if (at == last && !given.operation().returns()) {
        given = new BpfInstruction(BpfInstruction.RETURN, 0, 0, given.k());
      }
      bent.add(bend(given, last - at));
    }
    return bent;
  }

  private static BpfInstruction bend(BpfInstruction given, int left) {
    int k = given.k();
    return switch (given.operation()) {
      case LOAD -> withConstant(given, SeccompData.isWord(k) ? k : (k & 15) * Integer.BYTES);
      case LOAD_CELL, LOAD_X_CELL, STORE, STORE_X -> withConstant(given, k & 15);
      case DIVIDE -> withConstant(given, k == 0 && !given.fromX() ? 3 : k);
      case SHIFT_LEFT, SHIFT_RIGHT -> withConstant(given, given.fromX() ? k : k & 31);
      case JUMP -> withConstant(given, Integer.remainderUnsigned(k, left));
      case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET ->
          new BpfInstruction(given.code(), given.ifTrue() % left, given.ifFalse() % left, k);
      default -> given;
    };
  }

  private static BpfInstruction withConstant(BpfInstruction given, int k) {
    return new BpfInstruction(given.code(), given.ifTrue(), given.ifFalse(), k);
  }

  static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
