package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A static ELF executable of one code and one data segment (elf(5), linux/elf.h).
 *
 * <pre>
 * file   0      64          120         176         232         next page
 *        +------+-----------+-----------+-----------+-----------+------------+
 *        | ELF  | PT_LOAD   | PT_LOAD   | PT_GNU_   | code      | data       |
 *        | hdr  | code r-x  | data rw-  | STACK rw- |           |            |
 *        +------+-----------+-----------+-----------+-----------+------------+
 * memory BASE                                                   DATA
 *
 * DATA is fixed, so that data addresses are known before the code is written.
 *
 * ELF header:  0 magic, class 2 (64 bit), data 1 (little), version 1   16 e_type 2 (EXEC)   18 e_machine
 *             20 e_version   24 e_entry   32 e_phoff   40 e_shoff   48 e_flags
 *             52 e_ehsize 64   54 e_phentsize 56   56 e_phnum   58 e_shentsize, e_shnum, e_shstrndx
 * program header: 0 p_type  4 p_flags  8 p_offset  16 p_vaddr  24 p_paddr  32 p_filesz  40 p_memsz  48 p_align
 * </pre>
 */
final class ElfImage {
  private static final long BASE = 0x400000;

  /** As far as a conditional branch of aarch64 reaches. */
  private static final long DATA = BASE + 0x100000;

  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int PROGRAM_HEADERS = 3;
  private static final int CODE = HEADER + PROGRAM_HEADERS * PROGRAM_HEADER;
  private static final int PT_LOAD = 1;
  private static final int PT_GNU_STACK = 0x6474e551;
  private static final int READ = 4;
  private static final int WRITE = 2;
  private static final int EXECUTE = 1;

  private ElfImage() {}

  static long dataAddress() {
    return DATA;
  }

  static byte[] write(Arch arch, byte[] code, byte[] data) {
    int codeEnd = CODE + code.length;
    if (BASE + codeEnd > DATA) {
      throw new CodeTooLongException("launcher code of " + code.length + " bytes is too long");
    }
    // aarch64 kernels have pages of 4, 16 or 64 KiB.
    int page = arch == Arch.AARCH64 ? 0x10000 : 0x1000;
    int dataOffset = (codeEnd + page - 1) / page * page;
    var image = ByteBuffer.allocate(dataOffset + data.length).order(ByteOrder.LITTLE_ENDIAN);
    image.putInt(0x464c457f).putInt(0x00010102).putLong(0);
    image.putShort((short) 2).putShort((short) arch.elfMachine()).putInt(1);
    image.putLong(BASE + CODE).putLong(HEADER).putLong(0).putInt(0);
    image.putShort((short) HEADER).putShort((short) PROGRAM_HEADER);
    image.putShort((short) PROGRAM_HEADERS).putShort((short) 0).putShort((short) 0);
    image.putShort((short) 0);
    programHeader(image, PT_LOAD, READ | EXECUTE, 0, BASE, codeEnd, page);
    programHeader(image, PT_LOAD, READ | WRITE, dataOffset, DATA, data.length, page);
    programHeader(image, PT_GNU_STACK, READ | WRITE, 0, 0, 0, 16);
    image.put(code);
    image.put(dataOffset, data);
    return image.array();
  }

  private static void programHeader(
      ByteBuffer image, int type, int flags, int offset, long address, int size, int align) {
    image.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    image.putLong(size).putLong(size).putLong(align);
  }
}
