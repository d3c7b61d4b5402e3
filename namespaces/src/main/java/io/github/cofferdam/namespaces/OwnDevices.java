package io.github.cofferdam.namespaces;

/** What the {@code /dev} has that a sandbox has of its own, pseudo-terminals aside. */
final class OwnDevices {
  /** Those of the host that are there. */
  static final String[] NAMES = {"null", "zero", "full", "random", "urandom"};

  /** Name and target of the links. */
  static final String[] LINKS = {
    "fd", "/proc/self/fd",
    "stdin", "/proc/self/fd/0",
    "stdout", "/proc/self/fd/1",
    "stderr", "/proc/self/fd/2",
    "ptmx", "pts/ptmx"
  };

  private OwnDevices() {}
}
