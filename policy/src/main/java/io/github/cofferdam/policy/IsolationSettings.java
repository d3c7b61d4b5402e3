package io.github.cofferdam.policy;

import io.github.cofferdam.namespaces.Capability;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The kernel machinery, and how its namespaces are furnished: the tables {@code [isolation]} and
 * {@code [processes]}.
 *
 * @param type which machinery
 * @param hostname the host name inside, if it was set
 * @param capabilities those that are kept over the command's own namespaces
 * @param debug whether the command's processes may trace those that they start: the table {@code
 *     [processes]}
 */
record IsolationSettings(
    Isolation type, Optional<String> hostname, Set<Capability> capabilities, boolean debug) {
  static final IsolationSettings DEFAULT =
      new IsolationSettings(Isolation.AUTO, Optional.empty(), Set.of(), false);

  /** Copies, and checks the host name. */
  IsolationSettings {
    Objects.requireNonNull(type);
    hostname.ifPresent(HostName::check);
    EnumSet<Capability> copy = EnumSet.noneOf(Capability.class);
    copy.addAll(capabilities);
    capabilities = Collections.unmodifiableSet(copy);
  }

  IsolationSettings withType(Isolation value) {
    return new IsolationSettings(value, hostname, capabilities, debug);
  }

  IsolationSettings withHostname(String value) {
    return new IsolationSettings(type, Optional.of(value), capabilities, debug);
  }

  /** These besides those that are kept already. */
  IsolationSettings keeping(Collection<Capability> more) {
    EnumSet<Capability> all = EnumSet.noneOf(Capability.class);
    all.addAll(capabilities);
    all.addAll(more);
    return new IsolationSettings(type, hostname, all, debug);
  }

  IsolationSettings withDebug(boolean value) {
    return new IsolationSettings(type, hostname, capabilities, value);
  }
}
