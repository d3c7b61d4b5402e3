package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;

/**
 * What the kernel does when a filter is installed, for each number: it follows the program as far
 * as that needs nothing but the number and the architecture ({@code seccomp_is_const_allow} in
 * kernel/seccomp.c, since 5.11).
 */
final class ConstantAllow {
  private ConstantAllow() {}

  static boolean test(BpfProgram program, Arch arch, int number) {
    int accumulator = 0;
    int at = 0;
    while (true) {
      BpfInstruction instruction = program.instruction(at++);
      int k = instruction.k();
      switch (instruction.code()) {
        case BpfInstruction.LOAD -> {
          if (k == SeccompData.NUMBER) {
            accumulator = number;
          } else if (k == SeccompData.ARCH) {
            accumulator = arch.auditArch();
          } else {
            return false;
          }
        }
        case BpfInstruction.AND -> accumulator &= k;
        case BpfInstruction.JUMP -> at += k;
        case BpfInstruction.RETURN -> {
          return Action.of(k).equals(Action.allow());
        }
        case BpfInstruction.JUMP_EQUAL ->
            at += accumulator == k ? instruction.ifTrue() : instruction.ifFalse();
        case BpfInstruction.JUMP_AT_LEAST ->
            at +=
                Integer.compareUnsigned(accumulator, k) >= 0
                    ? instruction.ifTrue()
                    : instruction.ifFalse();
        case BpfInstruction.JUMP_GREATER ->
            at +=
                Integer.compareUnsigned(accumulator, k) > 0
                    ? instruction.ifTrue()
                    : instruction.ifFalse();
        case BpfInstruction.JUMP_ANY_SET ->
            at += (accumulator & k) != 0 ? instruction.ifTrue() : instruction.ifFalse();
        default -> {
          return false;
        }
      }
    }
  }
}
