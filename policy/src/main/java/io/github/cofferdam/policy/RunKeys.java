package io.github.cofferdam.policy;

import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The keys of how a command is run: what holds it, for how long, and what is written down. */
final class RunKeys {
  private RunKeys() {}

  static PolicyTable<AuditSettings> audit() {
    var table =
        new PolicyTable<AuditSettings>(
            "audit", "What is logged.", policy -> policy.audit, Policy.Builder::audit);
    table
        .key(
            "enabled",
            "Whether anything is logged; needs log_file.",
            new AuditSwitchForm(),
            AuditSettings::enabled,
            // A file that was refused leaves nothing to switch on.
            (audit, on) -> audit.withEnabled(on && audit.logFile().isPresent()))
        .last();
    table
        .optional(
            "log_file",
            "The file that JSON lines are appended to.",
            Form.path(),
            AuditSettings::logFile,
            AuditSettings::withLogFile)
        .option(
            "--audit",
            "FILE",
            "Append an audit log (JSON lines).",
            (audit, file) -> audit.withLogFile(file).withEnabled(true));
    table.key(
        "log_level",
        "The least level that is logged.",
        new ChoiceForm<>(AuditSettings.Level.values(), AuditSettings.Level::key),
        AuditSettings::logLevel,
        AuditSettings::withLogLevel);
    table.key(
        "log_file_access",
        "File events.",
        Form.flag(),
        AuditSettings::logFileAccess,
        AuditSettings::withLogFileAccess);
    table.key(
        "log_network",
        "Network events.",
        Form.flag(),
        AuditSettings::logNetwork,
        AuditSettings::withLogNetwork);
    table.key(
        "log_commands",
        "The start and the end of commands.",
        Form.flag(),
        AuditSettings::logCommands,
        AuditSettings::withLogCommands);
    table.key(
        "log_security_blocks",
        "Refusals and missing protections.",
        Form.flag(),
        AuditSettings::logSecurityBlocks,
        AuditSettings::withLogSecurityBlocks);
    table.key(
        "on_failure",
        "What happens when an event cannot be written.",
        new ChoiceForm<>(AuditSettings.OnFailure.values(), AuditSettings.OnFailure::key),
        AuditSettings::onFailure,
        AuditSettings::withOnFailure);
    return table;
  }

  static PolicyTable<Limits> limits() {
    var table =
        new PolicyTable<Limits>(
            "limits",
            "Resource limits.",
            policy -> policy.limits,
            (policy, limits) -> policy.limits = limits);
    for (Resource resource : Resource.values()) {
      PolicyKey<Limits, Limit> key =
          table.optional(
              resource.key(),
              "Of each process: " + resource.constant() + ".",
              new LimitForm(resource),
              limits -> Optional.ofNullable(limits.each().get(resource)),
              (limits, limit) -> limits.with(resource, limit));
      String alias = LimitText.alias(resource);
      if (alias != null) {
        key.alias(alias);
      }
    }
    for (TreeLimit limit : TreeLimit.values()) {
      PolicyKey<Limits, Long> key =
          table.optional(
              limit.key(),
              limit.help(),
              new TreeLimitForm(limit),
              limits -> Optional.ofNullable(limits.together().values().get(limit)),
              (limits, value) -> limits.with(limit, value));
      if (!limit.alias().isEmpty()) {
        key.alias(limit.alias());
      }
    }
    table.options(
        "--limit",
        "NAME=VALUE",
        "Set a resource limit: memory=512MiB, tasks=64, open_files=64, cpu_time=30s.",
        RunKeys::limited);
    return table;
  }

  static PolicyTable<Enforcement> enforcement() {
    var table =
        new PolicyTable<Enforcement>(
            "enforcement",
            "How strictly each protection is asked for.",
            policy -> policy.enforcement,
            Policy.Builder::enforcement);
    var level = new ChoiceForm<>(Enforcement.Level.values(), Enforcement.Level::key);
    table
        .key(
            "level",
            "Whether what this host cannot enforce refuses the run, or is reported.",
            level,
            Enforcement::level,
            Enforcement::withLevel)
        .option(
            "--enforcement",
            "LEVEL",
            "strict: run only if all protections hold; best-effort: report what does not.",
            (enforcement, word) -> enforcement.withLevel(level.parse("--enforcement", word)));
    for (Protection protection : Protection.values()) {
      table.optional(
          protection.key(),
          protection.description(),
          new ChoiceForm<>(Requirement.values(), Requirement::key),
          enforcement -> Optional.ofNullable(enforcement.overrides().get(protection)),
          (enforcement, requirement) -> enforcement.with(protection, requirement));
    }
    return table;
  }

