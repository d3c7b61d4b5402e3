package io.github.cofferdam.seccomp;

/**
 * What a filter sees of a system call: {@code struct seccomp_data} of linux/seccomp.h. Arguments
 * stand there as on little-endian machines: the lower half first.
 *
 * <pre>
 *  0       4       8                   16       24       ...  56       64
 *  +-------+-------+-------------------+--------+--------+----+--------+
 *  | nr    | arch  | instruction       | args   | args   |    | args   |
 *  | int   | u32   | pointer u64       | [0]    | [1]    | .. | [5]    |
 *  +-------+-------+-------------------+--------+--------+----+--------+
 * </pre>
 */
record SeccompData(
    int number,
    int arch,
    long instructionPointer,
    long a0,
    long a1,
    long a2,
    long a3,
    long a4,
    long a5) {
  static final int NUMBER = 0;
  static final int ARCH = 4;
  static final int POINTER = 8;
  static final int ARGUMENTS = 16;
  static final int SIZE = 64;

  /** The instruction pointer, where arguments are told by their index. */
  static final int POINTER_INDEX = 6;

  /**
   * {@code __X32_SYSCALL_BIT} of x86's asm/unistd.h. Negative numbers have it too, or lie beyond.
   */
  static final int X32_BIT = 0x4000_0000;

  /** Arguments, at most six, and behind them the instruction pointer. */
  static SeccompData of(int number, int arch, long... args) {
    if (args.length > 7) {
      throw new IllegalArgumentException("a system call has at most 6 arguments");
    }
    return new SeccompData(
        number,
        arch,
        arg(args, POINTER_INDEX),
        arg(args, 0),
        arg(args, 1),
        arg(args, 2),
        arg(args, 3),
        arg(args, 4),
        arg(args, 5));
  }

  /** Where the lower half of an argument is, or of {@link #POINTER_INDEX}. */
  static int low(int argument) {
    return argument == POINTER_INDEX ? POINTER : ARGUMENTS + Long.BYTES * argument;
  }

  static int high(int argument) {
    return low(argument) + Integer.BYTES;
  }

  /** Whether a load of 32 bits may begin at an offset. */
  static boolean isWord(int offset) {
    return offset >= 0 && offset < SIZE && offset % Integer.BYTES == 0;
  }

  /** What a load of 32 bits gives. */
  int word(int offset) {
    if (offset < ARGUMENTS) {
      return switch (offset) {
        case NUMBER -> number;
        case ARCH -> arch;
        default -> half(instructionPointer, offset);
      };
    }
    long argument =
        switch ((offset - ARGUMENTS) / Long.BYTES) {
          case 0 -> a0;
          case 1 -> a1;
          case 2 -> a2;
          case 3 -> a3;
          case 4 -> a4;
          default -> a5;
        };
    return half(argument, offset);
  }

  private static int half(long value, int offset) {
    return (int) (offset % Long.BYTES == 0 ? value : value >>> 32);
  }

  /** {@return the name of a word}; other offsets, which only refused programs have, stay numbers */
  static String name(int offset) {
    if (!isWord(offset)) {
      return "data[" + Integer.toUnsignedString(offset) + "]";
    }
    if (offset < ARGUMENTS) {
      return switch (offset) {
        case NUMBER -> "nr";
        case ARCH -> "arch";
        default -> "ip" + (offset % Long.BYTES == 0 ? ".low" : ".high");
      };
    }
    int argument = (offset - ARGUMENTS) / Long.BYTES;
    return "arg" + argument + (offset % Long.BYTES == 0 ? ".low" : ".high");
  }

  private static long arg(long[] args, int index) {
    return index < args.length ? args[index] : 0;
  }
}
