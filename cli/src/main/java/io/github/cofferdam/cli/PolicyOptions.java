package io.github.cofferdam.cli;

import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.sandbox.Audit;
import io.github.cofferdam.sandbox.Durations;
import io.github.cofferdam.sandbox.Enforcement;
import io.github.cofferdam.sandbox.Environment;
import io.github.cofferdam.sandbox.Isolation;
import io.github.cofferdam.sandbox.Limits;
import io.github.cofferdam.sandbox.Mode;
import io.github.cofferdam.sandbox.Network;
import io.github.cofferdam.sandbox.Policy;
import io.github.cofferdam.sandbox.PolicyException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that make or change a policy. An option replaces what the file says, except that lists grow. */
@SuppressWarnings("NullAway.Init") // picocli fills the fields in
final class PolicyOptions {
  @Option(names = "--policy", paramLabel = "FILE", description = "Read a policy (TOML).")
  private @Nullable Path policyFile;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "readonly, workspace-write or full-access.")
  private @Nullable String mode;

  @Option(
      names = "--workspace",
      paramLabel = "DIR",
      description = "Where workspace-write may write; default: the working directory.")
  private @Nullable String workspace;

  @Option(
      names = "--ro",
      paramLabel = "PATH",
      description = "May be read. With --ro or --rx, only what is named can be read.")
  private List<String> readOnly = new ArrayList<>();

  @Option(names = "--rx", paramLabel = "PATH", description = "May be read and executed.")
  private List<String> readExecute = new ArrayList<>();

  @Option(names = "--rw", paramLabel = "PATH", description = "May be read and written.")
  private List<String> readWrite = new ArrayList<>();

  @Option(names = "--block", paramLabel = "PATH", description = "May not be used at all.")
  private List<String> blocked = new ArrayList<>();

  @Option(names = "--net", paramLabel = "ACCESS", description = "none, loopback or full.")
  private @Nullable String network;

  @Option(names = "--isolation", paramLabel = "LEVEL", description = "basic or namespace.")
  private @Nullable String isolation;

  @Option(
      names = "--env",
      paramLabel = "NAME[=VALUE]",
      description = "Set a variable, or let one pass that would be kept out.")
  private List<String> environment = new ArrayList<>();

  @Option(names = "--timeout", paramLabel = "TIME", description = "End the run then: 500ms, 30s, 5m.")
  private @Nullable String timeout;

  @Option(
      names = "--limit",
      paramLabel = "NAME=VALUE",
      description = "Set a resource limit: open_files=64, address_space=2GiB, cpu_time=30s.")
  private List<String> limits = new ArrayList<>();

  @Option(names = "--audit", paramLabel = "FILE", description = "Append an audit log (JSON lines).")
  private @Nullable String audit;

  @Option(
      names = "--enforcement",
      paramLabel = "LEVEL",
      description = "strict: run only if all protections hold; best-effort: report what does not.")
  private @Nullable String enforcement;

  PolicyOptions() {}

  Policy policy() throws PolicyException {
    Policy base = policyFile == null ? Policy.builder().build() : Policy.load(policyFile);
    Policy.Builder builder = base.toBuilder();
    if (mode != null) {
      builder.mode(Choice.of("--mode", mode, Mode.values(), Mode::key));
    }
    if (workspace != null) {
      builder.workspace(workspace);
    }
    builder
        .readOnly(readOnly.toArray(String[]::new))
        .readExecute(readExecute.toArray(String[]::new))
        .readWrite(readWrite.toArray(String[]::new))
        .blocked(blocked.toArray(String[]::new));
    if (network != null) {
      builder.network(
          Choice.of("--net", network, Network.Access.values(), PolicyOptions::lowerCase));
    }
    if (isolation != null) {
      builder.isolation(Choice.of("--isolation", isolation, Isolation.values(), Isolation::key));
    }
    if (!environment.isEmpty()) {
      builder.environment(environment(base.environment()));
    }
    if (timeout != null) {
      builder.timeout(Durations.parse(timeout));
    }
    for (String limit : limits) {
      Map.Entry<Resource, Limit> entry = limit(limit);
      builder.limit(entry.getKey(), entry.getValue());
    }
    if (audit != null) {
      builder.audit(auditTo(base.audit(), audit));
    }
    if (enforcement != null) {
      builder.enforcement(
          new Enforcement(
              Choice.of(
                  "--enforcement",
                  enforcement,
                  Enforcement.Level.values(),
                  Enforcement.Level::key),
              base.enforcement().overrides()));
    }
    return builder.build();
  }

  private Environment environment(Environment base) {
    var pass = new ArrayList<>(base.pass());
    var set = new LinkedHashMap<>(base.set());
    for (String option : environment) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        pass.add(option);
      } else {
        set.put(option.substring(0, equals), option.substring(equals + 1));
      }
    }
    return new Environment(base.inherit(), pass, base.block(), set);
  }

  private static Map.Entry<Resource, Limit> limit(String option) {
    int equals = option.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("--limit " + option + " has no value; write NAME=VALUE");
    }
    return Limits.parse(option.substring(0, equals), option.substring(equals + 1));
  }

  private static Audit auditTo(Audit base, String file) {
    return new Audit(
        true,
        Optional.of(file),
        base.logLevel(),
        base.logFileAccess(),
        base.logNetwork(),
        base.logCommands(),
        base.logSecurityBlocks(),
        base.onFailure());
  }

  private static String lowerCase(Network.Access access) {
    return switch (access) {
      case NONE -> "none";
      case LOOPBACK -> "loopback";
      case FULL -> "full";
    };
  }
}
