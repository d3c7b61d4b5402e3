package io.github.cofferdam.launcher;

import java.nio.ByteBuffer;

/**
 * aarch64 (Arm ARM, section C6). System calls take their number in x8 and arguments in x0 to x5;
 * the result is in x0. Every instruction has 32 bits; Rd and Rt are bits 0-4, Rn bits 5-9, Rm bits
 * 16-20.
 */
final class Aarch64Assembler extends Assembler {
  private static final int X8 = 8;
  private static final int SCRATCH = 9;
  private static final int ZERO = 31;

  private static int code(Reg reg) {
    return switch (reg) {
      case A0, RESULT -> 0;
      case A1 -> 1;
      case A2 -> 2;
      case A3 -> 3;
      case A4 -> 4;
      case A5 -> 5;
      case S0 -> 19;
      case S1 -> 20;
      case S2 -> 21;
      case S3 -> 22;
    };
  }

  @Override
  void load(Reg to, long value) {
    loadCode(code(to), value);
  }

  private void loadCode(int to, long value) {
    if (value < 0) {
      // MOVN writes the complement of its operand, which leaves ones above.
      emit32(0x9280_0000 | ((int) (~value & 0xffff) << 5) | to);
      for (int part = 1; part < 4; part++) {
        int bits = (int) ((value >>> (16 * part)) & 0xffff);
        if (bits != 0xffff) {
          emit32(0xf280_0000 | (part << 21) | (bits << 5) | to); // MOVK
        }
      }
      return;
    }
    emit32(0xd280_0000 | ((int) (value & 0xffff) << 5) | to); // MOVZ
    for (int part = 1; part < 4; part++) {
      int bits = (int) ((value >>> (16 * part)) & 0xffff);
      if (bits != 0) {
        emit32(0xf280_0000 | (part << 21) | (bits << 5) | to); // MOVK
      }
    }
  }

  @Override
  void move(Reg to, Reg from) {
    emit32(0xaa00_03e0 | (code(from) << 16) | code(to)); // ORR Xd, XZR, Xm
  }

  @Override
  void add(Reg to, int value) {
    if (value >= 0) {
      emit32(0x9100_0000 | (value << 10) | (code(to) << 5) | code(to)); // ADD immediate
    } else {
      emit32(0xd100_0000 | (-value << 10) | (code(to) << 5) | code(to)); // SUB immediate
    }
  }

  @Override
  void negate(Reg reg) {
    emit32(0xcb00_0000 | (code(reg) << 16) | (ZERO << 5) | code(reg)); // SUB Xd, XZR, Xm
  }

  @Override
  void appendDigit(Reg number, Reg digit) {
    loadCode(SCRATCH, 10);
    // MADD Xd, Xn, Xm, Xa
    emit32(
        0x9b00_0000 | (SCRATCH << 16) | (code(digit) << 10) | (code(number) << 5) | code(number));
  }

  @Override
  void load8(Reg to, Reg base, int offset) {
    emit32(0x3940_0000 | (offset << 10) | (code(base) << 5) | code(to)); // LDRB
  }

  @Override
  void load32(Reg to, Reg base, int offset) {
    emit32(0xb940_0000 | (scaled(offset) << 10) | (code(base) << 5) | code(to)); // LDR Wt
  }

  @Override
  void load64(Reg to, Reg base, int offset) {
    emit32(0xf940_0000 | (doublyScaled(offset) << 10) | (code(base) << 5) | code(to)); // LDR Xt
  }

  @Override
  void store32(Reg from, Reg base, int offset) {
    emit32(0xb900_0000 | (scaled(offset) << 10) | (code(base) << 5) | code(from)); // STR Wt
  }

  @Override
  void compare(Reg reg, int value) {
    loadCode(SCRATCH, value);
    emit32(0x6b00_0000 | (SCRATCH << 16) | (code(reg) << 5) | ZERO); // SUBS WZR, Wn, Wm
  }

  @Override
  void compare(Reg one, Reg other) {
    emit32(0x6b00_0000 | (code(other) << 16) | (code(one) << 5) | ZERO);
  }

  @Override
  void branch(Condition condition, Label label) {
    refer(label);
    emit32(
        0x5400_0000
            | switch (condition) {
              case EQUAL -> 0;
              case NOT_EQUAL -> 1;
              case LESS -> 11;
              case GREATER -> 12;
            }); // B.cond
  }

  @Override
  void jump(Label label) {
    refer(label);
    emit32(0x1400_0000); // B
  }

  @Override
  void syscall(int number) {
    loadCode(X8, number);
    emit32(0xd400_0001); // SVC #0
  }

  @Override
  void syscall(Reg base, int offset) {
    emit32(0xb940_0000 | (scaled(offset) << 10) | (code(base) << 5) | X8); // LDR W8
    emit32(0xd400_0001); // SVC #0
  }

  @Override
  void ret() {
    emit32(0xd65f_03c0); // RET X30
  }

  @Override
  void patch(ByteBuffer code, int reference, int distance) {
    int instruction = code.getInt(reference);
    int words = distance >> 2;
    boolean conditional = instruction >>> 24 == 0x54;
    if (conditional && (words < -(1 << 18) || words >= 1 << 18)) {
      throw new CodeTooLongException("launcher code is too long for a conditional branch");
    }
    code.putInt(
        reference,
        conditional ? instruction | ((words & 0x7ffff) << 5) : instruction | (words & 0x3ff_ffff));
  }

  private static int doublyScaled(int offset) {
    if ((offset & 7) != 0) {
      throw new IllegalArgumentException("unaligned offset " + offset);
    }
    return offset >> 3;
  }

  private static int scaled(int offset) {
    if ((offset & 3) != 0) {
      throw new IllegalArgumentException("unaligned offset " + offset);
    }
    return offset >> 2;
  }
}
