package io.github.cofferdam.policy;

import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All keys of a policy file, each described once: reading, writing, the options of the command
 * line, and the schema for editors come from here. What contradicts what stands in the records.
 *
 * <p>Made anew by each call: a command that reads no policy needs the options alone, and nothing of
 * this has to be kept.
 */
public final class PolicyKeys {
  private static final String LATER = "this version cannot enforce it yet";

  private PolicyKeys() {}

  /** {@return the options that change a policy, in the order of the keys} */
  public static List<PolicyOption> options() {
    List<PolicyOption> options = new ArrayList<>();
    for (PolicyTable<?> table : tables()) {
      table.options(options);
    }
    return options;
  }

  /**
   * {@return a JSON Schema (2020-12) of policy files, with which editors complete and check them}
   */
  public static String schema() {
    Map<String, Object> tables = new LinkedHashMap<>();
    for (PolicyTable<?> table : tables()) {
      table.describe(tables);
    }
    Map<String, Object> schema =
        Schema.of(
            "$schema",
            "https://json-schema.org/draft/2020-12/schema",
            "title",
            "Cofferdam policy",
            "description",
            "What a command may do. Cofferdam itself checks more than a schema can say.");
    schema.putAll(Schema.table(tables, List.of()));
    return Schema.text(schema);
  }

  /** {@return the tables, in the order in which they are written} */
  static List<PolicyTable<?>> tables() {
    return List.of(
        sandbox(),
        filesystem(),
        network(),
        audit(),
        limits(),
        environment(),
        enforcement(),
        isolation(),
        timeout(),
        streams(),
        seccomp());
  }

  /** {@return keys outside of any table that people try, and what to write instead} */
  static Map<String, String> refused() {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("include", "a policy is one file; other files are not read from it");
    refused.put("extends", "a policy is one file; other files are not read from it");
    refused.put("execution_timeout", "write [timeout] wall = \"600s\"");
    refused.put("isolation_type", "write [isolation] type = \"namespace\"");
    refused.put("sandbox_mode", "write [enforcement] level = \"strict\"");
    return refused;
  }

  private static Form<String> path() {
    return Form.text(PolicyPath::check, ".+");
  }

  private static Form<List<String>> paths() {
    return Form.texts(PolicyPath::check, ".+");
  }

  private static Form<List<String>> names() {
    return Form.texts(NamePattern::check, "[^=]+");
  }

  private static PolicyTable<Workspace> sandbox() {
    var table =
        new PolicyTable<Workspace>(
            "sandbox",
            "How much may be changed, and where.",
            policy -> policy.workspace,
            (policy, workspace) -> policy.workspace = workspace);
    var mode = new ChoiceForm<>(Mode.values(), Mode::key);
    table
        .key("mode", "What may be done with files.", mode, Workspace::mode, Workspace::withMode)
        .option(
            "--mode",
            "MODE",
            "readonly, workspace-write or full-access.",
            (workspace, word) -> workspace.withMode(mode.parse("--mode", word)));
    table
        .optional(
            "workspace",
            "What workspace-write may write; the working directory if it is not set.",
            path(),
            Workspace::path,
            Workspace::withPath)
        .option(
            "--workspace",
            "DIR",
            "Where workspace-write may write; default: the working directory.",
            Workspace::withPath);
    return table;
  }

