package io.github.cofferdam.namespaces;

import java.nio.file.Path;

/** Paths of the host that are not there for people's files. */
final class SystemPaths {
  static final Path TEMPORARY = Path.of("/tmp");
  static final Path DEVICES = Path.of("/dev");
  static final Path PROCESSES = Path.of("/proc");
  static final Path KERNEL = Path.of("/sys");
  static final Path SHARED_MEMORY = Path.of("/dev/shm");
  static final Path TERMINALS = Path.of("/dev/pts");
  static final Path TERMINAL = Path.of("/dev/tty");

  private SystemPaths() {}

  /** Whether something of the sandbox's own stands in the place of a path of the host. */
  static boolean replaced(Path path) {
    return path.startsWith(TEMPORARY) || path.startsWith(DEVICES) || path.startsWith(PROCESSES);
  }
}
