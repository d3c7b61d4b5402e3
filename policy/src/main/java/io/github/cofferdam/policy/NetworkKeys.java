package io.github.cofferdam.policy;

import static io.github.cofferdam.policy.ReachKeys.plus;
import static io.github.cofferdam.policy.ReachKeys.unlessEmpty;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The keys of what a command may reach through sockets. */
final class NetworkKeys {
  private NetworkKeys() {}

  static PolicyTable<Network> network() {
    var table =
        new PolicyTable<Network>(
            "network",
            "What sockets may reach.",
            policy -> policy.network,
            Policy.Builder::network);
    access(table);
    rules(table);
    names(table);
    table.key(
        "log_network",
        "Network events in the audit log.",
        Form.flag(),
        Network::logNetwork,
        Network::withLogNetwork);
    table.optional(
        "command_rules",
        "Rules on the command line, which guard against accidents.",
        new RulesForm(),
        network -> unlessEmpty(network.commandRules()),
        Network::withCommandRules);
    otherSpellings(table);
    return table;
  }

  private static void access(PolicyTable<Network> table) {
    var access =
        new ChoiceForm<>(Network.Access.values(), value -> value.name().toLowerCase(Locale.ROOT));
    table
        .key(
            "allow_network",
            "Internet sockets (TCP and UDP): to every host, or to those that rules allow.",
            Form.flag(),
            network ->
                switch (network.access()) {
                  case NONE, LOOPBACK -> false;
                  case LISTED, FULL -> true;
                },
            Network::withInternet)
        .last()
        .option(
            "--net",
            "ACCESS",
            "none, loopback, listed or full.",
            (network, word) -> network.withAccess(access.parse("--net", word)));
    table
        .key(
            "allow_loopback",
            "A loopback of its own in a network namespace, where the host's services are not;"
                + " beside rules that allow hosts, the host's.",
            Form.flag(),
            network ->
                switch (network.access()) {
                  case NONE -> false;
                  case LISTED -> network.loopback();
                  case LOOPBACK, FULL -> true;
                },
            Network::withLoopback)
        .last();
    table
        .key(
            "allow_unix_sockets",
            "Unix sockets; a command that can reach a service can do what the service can.",
            Form.flag(),
            Network::allowUnixSockets,
            Network::withUnixSockets)
        .flag(
            "--unix-sockets",
            "Allow Unix sockets; what reaches a service can do what the service can.",
            network -> network.withUnixSockets(true));
    table
        .optional(
            "unix_sockets",
            "The only Unix sockets that may be connected to, by their paths.",
            Form.texts(PolicyPath::checkGrant, ".+"),
            network -> unlessEmpty(network.unixSockets()),
            Network::withUnixSockets)
        .options(
            "--unix-socket",
            "PATH",
            "A Unix socket that may be connected to; no others may.",
            (network, paths) -> network.withUnixSockets(plus(network.unixSockets(), paths)));
  }

  private static void rules(PolicyTable<Network> table) {
    table
        .optional(
            "allow",
            "The only hosts that may be reached; an empty list allows nothing.",
            new NetworkRulesForm(),
            network ->
                network.access() == Network.Access.LISTED
                    ? Optional.of(network.allow())
                    : Optional.empty(),
            Network::withAllow)
        .options(
            "--allow-host",
            "HOST[:PORT]",
            "May be reached: a name, *.name, an address or CIDR. Then only what is named can be.",
            (network, hosts) -> network.withAllow(plus(network.allow(), parsed(hosts))));
    table
        .optional(
            "deny",
            "Hosts that may not be reached, whatever else allows them.",
            new NetworkRulesForm(),
            network -> unlessEmpty(network.deny()),
            Network::withDeny)
        .options(
            "--deny-host",
            "HOST[:PORT]",
            "May not be reached, whatever else allows it: a name, *.name, an address or CIDR.",
            (network, hosts) -> network.withDeny(plus(network.deny(), parsed(hosts))));
    table
        .optional(
            "listen",
            "Where the command may listen: ports of loopback, or ADDRESS:PORT, or *:PORT.",
            ElementsForm.places(),
            network -> unlessEmpty(network.listen()),
            Network::withListen)
        .options(
            "--listen",
            "[ADDRESS:]PORT",
            "May be listened on: of loopback, of an address, or *:PORT for all.",
            (network, places) ->
                network.withListen(
                    plus(network.listen(), places.stream().map(ListenAddress::parse).toList())));
    table.optional(
        "private",
        "Names and * also lead to private, loopback and link-local addresses, which else have to be"
            + " named themselves.",
        Form.flag(),
        network -> Optional.of(true).filter(_ -> network.privateAddresses()),
        Network::withPrivateAddresses);
    table.optional(
        "metadata",
        "The metadata services of clouds: closed unless a rule names the very address, or open.",
        new ChoiceForm<>(new Boolean[] {false, true}, open -> open ? "open" : "closed"),
        network -> Optional.of(true).filter(_ -> network.metadataOpen()),
        Network::withMetadataOpen);
  }

  private static void names(PolicyTable<Network> table) {
    table
        .optional(
            "dns",
            "The servers that names are asked of, instead of the host's.",
            ElementsForm.servers(),
            network -> unlessEmpty(network.dns()),
            Network::withDns)
        .alias("dns_servers");
    table.optional(
        "refusal",
        "How a command learns that a destination is not allowed.",
        new ChoiceForm<>(NetworkRefusal.values(), NetworkRefusal::key),
        network ->
            Optional.of(network.refusal())
                .filter(refusal -> refusal != NetworkRefusal.PERMISSION_DENIED),
        Network::withRefusal);
  }

  /** What is read so, and written as rules. */
  private static void otherSpellings(PolicyTable<Network> table) {
    table.optional(
        "allowed_hosts",
        "More hosts in allow, each with a port or without.",
        ElementsForm.hosts(),
        network -> Optional.empty(),
        (network, hosts) -> network.withAllow(plus(network.allow(), hosts)));
    table.optional(
        "blocked_hosts",
        "More hosts in deny, each with a port or without.",
        ElementsForm.hosts(),
        network -> Optional.empty(),
        (network, hosts) -> network.withDeny(plus(network.deny(), hosts)));
    table.optional(
        "custom_iptables_rules",
        "More rules in allow (ACCEPT) and deny (DROP, REJECT): -A OUTPUT with -d, -p, --dport and"
            + " -j.",
        ElementsForm.lines(),
        network -> Optional.empty(),
        IptablesRule::add);
    table
        .optional(
            "allowed_ports",
            "The ports of all hosts in allow that name none; of any host where none is named.",
            ElementsForm.ports(),
            network -> Optional.empty(),
            Network::withAllowedPorts)
        .options(
            "--allow-port",
            "PORT",
            "May be reached, of all hosts that are allowed without a port; else of any host.",
            (network, ports) ->
                network.withAllowedPorts(ports.stream().map(PortRange::parse).toList()));
  }

  private static List<NetworkRule> parsed(List<String> hosts) {
    return hosts.stream().map(NetworkRule::parse).toList();
  }
}
