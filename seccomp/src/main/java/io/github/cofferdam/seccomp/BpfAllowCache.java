package io.github.cofferdam.seccomp;

/**
 * What the kernel works out when a filter is installed: the numbers that are allowed whatever their
 * arguments. It keeps them in a bitmap and never runs the filter for them (seccomp_is_const_allow
 * in kernel/seccomp.c, since 5.11). It gives up on whatever a compiler of filters rarely needs.
 */
final class BpfAllowCache {
  /** Where x32's numbers begin: far above the highest number of any bitmap. */
  private static final int END = 0x4000_0000;

  private BpfAllowCache() {}

  static boolean allows(BpfProgram program, int arch, int number) {
    if (number < 0 || number >= END) {
      return false;
    }
    int accumulator = 0;
    int at = 0;
    while (true) {
      BpfInstruction instruction = program.instruction(at);
      if (instruction.fromX()) {
        return false;
      }
      int k = instruction.k();
      BpfOperation operation = instruction.operation();
      at++;
      switch (operation) {
        case LOAD -> {
          if (k == SeccompData.NUMBER) {
            accumulator = number;
          } else if (k == SeccompData.ARCH) {
            accumulator = arch;
          } else {
            return false;
          }
        }
        case AND -> accumulator &= k;
        case JUMP -> at += k;
        case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_ANY_SET ->
            at +=
                BpfInterpreter.holds(operation, accumulator, k)
                    ? instruction.ifTrue()
                    : instruction.ifFalse();
        case RETURN -> {
          // All 32 bits, although data of an ALLOW means nothing.
          return k == Action.allow().returnValue();
        }
        default -> {
          return false;
        }
      }
    }
  }
}
