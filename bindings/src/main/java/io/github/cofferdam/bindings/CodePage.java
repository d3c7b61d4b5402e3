package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Machine code in this process: a function of one integer or pointer that is there for good. It is
 * never writable and executable at a time, and cannot be changed once it is there.
 */
public final class CodePage {
  private static final int MMAP = Syscall.number("mmap");
  private static final int MPROTECT = Syscall.number("mprotect");
  private static final int MUNMAP = Syscall.number("munmap");

  /** A multiple of every page size that Linux has. */
  private static final int UNIT = 65_536;

  private final MemorySegment code;

  private CodePage(MemorySegment code) {
    this.code = code;
  }

  /**
   * Maps code. Its caller has written it for this machine's architecture and calling convention;
   * nothing is checked.
   *
   * @throws KernelException EACCES or EPERM where this process may have no new executable memory
   *     (SELinux execmem, PR_SET_MDWE), see mprotect(2); ENOMEM
   */
  public static CodePage of(byte[] code) throws KernelException {
    int size = Math.ceilDiv(code.length, UNIT) * UNIT;
    long address =
        Syscall.check(
            Syscall.call(
                MMAP,
                0,
                size,
                Uapi.PROT_READ() | Uapi.PROT_WRITE(),
                Uapi.MAP_PRIVATE() | Uapi.MAP_ANONYMOUS(),
                -1,
                0),
            "mmap",
            "reserve memory for code");
    MemorySegment segment = MemorySegment.ofAddress(address).reinterpret(code.length);
    MemorySegment.copy(code, 0, segment, ValueLayout.JAVA_BYTE, 0, code.length);
    long result = Syscall.call(MPROTECT, address, size, Uapi.PROT_READ() | Uapi.PROT_EXEC());
    if (Syscall.isError(result)) {
      Syscall.call(MUNMAP, address, size);
      Syscall.check(result, "mprotect", "make memory executable");
    }
    return new CodePage(segment.asReadOnly());
  }

  /** {@return what the code returns} */
  public long call(long argument) {
    return Native.call(code, argument);
  }

  /** {@return the code, which can only be read} */
  public MemorySegment code() {
    return code;
  }
}
