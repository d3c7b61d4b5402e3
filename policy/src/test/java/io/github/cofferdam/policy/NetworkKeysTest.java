package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.cofferdam.policy.Network.Access;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What files say of hosts, names and ports. */
class NetworkKeysTest {

  private static Network read(String keys) throws PolicyException {
    Policy policy = Policy.parse("[network]\n" + keys, "p.toml");
    assertEquals(policy, Policy.parse(policy.toToml(), "written"), policy::toToml);
    return policy.network();
  }

  private static String error(String keys) {
    return String.valueOf(
        assertThrows(PolicyException.class, () -> Policy.parse("[network]\n" + keys, "p.toml"))
            .getMessage());
  }

  @Test
  void everyKeyArrives() throws PolicyException {
    Network network =
        read(
            """
            allow_network = true
            allow_loopback = true
            listen = [8080, "8000-8009", "127.0.0.1:81", "[::1]:82", "*:83"]
            private = true
            metadata = "open"
            dns = ["192.0.2.1", "192.0.2.2:5353", "[2001:db8::1]:53"]
            refusal = "ECONNREFUSED"

            [[network.allow]]
            host = "Example.org"
            ports = [443, "8000-8999"]
            protocol = "tcp"

            [[network.allow]]
            host = "*.example.net"
            ports = 53
            protocol = "udp"

            [[network.allow]]
            host = "[2001:db8::/32]"
            ports = "80-81"

            [[network.deny]]
            host = "*"
            ports = [25]
            """);

    assertEquals(Access.LISTED, network.access());
    assertTrue(network.loopback());
    assertEquals(
        "[example.org:443,8000-8999/tcp, *.example.net:53/udp, [2001:db8::/32]:80-81]",
        network.allow().toString());
    assertEquals("[*:25]", network.deny().toString());
    assertEquals("[8080, 8000-8009, 127.0.0.1:81, [::1]:82, *:83]", network.listen().toString());
    assertEquals("[192.0.2.1, 192.0.2.2:5353, 2001:db8::1]", network.dns().toString());
    assertTrue(network.privateAddresses());
    assertTrue(network.metadataOpen());
    assertEquals(NetworkRefusal.CONNECTION_REFUSED, network.refusal());
  }

  @Test
  void oneValueNeedsNoList() throws PolicyException {
    Network network =
        read(
            "listen = 8080\ndns = \"192.0.2.1\"\nallowed_hosts = \"a.example\"\nallowed_ports = 1");
    assertEquals("[8080]", network.listen().toString());
    assertEquals("[192.0.2.1]", network.dns().toString());
    assertEquals("[a.example:1]", network.allow().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "'', NONE, false",
    "allow = [], LISTED, false",
    "'allow_network = true\nallow = []', LISTED, false",
    "'allow = []\nallow_network = true', LISTED, false",
    "'allow_network = false\nallow = []', NONE, false",
    "'allow_network = false\nallow_loopback = true\nallow = []', LOOPBACK, false",
    "'allow_loopback = true\nallow = []', LISTED, true",
    "'allow_loopback = false\nallow_network = true\nallow = []', LISTED, false",
    "'allow_loopback = true\nallow_network = true\nallow = []', LISTED, true",
    "allowed_hosts = [], LISTED, false",
    "'allow_network = true\nallow_loopback = true', FULL, false",
    "'allow_network = true\nblocked_hosts = [\"a.example\"]', FULL, false",
    "blocked_hosts = [\"a.example\"], NONE, false",
    "'allow_network = false\nlisten = 1\ndns = \"192.0.2.1\"\nrefusal = \"EACCES\"', NONE, false",
    "'allow_network = true\ncustom_iptables_rules = [\"-A OUTPUT -j ACCEPT\"]', LISTED, false",
    "'allow_network = true\ncustom_iptables_rules = [\"-A OUTPUT -j DROP\"]', FULL, false",
  })
  void accessComesFromThreeKeys(String keys, Access access, boolean loopback)
      throws PolicyException {
    Network network = read(keys);
    assertEquals(access, network.access());
    assertEquals(loopback, network.loopback());
  }

  @Test
  void anEmptyListIsWrittenBeforeTheTables() throws PolicyException {
    Policy policy =
        Policy.parse(
            """
            [network]
            allow = []
            [[network.deny]]
            host = "*"
            [[network.command_rules]]
            pattern = "x"
            """,
            "p.toml");

    assertEquals(
        """
        [network]
        allow_network = true
        allow_loopback = false
        allow_unix_sockets = false
        allow = []
        log_network = true

        [[network.deny]]
        host = "*"

        [[network.command_rules]]
        pattern = "x"
        destructive = false
        """,
        network(policy.toToml()));
  }

  private static String network(String toml) {
    int start = toml.indexOf("[network]");
    return toml.substring(start, toml.indexOf("\n[audit]"));
  }

