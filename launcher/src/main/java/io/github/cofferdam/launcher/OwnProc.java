package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Under which path a child finds this process's descriptors.
 *
 * <p>{@code /proc/self} is the child's own entry there: the kernel makes it, with all that leads to
 * the descriptor, for every child anew, which takes a twentieth of a start. This process's entry is
 * there already. But it has a process id for a name: should this process die while the child is on
 * its way, and somebody else get the number at once, the child would execute what he has open. So
 * it is used only by a process that can look into no more processes than those of its own user, who
 * could as well have changed this one.
 */
final class OwnProc {
  static final String SELF = "/proc/self/fd/";

  private static final int GETPID = Syscall.number("getpid");
  private static final int GETEUID = Syscall.number("geteuid");
  private static final int CAPGET = Syscall.number("capget");

  /** Another process has another: one that was restored from a snapshot, for example. */
  private static final long PID = Syscall.call(GETPID);

  private static final String DESCRIPTORS = find();

  private OwnProc() {}

  /** {@return the directory of this process's descriptors, with a slash at the end} */
  static String descriptors() {
    return Syscall.call(GETPID) == PID ? DESCRIPTORS : SELF;
  }

  private static String find() {
    if (Syscall.call(GETEUID) == 0 || mayHoldCapabilities()) {
      return SELF;
    }
    try {
      // Not what getpid says: /proc may be that of another namespace.
      return "/proc/" + Files.readSymbolicLink(Path.of("/proc/self")) + "/fd/";
    } catch (IOException e) {
      return SELF;
    }
  }

  /**
   * <pre>
   * struct __user_cap_header_struct   two of struct __user_cap_data_struct
   *  0         4       8               8           12          16            20
   *  | version | pid 0 |               | effective | permitted | inheritable | ... | 32
   * </pre>
   */
  private static boolean mayHoldCapabilities() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(32, Long.BYTES);
      memory.set(ValueLayout.JAVA_INT, 0, Uapi._LINUX_CAPABILITY_VERSION_3());
      long result = Syscall.call(CAPGET, memory.address(), memory.address() + 8);
      return Syscall.isError(result)
          || memory.get(ValueLayout.JAVA_INT, 12) != 0
          || memory.get(ValueLayout.JAVA_INT, 24) != 0;
    }
  }
}
