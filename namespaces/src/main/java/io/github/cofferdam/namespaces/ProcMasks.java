package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sandbox's {@code /proc} does not show: what tells about the whole machine, and nothing
 * about the sandbox. Container engines hide most of it as well; see {@code MaskedPaths} of <a
 * href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md">the OCI runtime
 * specification</a>.
 *
 * <p>Only what there is to see is named, since each costs a start a mount; asked until the kernel
 * answers. A sandbox has the same user as this process, and no capability outside of its own
 * namespaces: a file that this process may not read, it cannot read.
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
    return Here.ofHost().files();
  }

  static List<String> directories() {
    return Here.ofHost().directories();
  }

  static boolean any() {
    return !files().isEmpty() || !directories().isEmpty();
  }

  /**
   * What there is to hide.
   *
   * @param directories also if they are empty: a driver that is loaded later may fill them
   * @param sure whether the kernel has answered each time
   */
  private record Here(List<String> files, List<String> directories, boolean sure) {
    /** Null as long as a filter around those who asked has answered in the kernel's place. */
    private static volatile @Nullable Here known;

    static Here ofHost() {
      Here here = known;
      if (here == null) {
        here = look();
        if (here.sure()) {
          known = here;
        }
      }
      return here;
    }

    private static Here look() {
      var files = new ArrayList<String>();
      var directories = new ArrayList<String>();
      boolean sure = true;
      for (String name : FILES) {
        sure &= add(files, name, R_OK);
      }
      for (String name : DIRECTORIES) {
        sure &= add(directories, name, F_OK);
      }
      return new Here(List.copyOf(files), List.copyOf(directories), sure);
    }

    /** Adds what is there, and what nobody knows of: a mask over nothing fails the launch. */
    private static boolean add(List<String> found, String name, int access) {
      long answer;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment path = arena.allocateFrom("/proc/" + name);
        answer = Syscall.call(FACCESSAT, Uapi.AT_FDCWD(), path.address(), access);
      }
      boolean absent = answer == -Errno.ENOENT.number() || answer == -Errno.EACCES.number();
      if (!absent) {
        found.add(name);
      }
      return answer == 0 || absent;
    }
  }
}
