package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The handler in a program of its own: this machine's, and aarch64's under qemu-user. */
@Tag("kernel")
class SignalCodeTest {
  private static final int SA_RESTORER = 0x0400_0000;

  /**
   * Has two signals handled, sends them to itself, and exits with what a register held before: so
   * the handler has come back to where it was.
   */
  private static byte[] program(Arch arch) {
    SignalCode handler = SignalCode.assemble(arch, 1);
    var data = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    // The handler lies behind the rest, whose length does not depend on where.
    byte[] body = body(arch);
    long address = codeAddress(arch) + body.length;
    data.putLong(address);
    data.putLong(Uapi.SA_SIGINFO() | SA_RESTORER);
    data.putLong(address + handler.restorer());
    var code = ByteBuffer.allocate(body.length + handler.bytes().length);
    code.put(body).put(handler.bytes());
    return ElfImage.write(arch, code.array(), data.array());
  }

  private static byte[] body(Arch arch) {
    Assembler code = Assembler.of(arch);
    code.load(Reg.S1, 42);
    for (int signal : List.of(Uapi.SIGQUIT(), Uapi.SIGTERM())) {
      code.load(Reg.A0, signal);
      code.load(Reg.A1, ElfImage.dataAddress());
      code.load(Reg.A2, 0);
      code.load(Reg.A3, SignalSet.SIZE);
      code.syscall(SyscallTable.require(arch, "rt_sigaction"));
    }
    code.syscall(SyscallTable.require(arch, "getpid"));
    code.move(Reg.S0, Reg.RESULT);
    for (int signal : List.of(Uapi.SIGQUIT(), Uapi.SIGTERM(), Uapi.SIGQUIT())) {
      code.move(Reg.A0, Reg.S0);
      code.load(Reg.A1, signal);
      code.syscall(SyscallTable.require(arch, "kill"));
    }
    code.move(Reg.A0, Reg.S1);
    code.syscall(SyscallTable.require(arch, "exit_group"));
    return code.assemble();
  }

  private static long codeAddress(Arch arch) {
    // e_entry of the header, elf(5)
    return ByteBuffer.wrap(ElfImage.write(arch, new byte[1], new byte[1]))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong(24);
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void theNumberIsWrittenAndTheProgramGoesOn(Arch arch, @TempDir Path folder) throws Exception {
    var command = new ArrayList<String>();
    if (arch != Arch.host()) {
      Path qemu = Path.of("/usr/bin/qemu-" + arch + "-static");
      assumeTrue(Files.isExecutable(qemu), () -> qemu + " is not installed");
      command.add(qemu.toString());
    }
    Path file = Files.write(folder.resolve("program"), program(arch));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    command.add(file.toString());
    Process process = new ProcessBuilder(command).start();
    byte[] written = process.getInputStream().readAllBytes();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(42, process.exitValue());
    var expected = ByteBuffer.allocate(3 * SignalCode.RECORD).order(ByteOrder.LITTLE_ENDIAN);
    expected.putInt(Uapi.SIGQUIT()).putInt(Uapi.SIGTERM()).putInt(Uapi.SIGQUIT());
    assertArrayEquals(expected.array(), written);
  }
}
