package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.policy.IpAddress;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host's own files about names. */
class HostFilesTest {
  @TempDir private Path directory;

  private static String of(HostsFile hosts, String name) {
    return hosts
        .addresses(DnsName.of(name))
        .map(all -> String.join(" ", all.stream().map(IpAddress::toString).toList()))
        .orElse("nothing");
  }

  @Test
  void hostsHaveAddressesOfBothVersions() {
    HostsFile hosts =
        HostsFile.of(
            List.of(
                "# 192.0.2.9 no",
                "192.0.2.1\tone  ONE.example.org. # 192.0.2.2 two",
                "2001:db8::1 one",
                "192.0.2.1 one",
                "  192.0.2.3 three",
                "192.0.2.4",
                "fe80::1%eth0 zone",
                "127.1 short",
                "not an address",
                "192.0.2.5 b\u00fccher a..b *.wild four"));
    assertEquals("192.0.2.1 2001:db8::1", of(hosts, "one"));
    assertEquals("192.0.2.1", of(hosts, "one.example.org"));
    assertEquals("192.0.2.3", of(hosts, "three"));
    assertEquals("192.0.2.5", of(hosts, "four"));
    for (String name : List.of("two", "no", "zone", "short", "an", "address")) {
      assertEquals("nothing", of(hosts, name), name);
    }
  }

  @Property
  void noLineIsAnError(@ForAll List<String> lines) {
    HostsFile.of(lines);
    ResolverFile.of(lines);
    ResolverFile.of(lines.stream().map("options timeout:"::concat).toList());
    ResolverFile.of(lines.stream().map("nameserver fe80::1%"::concat).toList());
  }

  @Test
  void aFileThatIsNotThereSaysNothing() throws IOException {
    Path none = directory.resolve("none");
    assertEquals("nothing", of(HostsFile.read(none), "localhost"));
    assertEquals(
        List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53)),
        ResolverFile.read(none).servers());
  }

  @Test
  void aFileIsReadAsFarAsItMayBe() throws IOException {
    Path file = Files.writeString(directory.resolve("hosts"), "192.0.2.1 one\r\n192.0.2.2 two");
    assertEquals("192.0.2.1", of(HostsFile.read(file), "one"));
    assertEquals("192.0.2.2", of(HostsFile.read(file), "two"));
    Files.writeString(file, "#".repeat(64 * 1024 + 1));
    assertThrows(IOException.class, () -> ResolverFile.read(file));
    assertThrows(IOException.class, () -> HostsFile.read(directory));
  }

  private static String servers(UpstreamServers servers) {
    return String.join(
        " ",
        servers.servers().stream()
            .map(server -> server.getAddress().getHostAddress() + ":" + server.getPort())
            .toList());
  }

  @Test
  void resolversAreThreeAtMost() {
    UpstreamServers servers =
        ResolverFile.of(
            List.of(
                "# nameserver 192.0.2.9",
                "; nameserver 192.0.2.9",
                "search example.org",
                "nameserver 192.0.2.1",
                "nameserver",
                "nameserver host.example.org",
                "nameserver 2001:db8::1",
                "options edns0 timeout:3 attempts:4 timeout:x ndots:2",
                "nameserver\t192.0.2.2 # behind",
                "nameserver 192.0.2.3"));
    assertEquals("192.0.2.1:53 2001:db8:0:0:0:0:0:1:53 192.0.2.2:53", servers(servers));
    assertEquals(Duration.ofSeconds(3), servers.timeout());
    assertEquals(4, servers.attempts());
    assertEquals(12, servers.tries());
  }

  @Test
  void optionsAreWithinBounds() {
    UpstreamServers plain = ResolverFile.of(List.of("nameserver 192.0.2.1"));
    assertEquals(Duration.ofSeconds(2), plain.timeout());
    assertEquals(2, plain.attempts());
    UpstreamServers much =
        ResolverFile.of(List.of("options timeout:99999999999999999999 attempts:4000"));
    assertEquals(Duration.ofSeconds(30), much.timeout());
    assertEquals(5, much.attempts());
    UpstreamServers none = ResolverFile.of(List.of("options timeout:0 attempts:0"));
    assertEquals(Duration.ofMillis(1), none.timeout());
    assertEquals(1, none.attempts());
  }

  @Test
  void zonesAreInterfaces() throws IOException {
    NetworkInterface loopback = NetworkInterface.getByName("lo");
    UpstreamServers servers =
        ResolverFile.of(
            List.of(
                "nameserver fe80::1%lo",
                "nameserver fe80::2%7",
                "nameserver 192.0.2.1%lo",
                "nameserver fe80::3%no-such-interface"));
    List<Integer> scopes =
        servers.servers().stream()
            .map(server -> ((Inet6Address) server.getAddress()).getScopeId())
            .toList();
    assertEquals(
        Optional.ofNullable(loopback).map(lo -> List.of(lo.getIndex(), 7)).orElse(List.of(7)),
        scopes);
  }
}
