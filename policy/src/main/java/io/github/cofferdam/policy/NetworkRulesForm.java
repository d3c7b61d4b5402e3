package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Rules on hosts: an array of tables; an empty one says that there are none. */
final class NetworkRulesForm implements Form<List<NetworkRule>> {
  private static final String HOST = "host";
  private static final String PORTS = "ports";
  private static final String PROTOCOL = "protocol";

  private final ElementsForm<PortRange> ports = ElementsForm.ports();

  @Override
  public Optional<List<NetworkRule>> read(TomlSection section, String key, Consumer<String> each) {
    List<NetworkRule> rules = new ArrayList<>();
    int before = section.problems();
    for (TomlSection table : section.sections(key)) {
      Optional<String> host = table.string(HOST, HostPattern::parse);
      if (!table.has(HOST)) {
        table.fail(HOST, "missing; every rule needs one, \"*\" for all");
      }
      Optional<List<PortRange>> some = ports.read(table, PORTS, each);
      Optional<TransportProtocol> protocol =
          table.choice(PROTOCOL, TransportProtocol.values(), TransportProtocol::key);
      if (host.isPresent()) {
        NetworkRule rule =
            NetworkRule.of(HostPattern.parse(host.get())).withPorts(some.orElse(List.of()));
        rules.add(protocol.map(one -> rule.withProtocols(EnumSet.of(one))).orElse(rule));
      }
    }
    boolean sound = section.problems() == before;
    return section.has(key) && sound ? Optional.of(rules) : Optional.empty();
  }

  @Override
  public boolean isTable(List<NetworkRule> value) {
    return !value.isEmpty();
  }

  @Override
  public void write(TomlText out, String key, List<NetworkRule> value) {
    if (value.isEmpty()) {
      out.plain(key, "[]");
    }
    for (NetworkRule rule : value) {
      out.element(key);
      out.text(HOST, rule.host().toString());
      if (!rule.ports().isEmpty()) {
        ports.write(out, PORTS, rule.ports());
      }
      if (rule.protocols().size() == 1) {
        out.text(PROTOCOL, rule.protocols().iterator().next().key());
      }
    }
  }

  @Override
  public Map<String, Object> schema() {
    List<String> protocols =
        Stream.of(TransportProtocol.values()).map(TransportProtocol::key).toList();
    return Schema.of(
        "type",
        "array",
        "items",
        Schema.table(
            Schema.of(
                HOST,
                Schema.of("type", "string", "minLength", 1),
                PORTS,
                ports.schema(),
                PROTOCOL,
                Schema.of("enum", protocols)),
            List.of(HOST)));
  }
}
