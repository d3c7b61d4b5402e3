package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IptablesRuleTest {

  private static Network network(String... lines) {
    return IptablesRule.add(Network.DEFAULT, Stream.of(lines).map(IptablesRule::parse).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "-A OUTPUT -d 10.0.0.0/8 -j REJECT, false, 10.0.0.0/8",
    "-A OUTPUT -d 192.0.2.1 -p tcp --dport 443 -j ACCEPT, true, 192.0.2.1:443/tcp",
    "-A OUTPUT -p udp -m udp --dport 53 -j ACCEPT, true, *:53/udp",
    "-A OUTPUT -p tcp -m tcp --dport 8000:8999 -j DROP, false, *:8000-8999/tcp",
    "-A OUTPUT -j DROP -d 192.0.2.1/32, false, 192.0.2.1",
    "'  -A  OUTPUT\t-j ACCEPT ', true, *",
    "-A OUTPUT -p tcp -j ACCEPT, true, */tcp",
  })
  void aLineIsARule(String line, boolean accepts, String expected) {
    IptablesRule rule = IptablesRule.parse(line);
    assertEquals(expected, rule.rule().toString());
    assertEquals(accepts, rule.accepts());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | \"\" has \"\", which is not understood",
        "-A OUTPUT | has no -j",
        "-j DROP | does not begin with -A OUTPUT",
        "-A INPUT -j DROP | is not about OUTPUT alone",
        "-j DROP -A OUTPUT | is not about OUTPUT alone",
        "-A OUTPUT -A OUTPUT -j DROP | is not about OUTPUT alone",
        "-I OUTPUT -j DROP | has \"-I\", which is not understood",
        "-F | has \"-F\", which is not understood",
        "-t nat -A OUTPUT -j DROP | has \"-t\", which is not understood",
        "-A OUTPUT ! -d 192.0.2.1 -j DROP | has \"!\", which is not understood",
        "-A OUTPUT -s 192.0.2.1 -j DROP | has \"-s\", which is not understood",
        "-A OUTPUT -o eth0 -j DROP | has \"-o\", which is not understood",
        "-A OUTPUT --sport 1 -j DROP | has \"--sport\", which is not understood",
        "-A OUTPUT -d | has -d without a value",
        "-A OUTPUT -d example.org -j DROP | has -d \"example.org\", which is no address",
        "-A OUTPUT -d 10.0.0.1/8 -j DROP | 10.0.0.1/8 has bits behind its prefix; write 10.0.0.0/8",
        "-A OUTPUT -d 10.0.0.0/255.0.0.0 -j DROP | is no number from 0 to 32",
        "-A OUTPUT -d 192.0.2.1 -d 192.0.2.2 -j DROP | has -d twice",
        "-A OUTPUT -p icmp -j DROP | has -p \"icmp\", which is not understood",
        "-A OUTPUT -p all -j DROP | has -p \"all\", which is not understood",
        "-A OUTPUT -m owner --uid-owner 0 -j DROP | has -m \"owner\", which is not understood",
        "-A OUTPUT -m tcp -j DROP | has -m tcp without -p tcp",
        "-A OUTPUT -p udp -m tcp -j DROP | has -m tcp without -p tcp",
        "-A OUTPUT --dport 80 -j DROP | has --dport without -p",
        "-A OUTPUT -p tcp --dport http -j DROP | has --dport \"http\", which is neither PORT nor"
            + " FIRST:LAST",
        "-A OUTPUT -p tcp --dport 80-90 -j DROP | has --dport \"80-90\", which is neither",
        "-A OUTPUT -p tcp --dport 1024: -j DROP | has --dport \"1024:\", which is neither",
        "-A OUTPUT -p tcp --dport 0 -j DROP | ports are 1 to 65535, not 0",
        "-A OUTPUT -p tcp --dport 90:80 -j DROP | ports are 1 to 65535, not 90-80",
        "-A OUTPUT -j LOG | has -j \"LOG\", which is not understood",
        "-A OUTPUT -j DROP -j ACCEPT | has -j twice",
        "-A OUTPUT -j REJECT --reject-with tcp-reset | has \"--reject-with\", which is not",
      })
  void whatIsNotUnderstoodIsNamed(String line, String message) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> IptablesRule.parse(line)).getMessage();
    assertTrue(String.valueOf(said).contains(message), said);
  }

  @Test
  void linesAreRulesOfANetwork() {
    Network network =
        network(
            "-A OUTPUT -d 192.0.2.7 -j DROP",
            "-A OUTPUT -d 192.0.2.0/24 -p tcp --dport 443 -j ACCEPT",
            "-A OUTPUT -d 198.51.100.0/24 -j REJECT");

    assertEquals(Network.Access.LISTED, network.access());
    assertEquals("[192.0.2.0/24:443/tcp]", network.allow().toString());
    assertEquals("[192.0.2.7, 198.51.100.0/24]", network.deny().toString());
  }

  @Test
  void withoutOneThatAcceptsTheAccessStays() {
    Network network = network("-A OUTPUT -d 10.0.0.0/8 -j REJECT");
    assertEquals(Network.Access.NONE, network.access());
    assertEquals("[10.0.0.0/8]", network.deny().toString());
    assertEquals("[*]", network("-A OUTPUT -j DROP").deny().toString());
    assertEquals(Network.DEFAULT, network());
  }

  /** How firewalls are written: some pass, the rest does not. */
  @Test
  void theLastLineMayDenyTheRest() {
    Network network =
        network(
            "-A OUTPUT -d 192.0.2.1 -j ACCEPT",
            "-A OUTPUT -p udp --dport 53 -j ACCEPT",
            "-A OUTPUT -j DROP");

    assertEquals("[192.0.2.1, *:53/udp]", network.allow().toString());
    assertEquals(List.of(), network.deny());
  }

  @ParameterizedTest
  @CsvSource({
    "-A OUTPUT -d 192.0.2.1 -j ACCEPT, -A OUTPUT -d 192.0.2.0/24 -j DROP",
    "-A OUTPUT -d 192.0.2.0/24 -j ACCEPT, -A OUTPUT -d 192.0.2.1 -j DROP",
    "-A OUTPUT -p tcp --dport 80:90 -j ACCEPT, -A OUTPUT -p tcp --dport 90:99 -j DROP",
    "-A OUTPUT -p tcp --dport 80 -j ACCEPT, -A OUTPUT -d 192.0.2.1 -j DROP",
    "-A OUTPUT -d 192.0.2.1 -j ACCEPT, -A OUTPUT -p tcp -j DROP",
  })
  void theFirstLineThatMatchesCannotWin(String accepts, String denies) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> network(accepts, denies)).getMessage();
    assertTrue(
        String.valueOf(said)
            .matches(
                "a line that denies .* stands behind one that accepts .*, and what is denied wins"
                    + " here, wherever it stands; leave it out: what no line accepts is refused"
                    + " anyway"),
        said);
    // The other way round, iptables means the same.
    assertEquals(1, network(denies, accepts).deny().size());
  }

  @ParameterizedTest
  @CsvSource({
    "-A OUTPUT -d 192.0.2.1 -j ACCEPT, -A OUTPUT -d 198.51.100.0/24 -j DROP",
    "-A OUTPUT -p tcp --dport 80 -j ACCEPT, -A OUTPUT -p udp --dport 80 -j DROP",
    "-A OUTPUT -p tcp --dport 80 -j ACCEPT, -A OUTPUT -p tcp --dport 81 -j DROP",
  })
  void linesOnOtherDestinationsHaveAnyOrder(String accepts, String denies) {
    assertEquals(network(accepts, denies), network(denies, accepts));
  }

  @Test
  void everythingIsDeniedByTheLastLineOnly() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            network(
                "-A OUTPUT -d 192.0.2.1 -j ACCEPT",
                "-A OUTPUT -j DROP",
                "-A OUTPUT -d 192.0.2.2 -j ACCEPT"));
  }
}
