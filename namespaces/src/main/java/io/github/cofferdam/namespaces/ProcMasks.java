package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * What a sandbox's {@code /proc} does not show: what tells about the whole machine, and nothing
 * about the sandbox. Container engines hide most of it as well; see {@code MaskedPaths} of <a
 * href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md">the OCI runtime
 * specification</a>.
 *
 * <p>Only what there is to see is named, since each costs a start a mount; asked once. A sandbox
 * has the same user as this process, and no capability outside of its own namespaces: a file that
 * this process may not read, it cannot read.
 */
final class ProcMasks {
  private static final int FACCESSAT = Syscall.number("faccessat");

  // unistd.h of the C library: they are in no header of the kernel's
  private static final int F_OK = 0;
  private static final int R_OK = 4;

  private static final String[] FILES = {
    "kcore",
    "keys",
    "timer_list",
    "timer_stats",
    "latency_stats",
    "sched_debug",
    "kpagecount",
    "kpageflags",
    "kpagecgroup"
  };

  private static final String[] DIRECTORIES = {"acpi", "asound", "scsi"};

  private ProcMasks() {}

  static List<String> files() {
    return Host.FILES_HERE;
  }

  static List<String> directories() {
    return Host.DIRECTORIES_HERE;
  }

  static boolean any() {
    return !Host.FILES_HERE.isEmpty() || !Host.DIRECTORIES_HERE.isEmpty();
  }

  /** Whether something is not there, or not for this user; what nobody says is there. */
  private static boolean isOutOfReach(String name, int access) {
    try (Arena arena = Arena.ofConfined()) {
      long answer =
          Syscall.call(
              FACCESSAT, Uapi.AT_FDCWD(), arena.allocateFrom("/proc/" + name).address(), access);
      return answer == -Errno.ENOENT.number() || answer == -Errno.EACCES.number();
    }
  }

  private static List<String> reachable(String[] names, int access) {
    var found = new ArrayList<String>();
    for (String name : names) {
      if (!isOutOfReach(name, access)) {
        found.add(name);
      }
    }
    return found;
  }

  private static final class Host {
    static final List<String> FILES_HERE = reachable(FILES, R_OK);

    /** Also if they are empty: a driver that is loaded later may fill them. */
    static final List<String> DIRECTORIES_HERE = reachable(DIRECTORIES, F_OK);

    private Host() {}
  }
}
