package io.github.cofferdam.doctor;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.LandlockSupport;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * How much of a network by rules works: whether a broker can answer, what stands behind it, and who
 * is asked for names.
 */
final class NetworkFacts {
  private static final String NAME_SERVERS = "/etc/resolv.conf";

  private static final String VERSION = "/proc/version";

  /** The date of a kernel that nobody built: gVisor, pkg/sentry/kernel/version.go. */
  private static final String GVISOR = "Sun Jan 10 15:06:54 PST 2016";

  private NetworkFacts() {}

  static HostSection of(HostProbe machine) {
    return new Facts("network")
        .ask("broker", () -> broker(machine))
        .ask("landlock_tcp", () -> behind(machine, Abi.V4, "connections"))
        .ask("landlock_udp", () -> behind(machine, Abi.V10, "datagrams, and Unix sockets beside"))
        .ask("name_servers", () -> nameServers(machine))
        .section();
  }

  private static Finding broker(HostProbe machine) throws IOException {
    Optional<String> obstacle = machine.brokerObstacle();
    if (obstacle.isPresent() && isGvisor(machine)) {
      return new Finding.Works(false, "gVisor has no listeners: " + obstacle.get());
    }
    return obstacle
        .map(why -> new Finding.Works(false, why))
        .orElseGet(() ->
            new Finding.Works(
                true, "hosts, names and ports can be decided on; tried, to this process"));
  }

  private static boolean isGvisor(HostProbe machine) {
    try {
      return machine.read(VERSION).contains(GVISOR);
    } catch (IOException e) {
      return false;
    }
  }

  private static Finding behind(HostProbe machine, Abi needed, String what) {
    Abi landlock = LandlockSupport.probe(machine.kernel()).abi();
    return landlock.compareTo(needed) >= 0
        ? new Finding.Works(true, "Landlock stands behind the broker for " + what)
        : new Finding.Works(
            false, "the broker alone decides; Linux " + needed.linux() + " has it for " + what);
  }

  private static Finding nameServers(HostProbe machine) throws IOException {
    String lines;
    try {
      lines = machine.read(NAME_SERVERS);
    } catch (NoSuchFileException e) {
      lines = "";
    }
    long servers = lines.lines().filter(line -> line.strip().startsWith("nameserver")).count();
    return new Finding.Count(
        servers,
        servers == 0
            ? "names that rules allow are asked of this host itself, unless dns says others"
            : "asked for the names that rules allow, unless dns says others");
  }
}
