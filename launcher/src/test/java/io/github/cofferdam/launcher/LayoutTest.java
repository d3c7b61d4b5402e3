package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.uapi.clone_args;
import io.github.cofferdam.bindings.uapi.elf64_hdr;
import io.github.cofferdam.bindings.uapi.elf64_phdr;
import io.github.cofferdam.bindings.uapi.pollfd;
import io.github.cofferdam.bindings.uapi.rusage;
import io.github.cofferdam.bindings.uapi.signalfd_siginfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Layouts that are written by hand, against the generated ones. */
class LayoutTest {
  private static final int EXECUTABLE = 2;
  private static final int LOAD = 1;
  private static final int READ_AND_EXECUTE = 5;
  private static final int READ_AND_WRITE = 6;

  @Test
  void whatTheSupervisorPolls() {
    for (int i = 0; i < 3; i++) {
      assertEquals(Scratch.POLL + i * pollfd.sizeof(), Scratch.pollfd(i));
      assertEquals(Scratch.pollfd(i) + pollfd.revents$offset(), Scratch.revents(i));
    }
    assertTrue(Scratch.pollfd(3) <= Scratch.SUPERVISOR);
  }

  @Test
  void whatTheSupervisorReadsOfASignal() {
    assertEquals(signalfd_siginfo.sizeof(), Scratch.SIGNAL_SIZE);
    assertEquals(0, signalfd_siginfo.ssi_signo$offset());
    assertTrue(Scratch.SIGNAL + Scratch.SIGNAL_SIZE <= Scratch.POLL);
  }

  @Test
  void resourceUsage() {
    assertEquals(rusage.sizeof(), Reaping.RUSAGE);
    assertEquals(rusage.sizeof(), StatusRecord.LONG - Scratch.USAGE);
  }

  /** As of version 0, which ends before set_tid. */
  @Test
  void cloneArgs() {
    assertEquals(clone_args.flags$offset(), VforkBlock.CLONE_FLAGS - VforkBlock.CLONE);
    assertEquals(clone_args.pidfd$offset(), VforkBlock.CLONE_PIDFD - VforkBlock.CLONE);
    assertEquals(clone_args.exit_signal$offset(), VforkBlock.CLONE_EXIT_SIGNAL - VforkBlock.CLONE);
    assertEquals(clone_args.set_tid$offset(), VforkBlock.CLONE_SIZE);
  }

  /** Both are little-endian, as every machine that this runs on. */
  @Test
  void theImage() {
    byte[] code = {1, 2, 3, 4};
    byte[] data = {5, 6};
    byte[] bytes = ElfImage.write(Arch.AARCH64, code, data);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment image =
          arena.allocateFrom(ValueLayout.JAVA_LONG, new long[bytes.length / 8 + 1]);
      MemorySegment.copy(bytes, 0, image, ValueLayout.JAVA_BYTE, 0, bytes.length);

      assertEquals(EXECUTABLE, elf64_hdr.e_type(image));
      assertEquals(Arch.AARCH64.elfMachine(), elf64_hdr.e_machine(image));
      assertEquals(1, elf64_hdr.e_version(image));
      assertEquals(elf64_hdr.sizeof(), elf64_hdr.e_phoff(image));
      assertEquals(elf64_hdr.sizeof(), elf64_hdr.e_ehsize(image));
      assertEquals(elf64_phdr.sizeof(), elf64_hdr.e_phentsize(image));
      assertEquals(3, elf64_hdr.e_phnum(image));
      assertEquals(0, elf64_hdr.e_shnum(image));
      long headers = elf64_hdr.sizeof() + 3 * elf64_phdr.sizeof();
      MemorySegment first = image.asSlice(elf64_hdr.sizeof(), elf64_phdr.sizeof());
      assertEquals(LOAD, elf64_phdr.p_type(first));
      assertEquals(READ_AND_EXECUTE, elf64_phdr.p_flags(first));
      assertEquals(0, elf64_phdr.p_offset(first));
      assertEquals(elf64_hdr.e_entry(image), elf64_phdr.p_vaddr(first) + headers);
      assertEquals(headers + code.length, elf64_phdr.p_filesz(first));
      MemorySegment second =
          image.asSlice(elf64_hdr.sizeof() + elf64_phdr.sizeof(), elf64_phdr.sizeof());
      assertEquals(READ_AND_WRITE, elf64_phdr.p_flags(second));
      assertEquals(bytes.length - data.length, elf64_phdr.p_offset(second));
      assertEquals(ElfImage.dataAddress(), elf64_phdr.p_vaddr(second));
      assertEquals(ElfImage.dataAddress(), elf64_phdr.p_paddr(second));
      assertEquals(data.length, elf64_phdr.p_filesz(second));
      assertEquals(data.length, elf64_phdr.p_memsz(second));
      assertEquals(0x10000, elf64_phdr.p_align(second));
    }
  }
}
