package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/**
 * The smallest program: it exits with 0 and needs no C library, whose start would hide what is
 * measured.
 *
 * <pre>
 * 0         64         120
 * +---------+----------+------+
 * | ELF hdr | PT_LOAD  | code |   all of it mapped at BASE, readable and executable (elf(5))
 * +---------+----------+------+
 * </pre>
 */
final class StaticTarget {
  private static final long BASE = 0x400000;
  private static final int CODE = 120;

  /** mov edi, 0; mov eax, 60 (exit); syscall. */
  private static final byte[] X86_64 = {
    (byte) 0xbf, 0, 0, 0, 0, (byte) 0xb8, 60, 0, 0, 0, 0x0f, 0x05
  };

  /** mov x0, #0; mov x8, #93 (exit); svc #0. */
  private static final byte[] AARCH64 = {
    0x00,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    (byte) 0xa8,
    0x0b,
    (byte) 0x80,
    (byte) 0xd2,
    0x01,
    0x00,
    0x00,
    (byte) 0xd4
  };

  /** xor edi, edi; mov rsi, rsp; mov edx, 1; xor eax, eax (read); syscall. */
  private static final byte[] READ_X86_64 = {
    0x31,
    (byte) 0xff,
    0x48,
    (byte) 0x89,
    (byte) 0xe6,
    (byte) 0xba,
    1,
    0,
    0,
    0,
    0x31,
    (byte) 0xc0,
    0x0f,
    0x05
  };

  /** mov x0, #0; mov x1, sp; mov x2, #1; mov x8, #63 (read); svc #0. */
  private static final byte[] READ_AARCH64 = {
    0x00,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    (byte) 0xe1,
    0x03,
    0x00,
    (byte) 0x91,
    0x22,
    0x00,
    (byte) 0x80,
    (byte) 0xd2,
    (byte) 0xe8,
    0x07,
    (byte) 0x80,
    (byte) 0xd2,
    0x01,
    0x00,
    0x00,
    (byte) 0xd4
  };

  private StaticTarget() {}

  /**
   * Writes the program to a new file, which the caller deletes. It is not in {@code /tmp}, which a
   * sandbox does not see.
   */
  static Path create() throws IOException {
    return write(Arch.host() == Arch.X86_64 ? X86_64 : AARCH64);
  }

  /** As {@link #create}, of a program that first waits for a byte or the end of its input. */
  static Path createWaiting() throws IOException {
    boolean x86 = Arch.host() == Arch.X86_64;
    byte[] read = x86 ? READ_X86_64 : READ_AARCH64;
    byte[] exit = x86 ? X86_64 : AARCH64;
    byte[] code = Arrays.copyOf(read, read.length + exit.length);
    System.arraycopy(exit, 0, code, read.length, exit.length);
    return write(code);
  }

  private static Path write(byte[] code) throws IOException {
    int size = CODE + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0x464c457f).putInt(0x00010102).putLong(0);
    elf.putShort((short) 2).putShort((short) Arch.host().elfMachine()).putInt(1);
    elf.putLong(BASE + CODE).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    elf.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    // p_type PT_LOAD, p_flags read and execute
    elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE).putLong(size).putLong(size);
    elf.putLong(0x10000);
    elf.put(code);
    Path file = TemporaryFolder.make(Path.of("/var/tmp")).resolve("target");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.write(file, elf.array());
    return file;
  }
}
