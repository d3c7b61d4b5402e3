package io.github.cofferdam.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;

/**
 * The system calls of 32-bit x86 that a 64-bit process makes by {@code int $0x80}. A kernel may be
 * built without them, or have them switched off when it boots ({@code ia32_emulation=0}); then the
 * instruction ends a process with SIGSEGV before any filter sees a call.
 */
public final class I386 {
  /**
   * Makes getpid(2) in that way and exits with 0 if it gave a number above 0.
   *
   * <pre>
   * b814000000  mov $20,%eax       getpid of i386
   * cd80        int $0x80
   * 31ff        xor %edi,%edi
   * 85c0        test %eax,%eax
   * 7f02        jg 1f
   * ffc7        inc %edi
   * b83c000000  1: mov $60,%eax    exit of x86_64
   * 0f05        syscall
   * </pre>
   */
  private static final String CODE = "b814000000cd8031ff85c07f02ffc7b83c0000000f05";

  private static final long BASE = 0x400000;
  private static final int HEADERS = 64 + 56;

  private I386() {}

  /** Skips a test where this host has none of these calls, and says why. */
  public static void assumeAvailable(Path folder) throws IOException, InterruptedException {
    assumeTrue(Arch.host() == Arch.X86_64, "only x86_64 has int 0x80");
    Path file = folder.resolve("int80");
    Files.write(file, program());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    Process process;
    try {
      process = new ProcessBuilder(file.toString()).start();
    } catch (IOException e) {
      assumeTrue(false, () -> "whether there is i386 emulation cannot be asked: " + e.getMessage());
      return;
    }
    int end = process.waitFor();
    assumeTrue(end == 0, () -> "this kernel's i386 emulation is off: int 0x80 ended with " + end);
  }

  /**
   * A static ELF executable of one segment (elf(5), linux/elf.h).
   *
   * <pre>
   * file   0        64              120
   *        +--------+---------------+------+
   *        | ELF    | PT_LOAD r-x   | code |
   *        | header |               |      |
   *        +--------+---------------+------+
   * memory BASE
   * </pre>
   */
  private static byte[] program() {
    byte[] code = HexFormat.of().parseHex(CODE);
    int size = HEADERS + code.length;
    var image = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    // magic, 64 bit, little endian, version 1
    image.putInt(0x464c457f).putInt(0x00010102).putLong(0);
    // ET_EXEC, machine, version, entry, program headers, section headers, flags
    image.putShort((short) 2).putShort((short) Arch.X86_64.elfMachine()).putInt(1);
    image.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
    // sizes and counts
    image.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    image.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    // PT_LOAD, read and execute, offset, addresses, sizes, alignment
    image.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
    image.putLong(size).putLong(size).putLong(0x1000);
    return image.put(code).array();
  }
}
