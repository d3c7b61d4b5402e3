package io.github.cofferdam.launcher;

import java.nio.ByteBuffer;

/**
 * x86_64 (Intel SDM volume 2). System calls take their number in rax, arguments in rdi, rsi, rdx,
 * r10, r8, r9, and destroy rcx and r11.
 *
 * <pre>
 * REX  0100WRXB   W: 64-bit operand, R and B: bit 3 of the reg and rm fields
 * ModRM mod(2) reg(3) rm(3)   mod 11: register, 10: [rm + disp32]
 * SIB   scale(2) index(3) base(3)   needed where rm is 100 (rsp, r12): 00 100 100
 * </pre>
 */
final class X86Assembler extends Assembler {
  private static final int RAX = 0;

  private static int code(Reg reg) {
    return switch (reg) {
      case A0 -> 7; // rdi
      case A1 -> 6; // rsi
      case A2 -> 2; // rdx
      case A3 -> 10; // r10
      case A4 -> 8; // r8
      case A5 -> 9; // r9
      case RESULT -> RAX;
      case S0 -> 3; // rbx
      case S1 -> 13; // r13
      case S2 -> 14; // r14
      case S3 -> 15; // r15
    };
  }

  @Override
  void load(Reg to, long value) {
    loadCode(code(to), value);
  }

  private void loadCode(int to, long value) {
    if (value == 0) {
      rex(false, to, to);
      emit8(0x31); // xor r32, r32
      modRegister(to, to);
    } else if (value > 0 && value <= 0xffff_ffffL) {
      rex(false, 0, to);
      emit8(0xb8 | (to & 7)); // mov r32, imm32: zero-extends
      emit32((int) value);
    } else if (value == (int) value) {
      rex(true, 0, to);
      emit8(0xc7); // mov r64, sign-extended imm32
      modRegister(0, to);
      emit32((int) value);
    } else {
      rex(true, 0, to);
      emit8(0xb8 | (to & 7)); // mov r64, imm64
      emit32((int) value);
      emit32((int) (value >>> 32));
    }
  }

  @Override
  void move(Reg to, Reg from) {
    rex(true, code(from), code(to));
    emit8(0x89); // mov r/m64, r64
    modRegister(code(from), code(to));
  }

  @Override
  void add(Reg to, int value) {
    rex(true, 0, code(to));
    emit8(0x81); // add r/m64, imm32
    modRegister(0, code(to));
    emit32(value);
  }

  @Override
  void negate(Reg reg) {
    rex(true, 0, code(reg));
    emit8(0xf7); // neg r/m64
    modRegister(3, code(reg));
  }

  @Override
  void appendDigit(Reg number, Reg digit) {
    rex(true, code(number), code(number));
    emit8(0x6b); // imul r64, r/m64, imm8
    modRegister(code(number), code(number));
    emit8(10);
    rex(true, code(digit), code(number));
    emit8(0x01); // add r/m64, r64
    modRegister(code(digit), code(number));
  }

  @Override
  void load8(Reg to, Reg base, int offset) {
    rex(false, code(to), code(base));
    emit8(0x0f); // movzx r32, r/m8
    emit8(0xb6);
    modMemory(code(to), code(base), offset);
  }

  @Override
  void load32(Reg to, Reg base, int offset) {
    rex(false, code(to), code(base));
    emit8(0x8b); // mov r32, r/m32
    modMemory(code(to), code(base), offset);
  }

  @Override
  void load64(Reg to, Reg base, int offset) {
    rex(true, code(to), code(base));
    emit8(0x8b); // mov r64, r/m64
    modMemory(code(to), code(base), offset);
  }

  @Override
  void store32(Reg from, Reg base, int offset) {
    rex(false, code(from), code(base));
    emit8(0x89); // mov r/m32, r32
    modMemory(code(from), code(base), offset);
  }

  @Override
  void compare(Reg reg, int value) {
    rex(false, 0, code(reg));
    emit8(0x81); // cmp r/m32, imm32
    modRegister(7, code(reg));
    emit32(value);
  }

  @Override
  void compare(Reg one, Reg other) {
    rex(false, code(other), code(one));
    emit8(0x39); // cmp r/m32, r32
    modRegister(code(other), code(one));
  }

  @Override
  void branch(Condition condition, Label label) {
    emit8(0x0f); // jcc rel32
    emit8(
        switch (condition) {
          case EQUAL -> 0x84;
          case NOT_EQUAL -> 0x85;
          case LESS -> 0x8c;
          case GREATER -> 0x8f;
        });
    refer(label);
    emit32(0);
  }

  @Override
  void jump(Label label) {
    emit8(0xe9); // jmp rel32
    refer(label);
    emit32(0);
  }

  @Override
  void syscall(int number) {
    loadCode(RAX, number);
    emit8(0x0f);
    emit8(0x05);
  }

  @Override
  void syscall(Reg base, int offset) {
    load32(Reg.RESULT, base, offset);
    emit8(0x0f);
    emit8(0x05);
  }

  @Override
  void ret() {
    emit8(0xc3);
  }

  @Override
  void patch(ByteBuffer code, int reference, int distance) {
    code.putInt(reference, distance - 4); // from the end of the operand
  }

  private void rex(boolean wide, int reg, int rm) {
    int rex = 0x40 | (wide ? 8 : 0) | (reg >= 8 ? 4 : 0) | (rm >= 8 ? 1 : 0);
    if (rex != 0x40) {
      emit8(rex);
    }
  }

  private void modRegister(int reg, int rm) {
    emit8(0xc0 | ((reg & 7) << 3) | (rm & 7));
  }

  private void modMemory(int reg, int base, int offset) {
    emit8(0x80 | ((reg & 7) << 3) | (base & 7));
    if ((base & 7) == 4) {
      emit8(0x24);
    }
    emit32(offset);
  }
}
