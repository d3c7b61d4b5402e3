package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Arch;
import java.io.IOException;

/** Which kernel this is, and who asks it. */
final class KernelFacts {
  private KernelFacts() {}

  static HostSection of(HostProbe machine) {
    return new Facts("kernel")
        .ask(
            "release",
            () -> new Finding.Name(machine.read("/proc/sys/kernel/osrelease").strip(), ""))
        .ask("architecture", () -> new Finding.Name(Arch.host().toString(), ""))
        .ask("user_id", () -> new Finding.Count(userId(machine), ""))
        .ask("capabilities", () -> capabilities(machine))
        .ask("container", () -> container(machine))
        .section();
  }

  /** The second number of the Uid line is the effective user id. */
  private static long userId(HostProbe machine) throws IOException {
    return Long.parseLong(status(machine, "Uid:").split("\\s+", -1)[1]);
  }

  private static Finding capabilities(HostProbe machine) throws IOException {
    String effective = status(machine, "CapEff:");
    int count = Long.bitCount(Long.parseUnsignedLong(effective, 16));
    return new Finding.Name(
        effective, count == 0 ? "no effective capability" : count + " effective capabilities");
  }

  /** Files that Docker and Podman put into their containers. */
  private static Finding container(HostProbe machine) {
    for (String sign : new String[] {"/.dockerenv", "/run/.containerenv"}) {
      if (machine.exists(sign)) {
        return new Finding.Name(sign, "this is a container, going by this file");
      }
    }
    return new Finding.Absent("no sign of a container");
  }

  /** A line of this thread's status, without its name. */
  static String status(HostProbe machine, String name) throws IOException {
    String file = "/proc/thread-self/status";
    for (String line : machine.read(file).split("\n", -1)) {
      if (line.startsWith(name)) {
        return line.substring(name.length()).strip();
      }
    }
    throw new IOException(file + " has no line " + name);
  }
}
