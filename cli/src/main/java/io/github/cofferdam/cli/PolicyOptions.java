package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.policy.Durations;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.LimitText;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import io.github.cofferdam.policy.StreamKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options that make or change a policy. An option replaces what the file says, except that
 * lists grow.
 */
final class PolicyOptions {
  private final ParseResult parsed;

  PolicyOptions(ParseResult parsed) {
    this.parsed = parsed;
  }

  static void addTo(CommandSpec spec) {
    spec.addOption(Subcommand.value("--policy", "FILE", "Read a policy (TOML)."))
        .addOption(Subcommand.value("--mode", "MODE", "readonly, workspace-write or full-access."))
        .addOption(
            Subcommand.value(
                "--workspace",
                "DIR",
                "Where workspace-write may write; default: the working directory."))
        .addOption(
            Subcommand.values(
                "--ro", "PATH", "May be read. With --ro or --rx, only what is named can be read."))
        .addOption(Subcommand.values("--rx", "PATH", "May be read and executed."))
        .addOption(Subcommand.values("--rw", "PATH", "May be read and written."))
        .addOption(
            Subcommand.values(
                "--block", "PATTERN", "May not be used at all; *, ? and ** in it are understood."))
        .addOption(
            Subcommand.values(
                "--bind",
                "HOST:INSIDE[:rw]",
                "Is seen at another path, to be read and executed, or read and written; with"
                    + " --isolation namespace."))
        .addOption(Subcommand.value("--net", "ACCESS", "none, loopback or full."))
        .addOption(Subcommand.value("--isolation", "LEVEL", "basic or namespace."))
        .addOption(
            Subcommand.values(
                "--keep-capability",
                "NAME",
                "Keeps a capability in the command's own namespaces, such as net_raw; with"
                    + " --isolation namespace."))
        .addOption(
            Subcommand.value(
                "--hostname", "NAME", "The host name inside; with --isolation namespace."))
        .addOption(
            Subcommand.values(
                "--env", "NAME[=VALUE]", "Set a variable, or let one pass that would be kept out."))
        .addOption(
            Subcommand.values(
                "--allow-stream",
                "KIND",
                "Lets standard streams be directories, sockets, devices or others."))
        .addOption(Subcommand.value("--timeout", "TIME", "End the run then: 500ms, 30s, 5m."))
        .addOption(
            Subcommand.values(
                "--limit",
                "NAME=VALUE",
                "Set a resource limit: memory=512MiB, tasks=64, open_files=64, cpu_time=30s."))
        .addOption(Subcommand.value("--audit", "FILE", "Append an audit log (JSON lines)."))
        .addOption(
            Subcommand.value(
                "--enforcement",
                "LEVEL",
                "strict: run only if all protections hold; best-effort: report what does not."));
  }

  private @Nullable String value(String option) {
    return parsed.matchedOptionValue(option, null);
  }

  private List<String> values(String option) {
    return parsed.matchedOptionValue(option, List.of());
  }

  Policy policy() throws PolicyException {
    String policyFile = value("--policy");
    String mode = value("--mode");
    String workspace = value("--workspace");
    String network = value("--net");
    String isolation = value("--isolation");
    String hostname = value("--hostname");
    String timeout = value("--timeout");
    String audit = value("--audit");
    String enforcement = value("--enforcement");
    List<String> environment = values("--env");
    Policy base =
        policyFile == null ? Policy.builder().build() : Policy.load(OsText.path(policyFile));
    Policy.Builder builder = base.toBuilder();
    if (mode != null) {
      builder.mode(Choice.of("--mode", mode, Mode.values(), Mode::key));
    }
    if (workspace != null) {
      builder.workspace(workspace);
    }
    builder
        .readOnly(values("--ro").toArray(String[]::new))
        .readExecute(values("--rx").toArray(String[]::new))
        .readWrite(values("--rw").toArray(String[]::new))
        .blocked(values("--block").toArray(String[]::new));
    for (String text : values("--bind")) {
      Filesystem.Bind bind = Filesystem.Bind.parse(text);
      builder.bind(bind.host(), bind.inside(), bind.writable());
    }
    if (network != null) {
      builder.network(
          Choice.of("--net", network, Network.Access.values(), PolicyOptions::lowerCase));
    }
    if (isolation != null) {
      builder.isolation(Choice.of("--isolation", isolation, Isolation.values(), Isolation::key));
    }
    if (hostname != null) {
      builder.hostname(hostname);
    }
    for (String name : values("--keep-capability")) {
      builder.capability(Capability.of(name));
    }
    for (String kind : values("--allow-stream")) {
      builder.allowStream(Choice.of("--allow-stream", kind, StreamKind.values(), StreamKind::key));
    }
    if (!environment.isEmpty()) {
      builder.environment(merged(base.environment(), environment));
    }
    if (timeout != null) {
      builder.timeout(Durations.parse(timeout));
    }
    for (String limit : values("--limit")) {
      setLimit(builder, limit);
    }
    if (audit != null) {
      builder.audit(base.audit().withLogFile(audit).withEnabled(true));
    }
    if (enforcement != null) {
      builder.enforcement(
          base.enforcement()
              .withLevel(
                  Choice.of(
                      "--enforcement",
                      enforcement,
                      Enforcement.Level.values(),
                      Enforcement.Level::key)));
    }
    return builder.build();
  }

  private static Environment merged(Environment base, List<String> options) {
    var pass = new ArrayList<>(base.pass());
    var set = new LinkedHashMap<>(base.set());
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        pass.add(option);
      } else {
        set.put(option.substring(0, equals), option.substring(equals + 1));
      }
    }
    return base.withPass(pass).withSet(set);
  }

  private static void setLimit(Policy.Builder builder, String option) {
    int equals = option.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("--limit " + option + " has no value; write NAME=VALUE");
    }
    LimitText.set(builder, option.substring(0, equals), option.substring(equals + 1));
  }

  private static String lowerCase(Network.Access access) {
    return switch (access) {
      case NONE -> "none";
      case LOOPBACK -> "loopback";
      case FULL -> "full";
    };
  }
}