  @Test
  void otherSpellingsAreWrittenAsRules() throws PolicyException {
    Policy policy =
        Policy.parse(
            """
            [network]
            allow_loopback = true
            allowed_hosts = ["api.example.org", "example.org:22"]
            allowed_ports = [80, 443]
            blocked_hosts = ["169.254.169.254"]
            dns_servers = ["192.0.2.53"]
            custom_iptables_rules = [
              "-A OUTPUT -d 10.0.0.0/8 -j REJECT",
              "-A OUTPUT -d 192.0.2.1 -p tcp --dport 5432 -j ACCEPT",
            ]

            [[network.allow]]
            host = "first.example.org"
            """,
            "p.toml");

    assertEquals(
        """
        [network]
        allow_network = true
        allow_loopback = true
        allow_unix_sockets = false
        dns = ["192.0.2.53"]
        log_network = true

        [[network.allow]]
        host = "first.example.org"
        ports = [80, 443]

        [[network.allow]]
        host = "api.example.org"
        ports = [80, 443]

        [[network.allow]]
        host = "example.org"
        ports = [22]

        [[network.allow]]
        host = "192.0.2.1"
        ports = [5432]
        protocol = "tcp"

        [[network.deny]]
        host = "169.254.169.254"

        [[network.deny]]
        host = "10.0.0.0/8"
        """,
        network(policy.toToml()));
    assertEquals(policy, Policy.parse(policy.toToml(), "written"));
  }

