package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import io.github.cofferdam.policy.PolicyKeys;
import io.github.cofferdam.policy.PolicyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options that make or change a policy, which stand at the keys that they change. An option
 * replaces what the file says, except that lists grow.
 */
final class PolicyOptions {
  private static final String FILE = "--policy";

  private final ParseResult parsed;

  PolicyOptions(ParseResult parsed) {
    this.parsed = parsed;
  }

  static void addTo(CommandSpec spec) {
    spec.addOption(Subcommand.value(FILE, "FILE", "Read a policy (TOML)."));
    for (PolicyOption option : PolicyKeys.options()) {
      if (option.isFlag()) {
        spec.addOption(Subcommand.flag(option.name(), option.help()));
      } else {
        spec.addOption(
            option.isRepeatable()
                ? Subcommand.values(option.name(), option.label(), option.help())
                : Subcommand.value(option.name(), option.label(), option.help()));
      }
    }
  }

  Policy policy() throws PolicyException {
    String file = value(FILE);
    Policy base = file == null ? Policy.builder().build() : Policy.load(OsText.path(file));
    Policy.Builder builder = base.toBuilder();
    refuseContradiction();
    for (PolicyOption option : PolicyKeys.options()) {
      List<String> values = values(option);
      if (!values.isEmpty()) {
        set(option, builder, values);
      }
    }
    return listening(builder.build());
  }

  /** Who names ports to listen on, and no hosts, means these and no host: not no sockets at all. */
  private Policy listening(Policy policy) {
    Network network = policy.network();
    return parsed.hasMatchedOption("--listen") && network.access() == Network.Access.NONE
        ? policy.toBuilder().network(network.withAllow(List.of())).build()
        : policy;
  }

  /** One by one, they would say that hosts are allowed: the keys do not know of each other. */
  private void refuseContradiction() {
    if (!"none".equals(value("--net"))) {
      return;
    }
    for (String option : List.of("--allow-host", "--allow-port", "--listen")) {
      if (parsed.hasMatchedOption(option)) {
        throw new IllegalArgumentException(
            "--net none contradicts " + option + "; leave one of them out");
      }
    }
  }

  /** Whatever a value is, its error names the option. */
  private static void set(PolicyOption option, Policy.Builder builder, List<String> values) {
    try {
      option.set(builder, values);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw message.contains(option.name())
          ? e
          : new IllegalArgumentException(option.name() + ": " + message, e);
    }
  }

  private List<String> values(PolicyOption option) {
    if (option.isFlag()) {
      return parsed.hasMatchedOption(option.name()) ? List.of("") : List.of();
    }
    if (option.isRepeatable()) {
      return parsed.matchedOptionValue(option.name(), List.of());
    }
    String value = value(option.name());
    return value == null ? List.of() : List.of(value);
  }

  private @Nullable String value(String option) {
    return parsed.matchedOptionValue(option, null);
  }
}
