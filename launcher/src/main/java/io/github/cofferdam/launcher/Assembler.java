package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The few instructions that the launcher is made of. One method appends one instruction, or the two
 * to five that an architecture needs for it.
 *
 * <p>The code goes into an ELF image that a child executes; only {@link VforkCode} is mapped here.
 */
abstract sealed class Assembler permits X86Assembler, Aarch64Assembler {

  /** Registers by their role. System calls keep all but {@link #RESULT} and the arguments. */
  enum Reg {
    /** System call arguments. */
    A0,
    A1,
    A2,
    A3,
    A4,
    A5,
    /** System call result; the same register as {@link #A0} on aarch64. */
    RESULT,
    /** Kept over system calls. */
    S0,
    S1,
    S2,
    S3;

    /** Every image asks hundreds of times, and {@link #values} copies. */
    private static final Reg[] ALL = values();

    static Reg arg(int index) {
      return ALL[index];
    }
  }

  /** Signed comparisons. */
  enum Condition {
    EQUAL,
    NOT_EQUAL,
    LESS,
    GREATER
  }

  /** A place in the code. */
  static final class Label {
    private int position = -1;
  }

  private record Reference(int position, Label label) {}

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** As large as most images get. */
  private byte[] code = new byte[8192];

  private int size;
  private final List<Reference> references = new ArrayList<>();

  static Assembler of(Arch arch) {
    return switch (arch) {
      case X86_64 -> new X86Assembler();
      case AARCH64 -> new Aarch64Assembler();
      default -> throw new IllegalArgumentException("no launcher for " + arch);
    };
  }

  /** Puts a number into a register. */
  abstract void load(Reg to, long value);

  /** Copies a register. */
  abstract void move(Reg to, Reg from);

  /** Adds a number of at most 12 bits. */
  abstract void add(Reg to, int value);

  /** Changes the sign. */
  abstract void negate(Reg reg);

  /** Multiplies by ten and adds another register: the step of reading a decimal number. */
  abstract void appendDigit(Reg number, Reg digit);

  /** Loads an unsigned byte. */
  abstract void load8(Reg to, Reg base, int offset);

  /** Loads 32 bits, zero-extended. */
  abstract void load32(Reg to, Reg base, int offset);

  /** Loads 64 bits. */
  abstract void load64(Reg to, Reg base, int offset);

  /** Stores the low 32 bits. */
  abstract void store32(Reg from, Reg base, int offset);

  /** Compares the low 32 bits with a number, signed. */
  abstract void compare(Reg reg, int value);

  /** Compares the low 32 bits of two registers. */
  abstract void compare(Reg one, Reg other);

  /** Goes to a label if the last comparison says so. */
  abstract void branch(Condition condition, Label label);

  /** Goes to a label. */
  abstract void jump(Label label);

  /** Calls the kernel. */
  abstract void syscall(int number);

  /** Calls the kernel with a call's 32-bit number from memory. */
  abstract void syscall(Reg base, int offset);

  /** Returns to the caller of a function. */
  abstract void ret();

  /** Writes the distance between a reference and its label into the instruction. */
  abstract void patch(ByteBuffer code, int reference, int distance);

  /** Puts a label here. */
  final void bind(Label label) {
    if (label.position >= 0) {
      throw new IllegalStateException("label bound twice");
    }
    label.position = size;
  }

  /** {@return the code, with all jumps resolved} */
  final byte[] assemble() {
    var buffer = ByteBuffer.wrap(code, 0, size).order(ByteOrder.LITTLE_ENDIAN);
    for (Reference reference : references) {
      if (reference.label.position < 0) {
        throw new IllegalStateException("jump to a label that was never bound");
      }
      patch(buffer, reference.position, reference.label.position - reference.position);
    }
    return Arrays.copyOf(code, size);
  }

  /**
   * Notes that the instruction at the current position, or its operand there, refers to a label.
   */
  final void refer(Label label) {
    references.add(new Reference(size, label));
  }

  final void emit8(int value) {
    ensure(1);
    code[size++] = (byte) value;
  }

  final void emit32(int value) {
    ensure(4);
    INT.set(code, size, value);
    size += 4;
  }

  private void ensure(int more) {
    if (size + more > code.length) {
      code = Arrays.copyOf(code, code.length * 2);
    }
  }
}