  @Test
  void portsAloneAreOfAnyHost() throws PolicyException {
    assertEquals(List.of(NetworkRule.parse("*:443")), read("allowed_ports = [443]").allow());
    assertEquals(
        "[*:80,443]", read("allow_network = true\nallowed_ports = [80, 443]").allow().toString());
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments(
            "allow_network = false\nallowed_hosts = [\"a.example:1\"]",
            "2:1: network.allow_network: false contradicts the rules that allow hosts, the first of"
                + " which is a.example:1; leave one of them out"),
        arguments(
            "unix_sockets = [\"/run/a\"]\nallow_unix_sockets = true",
            "2:1: network.unix_sockets: allow_unix_sockets = true allows all Unix sockets, and"
                + " unix_sockets only some of them; leave one of them out"),
        arguments(
            "unix_sockets = [\"/run/*\"]",
            "2:17: network.unix_sockets[0]: the path \"/run/*\" is a pattern, and patterns are"
                + " understood in filesystem.blocked only: what is granted is named (write \\* and"
                + " \\? for these characters in a name; one ? at the end of a granted path says"
                + " that it need not be there)"),
        arguments(
            "allowed_ports = [1]\nallow_network = false",
            "3:1: network.allow_network: false contradicts the rules that allow hosts, the first of"
                + " which is *:1; leave one of them out"),
        arguments(
            "allow = []\nallowed_ports = [443]",
            "3:1: network.allowed_ports: the list of hosts that are allowed is empty, which allows"
                + " nothing; if any host is meant, write \"*\" in it"),
        arguments(
            "allowed_hosts = [\"a.example:1\"]\nallowed_ports = [443]",
            "3:1: network.allowed_ports: every host that is allowed has ports of its own, so that"
                + " these would mean nothing"),
        arguments(
            "allowed_ports = []",
            "2:1: network.allowed_ports: an empty list would mean none at all; leave it out for"
                + " all"),
        arguments(
            "allowed_ports = [443, \"x\"]",
            "2:23: network.allowed_ports[1]: \"x\" is neither a port nor two with a hyphen between"
                + " them"),
        arguments(
            "allowed_ports = [true]",
            "2:18: network.allowed_ports[0]: expected a port, such as 443 or \"8000-8999\", found"
                + " the boolean true"),
        arguments("allowed_ports = 0", "2:1: network.allowed_ports: ports are 1 to 65535, not 0"),
        arguments(
            "allowed_ports = -1",
            "2:1: network.allowed_ports: \"-1\" is neither a port nor two with a hyphen between"
                + " them"),
        arguments(
            "allowed_ports = true",
            "2:1: network.allowed_ports: expected a list of these: a port, such as 443 or"
                + " \"8000-8999\", found the boolean true"),
        arguments(
            "allowed_hosts = [\"a.example\", \"127.1\"]",
            "2:31: network.allowed_hosts[1]: \"127.1\" is neither a name nor an address; write IPv4"
                + " addresses as four decimal numbers"),
        arguments(
            "allowed_hosts = [1]",
            "2:18: network.allowed_hosts[0]: expected a host, such as \"example.org\" or"
                + " \"example.org:443\", found the integer 1"),
        arguments(
            "blocked_hosts = 1",
            "2:1: network.blocked_hosts: expected a host, such as \"example.org\" or"
                + " \"example.org:443\", found the integer 1"),
        arguments(
            "allow = 1",
            "2:1: network.allow: expected an array of tables, [[network.allow]], found the integer"
                + " 1"),
        arguments(
            "allow = [\"a.example\"]",
            "2:10: network.allow[0]: expected a table, found the string \"a.example\""),
        arguments(
            "[[network.allow]]\nports = 1",
            "2:1: network.allow[0].host: missing; every rule needs one, \"*\" for all"),
        arguments(
            "[[network.deny]]\nhost = \"a.example:1\"",
            "3:1: network.deny[0].host: \"a.example:1\" is not a host: ports stand in ports"),
        arguments(
            "[[network.allow]]\nhost = \"https://a.example/\"",
            "3:1: network.allow[0].host: \"https://a.example/\" is not a host: of a URL, write the"
                + " host alone, and its port if it has one"),
        arguments(
            "[[network.allow]]\nhost = \"*\"\nports = []",
            "4:1: network.allow[0].ports: an empty list would mean none at all; leave it out for"
                + " all"),
        arguments(
            "[[network.allow]]\nhost = \"*\"\nports = [1, 70000]",
            "4:13: network.allow[0].ports[1]: ports are 1 to 65535, not 70000"),
        arguments(
            "[[network.allow]]\nhost = \"*\"\nprotocol = \"tpc\"",
            "4:1: network.allow[0].protocol: unknown value \"tpc\"; did you mean \"tcp\"?"),
        arguments(
            "[[network.allow]]\nhost = \"*\"\nport = 1",
            "4:1: unknown key network.allow[0].port; did you mean network.allow[0].ports?"),
        arguments(
            "listen = [\"localhost:1\"]",
            "2:11: network.listen[0]: \"localhost:1\" says not where to listen: a port, which is"
                + " one of loopback, or an address or * before it, such as \"127.0.0.1:8080\","
                + " \"[::1]:8080\" or \"*:8000-8099\""),
        arguments("listen = [0]", "2:11: network.listen[0]: ports are 1 to 65535, not 0"),
        arguments(
            "listen = [\"0.0.0.0:1\"]",
            "2:11: network.listen[0]: 0.0.0.0 means every address; write * and the port for that"),
        arguments(
            "private = 1", "2:1: network.private: expected true or false, found the integer 1"),
        arguments(
            "metadata = \"opne\"",
            "2:1: network.metadata: unknown value \"opne\"; did you mean \"open\"?"),
        arguments(
            "metadata = true", "2:1: network.metadata: expected a string, found the boolean true"),
        arguments(
            "refusal = \"EPERM\"",
            "2:1: network.refusal: unknown value \"EPERM\"; valid: \"EACCES\", \"ECONNREFUSED\""),
        arguments(
            "dns = [\"ns.example\"]",
            "2:8: network.dns[0]: \"ns.example\" is not a name server: an address, such as"
                + " \"192.0.2.1\", \"192.0.2.1:5353\" or \"[2001:db8::1]:53\""),
        arguments(
            "dns = [53]",
            "2:8: network.dns[0]: expected an address, such as \"192.0.2.1\" or \"192.0.2.1:5353\","
                + " found the integer 53"),
        arguments(
            "dns = [\"192.0.2.1\"]\ndns_servers = [\"192.0.2.1\"]",
            "3:1: network.dns_servers: another spelling of network.dns; use one of them"),
        arguments(
            "custom_iptables_rules = [\"-A INPUT -j DROP\"]",
            "2:26: network.custom_iptables_rules[0]: \"-A INPUT -j DROP\" is not about OUTPUT"
                + " alone; a line has -A OUTPUT, then any of -d ADDRESS, -p tcp or udp, --dport"
                + " PORT, then -j ACCEPT, DROP or REJECT"),
        arguments(
            "custom_iptables_rules = [\"-A OUTPUT -d 192.0.2.1 -j ACCEPT\", \"-A OUTPUT -d"
                + " 192.0.2.0/24 -j DROP\"]",
            "2:1: network.custom_iptables_rules: a line that denies 192.0.2.0/24 stands behind one"
                + " that accepts 192.0.2.1, and what is denied wins here, wherever it stands; leave"
                + " it out: what no line accepts is refused anyway"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void everyMistakeHasItsPlaceAndItsWords(String keys, String message) {
    assertEquals("p.toml:" + message, error(keys));
  }

  /** What is wrong with a host is not followed by what the rest then would mean. */
  @Test
  void oneMistakeIsSaidOnce() {
    assertEquals(
        "p.toml:2:18: network.allowed_hosts[0]: \"a b\" is not a host: a name, *.name, an address"
            + " or CIDR such as 10.0.0.0/8",
        error("allowed_hosts = [\"a b\"]\nallowed_ports = [443]"));
    assertEquals(
        "p.toml:4:1: network.allow[0].host: \"a b\" is not a host: a name, *.name, an address or"
            + " CIDR such as 10.0.0.0/8",
        error("allowed_ports = [443]\n[[network.allow]]\nhost = \"a b\""));
    assertEquals(
        "p.toml:3:1: network.allow[0].host: expected a string, found the integer 1",
        error("[[network.allow]]\nhost = 1"));
  }

  @Test
  void presetsSayNothingOfTheNetwork() {
    for (Preset preset : Preset.values()) {
      assertEquals(Network.DEFAULT, preset.policy().network(), preset.key());
      assertEquals(Network.DEFAULT, preset.basicPolicy().network(), preset.key());
    }
  }
}
