package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Syscall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a sandbox's {@code /proc} does not show: what tells about the whole machine, and nothing
 * about the sandbox. Container engines hide most of it as well; see {@code MaskedPaths} of <a
 * href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md">the OCI runtime
 * specification</a>. Only what this kernel has is named; asked once.
 */
final class ProcMasks {
  private static final String[] FILES = {
    "kcore", "keys", "timer_list", "timer_stats", "latency_stats", "sched_debug"
  };

  /**
   * Their owner is user id 0 of the host and nobody else may read them, so they matter only where
   * that is who the sandbox is.
   */
  private static final String[] FILES_OF_ROOT = {"kpagecount", "kpageflags", "kpagecgroup"};

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

  private static final class Host {
    static final List<String> FILES_HERE = new ArrayList<>();
    static final List<String> DIRECTORIES_HERE = new ArrayList<>();

    static {
      addPresent(FILES, FILES_HERE);
      if (Syscall.call(Syscall.number("geteuid")) == 0) {
        addPresent(FILES_OF_ROOT, FILES_HERE);
      }
      addPresent(DIRECTORIES, DIRECTORIES_HERE);
    }

    private Host() {}

    private static void addPresent(String[] names, List<String> present) {
      for (String name : names) {
        if (Files.exists(Path.of("/proc", name))) {
          present.add(name);
        }
      }
    }
  }
}
