package io.github.cofferdam.broker;

import io.github.cofferdam.policy.HostPattern;
import io.github.cofferdam.policy.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Some names, and the addresses that are not private; remembers what was refused. */
final class AllowedNames implements Names {
  private final List<HostPattern> patterns;
  private final List<String> refused = new CopyOnWriteArrayList<>();

  AllowedNames(String... patterns) {
    this.patterns = Stream.of(patterns).map(HostPattern::parse).toList();
  }

  @Override
  public boolean mayAsk(String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matches(name));
  }

  @Override
  public boolean mayHave(String name, IpAddress address) {
    // What tests have for public addresses is for documents.
    IpAddress.Kind kind = address.kind();
    return kind == IpAddress.Kind.PUBLIC || kind == IpAddress.Kind.RESERVED;
  }

  @Override
  public void refused(String name, Optional<IpAddress> address) {
    refused.add((name + " " + address.map(IpAddress::toString).orElse("")).strip());
  }

  List<String> refused() {
    return List.copyOf(refused);
  }
}
