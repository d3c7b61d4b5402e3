package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Shows the kernel programs that {@link BpfProgram} would refuse. */
final class RawProgram {
  private RawProgram() {}

  /** {@return what seccomp(2) says} */
  static long install(List<BpfInstruction> program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(8L * Math.max(1, program.size()), 8);
      for (int i = 0; i < program.size(); i++) {
        BpfInstruction instruction = program.get(i);
        code.set(ValueLayout.JAVA_SHORT, 8L * i, (short) instruction.code());
        code.set(ValueLayout.JAVA_BYTE, 8L * i + 2, (byte) instruction.ifTrue());
        code.set(ValueLayout.JAVA_BYTE, 8L * i + 3, (byte) instruction.ifFalse());
        code.set(ValueLayout.JAVA_INT, 8L * i + 4, instruction.k());
      }
      MemorySegment fprog = arena.allocate(16, 8);
      fprog.set(ValueLayout.JAVA_SHORT, 0, (short) program.size());
      fprog.set(ValueLayout.JAVA_LONG, 8, code.address());
      return Syscall.call(
          Syscall.number("seccomp"), Uapi.SECCOMP_SET_MODE_FILTER(), 0, fprog.address());
    }
  }
}