  private static PolicyTable<Filesystem> filesystem() {
    var table =
        new PolicyTable<Filesystem>(
            "filesystem",
            "Paths that are granted and blocked.",
            policy -> policy.filesystem,
            Policy.Builder::filesystem);
    table
        .key(
            "read_only",
            "May be read, not executed by its path.",
            paths(),
            Filesystem::readOnly,
            Filesystem::withReadOnly)
        .alias("read_only_paths")
        .check(files -> files.notIn("read_only"))
        .options(
            "--ro",
            "PATH",
            "May be read. With --ro or --rx, only what is named can be read.",
            (files, more) -> files.withReadOnly(plus(files.readOnly(), more)));
    table
        .key(
            "read_execute",
            "May be read and executed.",
            paths(),
            Filesystem::readExecute,
            Filesystem::withReadExecute)
        .check(files -> files.notIn("read_execute"))
        .options(
            "--rx",
            "PATH",
            "May be read and executed.",
            (files, more) -> files.withReadExecute(plus(files.readExecute(), more)));
    table
        .key(
            "read_write",
            "May be read and written; executed only if a path above it may be.",
            paths(),
            Filesystem::readWrite,
            Filesystem::withReadWrite)
        .alias("read_write_paths")
        .check(files -> files.notIn("read_write"))
        .options(
            "--rw",
            "PATH",
            "May be read and written.",
            (files, more) -> files.withReadWrite(plus(files.readWrite(), more)));
    table
        .key(
            "blocked",
            "May not be used, although a path above may be; *, ? and ** in names are understood.",
            Form.texts(PolicyPath::checkBlocked, ".+"),
            Filesystem::blocked,
            Filesystem::withBlocked)
        .alias("blocked_paths")
        .check(files -> files.notIn("blocked"))
        .options(
            "--block",
            "PATTERN",
            "May not be used at all; *, ? and ** in it are understood.",
            (files, more) -> files.withBlocked(plus(files.blocked(), more)));
    table
        .optional(
            "bind_mounts",
            "Paths of the host that are seen at another path; needs isolation namespace.",
            new BindsForm(),
            files -> unlessEmpty(files.bindMounts()),
            Filesystem::withBindMounts)
        .options(
            "--bind",
            "HOST:INSIDE[:rw]",
            "Is seen at another path, to be read and executed, or read and written; with"
                + " --isolation namespace.",
            (files, more) ->
                files.withBindMounts(
                    plus(files.bindMounts(), more.stream().map(Filesystem.Bind::parse).toList())));
    table.optional(
        "temporary_size",
        "How much the command's own /tmp and /dev/shm hold together, 1 GiB if it is not set;"
            + " needs isolation namespace.",
        new SizeForm(),
        files ->
            files.temporarySize().isPresent()
                ? Optional.of(files.temporarySize().getAsLong())
                : Optional.empty(),
        Filesystem::withTemporarySize);
    table.optional(
        "create_temp_root",
        "A root is made for the run, in which only what is granted is there; needs isolation"
            + " namespace, and paths that may be read.",
        Form.flag(),
        files -> Optional.of(true).filter(_ -> files.temporaryRoot()),
        Filesystem::withTemporaryRoot);
    table.refuse(LATER, "apparmor_profile", "selinux_context");
    return table;
  }

  private static PolicyTable<Network> network() {
    var table =
        new PolicyTable<Network>(
            "network",
            "What sockets may reach.",
            policy -> policy.network,
            Policy.Builder::network);
    var access =
        new ChoiceForm<>(Network.Access.values(), value -> value.name().toLowerCase(Locale.ROOT));
    table
        .key(
            "allow_network",
            "Internet sockets (TCP and UDP).",
            Form.flag(),
            network -> network.access() == Network.Access.FULL,
            Network::withInternet)
        .option(
            "--net",
            "ACCESS",
            "none, loopback or full.",
            (network, word) -> network.withAccess(access.parse("--net", word)));
    table.key(
        "allow_loopback",
        "A loopback of its own in a network namespace; the host's services are not there.",
        Form.flag(),
        network -> network.access() != Network.Access.NONE,
        Network::withLoopback);
    table.key(
        "allow_unix_sockets",
        "Unix sockets; a command that can reach a service can do what the service can.",
        Form.flag(),
        Network::allowUnixSockets,
        Network::withUnixSockets);
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
    table.refuse(
        LATER,
        "allowed_hosts",
        "allowed_ports",
        "blocked_hosts",
        "dns_servers",
        "custom_iptables_rules");
    return table;
  }

