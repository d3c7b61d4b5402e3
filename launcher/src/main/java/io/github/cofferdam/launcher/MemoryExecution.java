package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Whether this system lets the launcher be executed from memory, tried. Where it does not, {@link
 * Launcher#start} executes a file in {@code java.io.tmpdir}.
 */
public final class MemoryExecution {
  private static final int WAIT4 = Syscall.number("wait4");

  private MemoryExecution() {}

  /**
   * Starts a process from memory that does nothing but exit, and waits for it.
   *
   * @return EACCES or EPERM where vm.memfd_noexec or a security module refuses it; empty if it ran
   * @throws KernelException if it fails for another reason, which says nothing about memory
   */
  public static Optional<Errno> refusal() throws KernelException {
    SignalDefaults.ensureChildrenCanBeWaitedFor();
    int pid;
    try (Fd file = ImageFile.inMemory(exit())) {
      pid = Spawn.start(file);
    } catch (KernelException e) {
      if (e.errno() == Errno.EACCES || e.errno() == Errno.EPERM) {
        return Optional.of(e.errno());
      }
      throw e;
    }
    int status = wait(pid);
    if (status != 0) {
      throw new KernelException(
          "posix_spawn",
          Errno.ECHILD,
          "execute from memory: the process ended with wait status 0x"
              + Integer.toHexString(status));
    }
    return Optional.empty();
  }

  private static byte[] exit() {
    Arch arch = Arch.host();
    Assembler code = Assembler.of(arch);
    code.load(Reg.A0, 0);
    code.syscall(SyscallTable.require(arch, "exit_group"));
    return ElfImage.write(arch, code.assemble(), new byte[Long.BYTES]);
  }

  private static int wait(int pid) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      long result;
      do {
        result = Syscall.call(WAIT4, pid, status.address(), 0, 0);
      } while (result == -Errno.EINTR.number());
      Syscall.check(result, "wait4", "wait for process " + pid);
      return status.get(ValueLayout.JAVA_INT, 0);
    }
  }
}
