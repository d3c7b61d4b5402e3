package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.launcher.Assembler.Reg;

/**
 * A signal handler that writes the signal's number to a descriptor, and nothing else: it calls no
 * function, touches no memory and keeps every register but those that the kernel restores. So it
 * may interrupt any thread at any place, which Java code may not (signal-safety(7)).
 *
 * <pre>
 * handler(number, info, context):             struct siginfo begins with the number, 32 bits
 *   write(descriptor, info, 4)
 *   return                                    to the restorer: the kernel has put it there
 * restorer:
 *   rt_sigreturn()
 * </pre>
 */
final class SignalCode {
  /** Size of what is written. */
  static final int RECORD = Integer.BYTES;

  private final byte[] bytes;
  private final int restorer;

  private SignalCode(byte[] bytes, int restorer) {
    this.bytes = bytes;
    this.restorer = restorer;
  }

  static SignalCode assemble(Arch arch, int descriptor) {
    int restorer = handler(arch, descriptor).assemble().length;
    Assembler code = handler(arch, descriptor);
    code.syscall(SyscallTable.require(arch, "rt_sigreturn"));
    return new SignalCode(code.assemble(), restorer);
  }

  private static Assembler handler(Arch arch, int descriptor) {
    Assembler code = Assembler.of(arch);
    code.load(Reg.A0, descriptor);
    code.load(Reg.A2, RECORD);
    code.syscall(SyscallTable.require(arch, "write"));
    code.ret();
    return code;
  }

  /** {@return the code; the handler is at its beginning} */
  byte[] bytes() {
    return bytes;
  }

  /** {@return how far behind the handler the restorer is, see sigreturn(2)} */
  int restorer() {
    return restorer;
  }
}
