package io.github.cofferdam.policy;

import java.util.Locale;

/**
 * What a standard stream may be besides a file, a pipe, a terminal, a harmless device such as
 * {@code /dev/null}, or a connected Unix stream: only if the policy says so, since it gives the
 * command something that the policy does not grant otherwise.
 */
public enum StreamKind {
  /** Directories: what is in them can be reached whatever the policy grants or blocks. */
  DIRECTORIES("gives it everything below, around the paths that the policy grants and blocks"),

  /**
   * Sockets other than connected Unix streams: internet sockets, sockets that listen, or can send
   * anywhere. Internet sockets pass where the policy allows the network, Unix sockets where it
   * allows those.
   */
  SOCKETS("gives it a network that the policy does not allow"),

  /** Devices, such as disks, {@code /dev/kvm} or {@code /dev/net/tun}. */
  DEVICES("gives it a device that the policy does not grant"),

  /**
   * All else: descriptors of processes, namespaces, events, BPF programs and the like, files that
   * were opened as a mere path, files of {@code /proc}, {@code /sys}, control groups and other file
   * systems that store nothing that are open for writing, and memory in {@code /proc}.
   */
  OTHERS("gives it something that no policy speaks of");

  private final String gives;

  StreamKind(String gives) {
    this.gives = gives;
  }

  /** {@return the name in policy files, such as {@code directories}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What such a stream does to the confinement. */
  public String gives() {
    return gives;
  }
}