  static PolicyTable<IsolationSettings> isolation() {
    var table =
        new PolicyTable<IsolationSettings>(
            "isolation",
            "The kernel machinery, and how its namespaces are furnished.",
            policy -> policy.isolation,
            (policy, isolation) -> policy.isolation = isolation);
    var type = new IsolationForm();
    table
        .key(
            "type",
            "auto, basic, or namespace: user, process-id, mount, IPC, host name and network"
                + " namespaces; auto takes them where this host gives them, else basic.",
            type,
            IsolationSettings::type,
            IsolationSettings::withType)
        .option(
            "--isolation",
            "LEVEL",
            "auto, basic or namespace.",
            (isolation, word) -> isolation.withType(type.parse("--isolation", word)));
    table
        .optional(
            "hostname",
            "The host name inside, \"sandbox\" if it is not set; needs isolation namespace.",
            Form.text(HostName::check, "[A-Za-z0-9._-]{1,64}"),
            IsolationSettings::hostname,
            IsolationSettings::withHostname)
        .option(
            "--hostname",
            "NAME",
            "The host name inside; with --isolation namespace.",
            IsolationSettings::withHostname);
    table
        .<Collection<Capability>>optional(
            "capabilities",
            "Capabilities that are kept, over the sandbox's own namespaces; needs isolation"
                + " namespace.",
            new CapabilitiesForm(),
            isolation ->
                isolation.capabilities().isEmpty()
                    ? Optional.empty()
                    : Optional.of(isolation.capabilities()),
            IsolationSettings::keeping)
        .options(
            "--keep-capability",
            "NAME",
            "Keeps a capability in the command's own namespaces, such as net_raw; with"
                + " --isolation namespace.",
            (isolation, names) -> isolation.keeping(names.stream().map(Capability::of).toList()));
    return table;
  }

  static PolicyTable<TimeoutSettings> timeout() {
    var table =
        new PolicyTable<TimeoutSettings>(
            "timeout",
            "When a run is ended, and how.",
            policy -> policy.timeout,
            Policy.Builder::timeout);
    table
        .optional(
            "wall",
            "The time after which the whole tree is ended, with exit status 124.",
            new DurationForm(false),
            TimeoutSettings::wall,
            TimeoutSettings::withWall)
        .option(
            "--timeout",
            "TIME",
            "End the run then: 500ms, 30s, 5m.",
            (timeout, text) -> timeout.withWall(Durations.parse(text)));
    table
        .optional(
            "grace",
            "How long the tree has from SIGTERM to SIGKILL when its time is over or it is told to"
                + " end.",
            new DurationForm(true),
            TimeoutSettings::grace,
            TimeoutSettings::withGrace)
        .option(
            "--grace",
            "TIME",
            "Let the tree end by itself for so long, after SIGTERM: 2s if not set, 0 for not at"
                + " all.",
            (timeout, text) -> timeout.withGrace(Durations.parseAlsoZero(text)));
    return table;
  }

  static PolicyTable<IsolationSettings> processes() {
    var table =
        new PolicyTable<IsolationSettings>(
            "processes",
            "What processes may do with each other.",
            policy -> policy.isolation,
            (policy, isolation) -> policy.isolation = isolation);
    table.optional(
        "debug",
        "The command's processes may trace those that they start: strace and gdb work.",
        Form.flag(),
        isolation -> Optional.of(true).filter(_ -> isolation.debug()),
        IsolationSettings::withDebug);
    return table;
  }

  static PolicyTable<SeccompSettings> seccomp() {
    var table =
        new PolicyTable<SeccompSettings>(
            "seccomp",
            "A seccomp profile behind the baseline filter.",
            policy -> policy.seccomp,
            (policy, seccomp) -> policy.seccomp = seccomp);
    table
        .optional(
            "file",
            "A file with profiles: JSON of the OCI, or TOML.",
            Form.path(),
            SeccompSettings::file,
            SeccompSettings::withFile)
        .option(
            "--seccomp-file",
            "FILE",
            "A seccomp profile that holds as well: JSON of the OCI, or TOML.",
            SeccompSettings::withFile);
    table
        .optional(
            "profile",
            "Which profile: of the file, or "
                + String.join(", ", SeccompSettings.NAMES)
                + ", which come with this program.",
            Form.text(name -> {}, ".+"),
            SeccompSettings::profile,
            SeccompSettings::withProfile)
        .option(
            "--seccomp",
            "PROFILE",
            "A seccomp profile that holds as well, such as compute_only, or one of --seccomp-file.",
            SeccompSettings::withProfile);
    return table;
  }

  private static Limits limited(Limits limits, List<String> options) {
    Limits changed = limits;
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("--limit " + option + " has no value; write NAME=VALUE");
      }
      changed = LimitText.set(changed, option.substring(0, equals), option.substring(equals + 1));
    }
    return changed;
  }
}