  private static PolicyTable<AuditSettings> audit() {
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
            path(),
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

  private static PolicyTable<Limits> limits() {
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
        PolicyKeys::limited);
    return table;
  }

  private static PolicyTable<Environment> environment() {
    var table =
        new PolicyTable<Environment>(
            "environment",
            "Which environment variables the command sees.",
            policy -> policy.environment,
            Policy.Builder::environment);
    table.key(
        "inherit",
        "true: all, less what looks like a secret and what loads code; \"listed\": only what a"
            + " short list has.",
        new InheritForm(),
        Environment::inherit,
        Environment::withInherit);
    table
        .key(
            "pass",
            "Names that pass in spite of that; * stands for anything.",
            names(),
            Environment::pass,
            Environment::withPass)
        .options(
            "--env",
            "NAME[=VALUE]",
            "Set a variable, or let one pass that would be kept out.",
            PolicyKeys::withVariables);
    table.key(
        "block",
        "Names that never pass; * stands for anything.",
        names(),
        Environment::block,
        Environment::withBlock);
    table.optional(
        "set",
        "Variables that are set last.",
        new VariablesForm(),
        environment -> Optional.of(environment.set()).filter(set -> !set.isEmpty()),
        Environment::withSet);
    return table;
  }

  private static PolicyTable<Enforcement> enforcement() {
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

  private static PolicyTable<IsolationSettings> isolation() {
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
            "basic, or namespace: user, process-id, mount, IPC, host name and network namespaces.",
            type,
            IsolationSettings::type,
            IsolationSettings::withType)
        .option(
            "--isolation",
            "LEVEL",
            "basic or namespace.",
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

  private static PolicyTable<Optional<Duration>> timeout() {
    var table =
        new PolicyTable<Optional<Duration>>(
            "timeout",
            "When a run is ended.",
            policy -> policy.timeout,
            (policy, timeout) -> policy.timeout = timeout);
    table
        .optional(
            "wall",
            "The time after which the whole tree is ended, with exit status 124.",
            new DurationForm(),
            timeout -> timeout,
            (timeout, wall) -> Optional.of(wall))
        .option(
            "--timeout",
            "TIME",
            "End the run then: 500ms, 30s, 5m.",
            (timeout, text) -> Optional.of(Durations.parse(text)));
    return table;
  }

  private static PolicyTable<Set<StreamKind>> streams() {
    var table =
        new PolicyTable<Set<StreamKind>>(
            "streams",
            "What standard streams may be.",
            policy -> policy.streams,
            (policy, streams) -> policy.streams = streams);
    var kinds = new ChoiceForm<>(StreamKind.values(), StreamKind::key);
    table
        .optional(
            "allow",
            "What standard streams may be besides files, pipes, terminals and harmless devices.",
            new StreamsForm(),
            streams -> Optional.of(streams).filter(set -> !set.isEmpty()),
            (streams, allowed) -> allowed)
        .options(
            "--allow-stream",
            "KIND",
            "Lets standard streams be directories, sockets, devices or others.",
            (streams, words) -> {
              Set<StreamKind> all = EnumSet.noneOf(StreamKind.class);
              all.addAll(streams);
              words.forEach(word -> all.add(kinds.parse("--allow-stream", word)));
              return all;
            });
    return table;
  }

  private static PolicyTable<SeccompSettings> seccomp() {
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
            path(),
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

  private static Environment withVariables(Environment environment, List<String> options) {
    var pass = new ArrayList<>(environment.pass());
    var set = new LinkedHashMap<>(environment.set());
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        pass.add(option);
      } else {
        set.put(option.substring(0, equals), option.substring(equals + 1));
      }
    }
    return environment.withPass(pass).withSet(set);
  }

  private static <E> List<E> plus(List<E> some, List<E> more) {
    List<E> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  private static <E> Optional<List<E>> unlessEmpty(List<E> list) {
    return list.isEmpty() ? Optional.empty() : Optional.of(list);
  }
}
