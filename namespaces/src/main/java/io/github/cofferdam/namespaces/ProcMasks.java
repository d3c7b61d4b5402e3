package io.github.cofferdam.namespaces;

import java.io.IOException;
import java.nio.file.DirectoryStream;
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
 * <p>Only what there is to see is named, since a mount to hide it costs a start as much as three
 * system calls of another kind; asked once. A sandbox has the same user as this process, and no
 * capability outside of its own namespaces: a file that this process may not read, it cannot read.
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
        Path path = Path.of("/proc", name);
        if (Files.isDirectory(path) && !isEmpty(path)) {
          DIRECTORIES_HERE.add(name);
        }
      }
    }

    private Host() {}

    /** What cannot be listed here may be used by name all the same. */
    private static boolean isEmpty(Path directory) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        return !entries.iterator().hasNext();
      } catch (IOException e) {
        return false;
      }
    }
  }
}
