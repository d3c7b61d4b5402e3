package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.seccomp.SeccompSupport;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether a broker works for the commands of the calling thread: whether a filter can ask, and
 * whether this process may look into those that ask. Found out by doing it, to itself, each time: a
 * thread that is confined is told other things than the next one.
 */
public final class BrokerSupport {
  private static final int PIDFD_OPEN = Syscall.number("pidfd_open");
  private static final int PIDFD_GETFD = Syscall.number("pidfd_getfd");
  private static final int PROCESS_VM_READV = Syscall.number("process_vm_readv");
  private static final int CLOSE = Syscall.number("close");
  private static final int EVENTFD = Syscall.number("eventfd2");
  private static final Path PTRACE_SCOPE = Path.of("/proc/sys/kernel/yama/ptrace_scope");

  /** Of Yama: only with CAP_SYS_PTRACE (Documentation/admin-guide/LSM/Yama.rst). */
  private static final int ADMINISTRATORS = 2;

  private BrokerSupport() {}

  /**
   * {@return what is in the way, in words; empty if nothing}
   *
   * @throws IOException if this process's own resources do not suffice for asking
   */
  public static Optional<String> obstacle() throws IOException {
    Optional<String> looking = lookingObstacle();
    return looking.isPresent() ? looking : askingObstacle();
  }

  private static Optional<String> lookingObstacle() throws IOException {
    long read = readOneself();
    if (Syscall.isError(read)) {
      return Optional.of(refused("process_vm_readv", read));
    }
    long duplicate = duplicateOneself();
    if (Syscall.isError(duplicate)) {
      return Optional.of(refused("pidfd_getfd", duplicate));
    }
    int scope = scope();
    boolean held =
        scope == ADMINISTRATORS
            ? !Capabilities.holds(Uapi.CAP_SYS_PTRACE())
            : scope > ADMINISTRATORS;
    return held
        ? Optional.of("kernel.yama.ptrace_scope = " + scope + " lets nobody look into a process")
        : Optional.empty();
  }

  private static Optional<String> askingObstacle() {
    return SeccompSupport.listenerObstacle()
        .map(errno ->
            errno == Errno.EBUSY
                ? "a filter around this process has a listener already, and the kernel allows one"
                : "no filter can ask: " + errno.name());
  }

  private static String refused(String call, long result) throws KernelException {
    Errno errno = Errno.of((int) -result);
    if (errno == Errno.EMFILE || errno == Errno.ENFILE || errno == Errno.ENOMEM) {
      throw new KernelException(call, errno, "find out whether a broker works");
    }
    return call
        + " is refused ("
        + errno.name()
        + "): "
        + (errno == Errno.ENOSYS
            ? "this kernel does not have it, or a filter around this process hides it"
            : "a filter around this process, a container's perhaps");
  }

  private static long readOneself() {
    try (Arena arena = Arena.ofConfined()) {
      // | a number to read | one to read it to | struct iovec of either: address, length |
      MemorySegment memory = arena.allocate(6 * Long.BYTES, Long.BYTES);
      memory.setAtIndex(ValueLayout.JAVA_LONG, 2, memory.address() + Long.BYTES);
      memory.setAtIndex(ValueLayout.JAVA_LONG, 3, Long.BYTES);
      memory.setAtIndex(ValueLayout.JAVA_LONG, 4, memory.address());
      memory.setAtIndex(ValueLayout.JAVA_LONG, 5, Long.BYTES);
      long to = memory.address() + 2 * Long.BYTES;
      return Syscall.call(PROCESS_VM_READV, self(), to, 1, to + 2 * Long.BYTES, 1, 0);
    }
  }

  private static long duplicateOneself() {
    long any = Syscall.call(EVENTFD, 0, Uapi.O_CLOEXEC());
    if (Syscall.isError(any)) {
      return any;
    }
    long pidfd = Syscall.call(PIDFD_OPEN, self(), 0);
    long duplicate = Syscall.isError(pidfd) ? pidfd : Syscall.call(PIDFD_GETFD, pidfd, any, 0);
    for (long opened : new long[] {any, pidfd, duplicate}) {
      if (!Syscall.isError(opened)) {
        Syscall.call(CLOSE, opened);
      }
    }
    return duplicate;
  }

  private static long self() {
    return ProcessHandle.current().pid();
  }

  private static int scope() {
    try {
      return Integer.parseInt(Files.readString(PTRACE_SCOPE).strip());
    } catch (IOException | NumberFormatException e) {
      // No Yama; or whoever may not ask has not been told that anything is in the way.
      return 0;
    }
  }
}
