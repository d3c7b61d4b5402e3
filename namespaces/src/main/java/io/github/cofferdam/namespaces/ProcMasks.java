package io.github.cofferdam.namespaces;

import java.nio.file.Files;
import java.nio.file.Path;
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

  private static final class Host {
    static final List<String> FILES_HERE = new ArrayList<>();
    static final List<String> DIRECTORIES_HERE = new ArrayList<>();

    static {
      for (String name : FILES) {
        if (Files.isReadable(Path.of("/proc", name))) {
          FILES_HERE.add(name);
        }
      }
      for (String name : DIRECTORIES) {
        // Also if it is empty: a driver that is loaded later may fill it.
        if (Files.exists(Path.of("/proc", name))) {
          DIRECTORIES_HERE.add(name);
        }
      }
    }

    private Host() {}
  }
}
