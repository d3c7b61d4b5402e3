package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.DocumentFile;
import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Problems;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.documents.TomlReader;
import io.github.cofferdam.documents.TomlSection;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Maps the tables of a policy file to a {@link Policy}. What each key means stands at the types
 * that it makes.
 */
final class PolicyReader {
  private static final String LATER = "this version cannot enforce it yet";

  private final TomlSection root;

  private PolicyReader(TomlSection root) {
    this.root = root;
  }

  /** As {@link Policy#load} says. */
  static Policy load(Path file) throws PolicyException {
    try {
      return read(DocumentFile.read(file), OsText.show(file));
    } catch (DocumentException e) {
      throw new PolicyException(e);
    }
  }

  /** As {@link Policy#parse} says. */
  static Policy parse(String text, String source) throws PolicyException {
    try {
      return read(text, source);
    } catch (DocumentException e) {
      throw new PolicyException(e);
    }
  }

  private static Policy read(String text, String source) throws DocumentException {
    Problems problems = new Problems(source);
    TomlSection root = TomlReader.read(DocumentFile.withoutMark(text), problems);
    Policy policy = new PolicyReader(root).policy();
    root.reader().reportUnknown();
    problems.throwIfAny();
    return policy;
  }

  private Policy policy() {
    Policy.Builder policy = Policy.builder();
    TomlSection sandbox = root.section("sandbox");
    sandbox.choice("mode", Mode.values(), Mode::key).ifPresent(policy::mode);
    sandbox.string("workspace", PolicyPath::check).ifPresent(policy::workspace);
    policy.filesystem(filesystem(root.section("filesystem")));
    policy.network(network(root.section("network")));
    policy.audit(audit(root.section("audit")));
    TomlSection limits = root.section("limits");
    policy.limits(limits(limits));
    policy.treeLimits(treeLimits(limits));
    policy.environment(environment(root.section("environment")));
    policy.enforcement(enforcement(root.section("enforcement")));
    TomlSection isolation = root.section("isolation");
    isolation(isolation).ifPresent(policy::isolation);
    isolation.string("hostname", HostName::check).ifPresent(policy::hostname);
    for (String name : isolation.strings("capabilities", PolicyReader::checkCapability)) {
      policy.capability(Capability.of(name));
    }
    timeout(root.section("timeout")).ifPresent(policy::timeout);
    for (String kind : root.section("streams").strings("allow", PolicyReader::checkStream)) {
      policy.allowStream(stream(kind));
    }
    for (String key : List.of("include", "extends")) {
      root.refuse(key, "a policy is one file; other files are not read from it");
    }
    root.refuse("execution_timeout", "write [timeout] wall = \"600s\"");
    root.refuse("isolation_type", "write [isolation] type = \"namespace\"");
    root.refuse("sandbox_mode", "write [enforcement] level = \"strict\"");
    return policy.build();
  }

  private static void checkStream(String key) {
    stream(key);
  }

  private static StreamKind stream(String key) {
    for (StreamKind kind : StreamKind.values()) {
      if (kind.key().equals(key)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "must be one of \"directories\", \"sockets\", \"devices\", \"others\"");
  }

  private static Filesystem filesystem(TomlSection section) {
    Map<String, String> seen = new HashMap<>();
    List<String> readOnly =
        section.strings("read_only", "read_only_paths", once(seen, "read_only"));
    List<String> readExecute = section.strings("read_execute", once(seen, "read_execute"));
    List<String> readWrite =
        section.strings("read_write", "read_write_paths", once(seen, "read_write"));
    List<String> blocked = section.strings("blocked", "blocked_paths", once(seen, "blocked"));
    for (String key : List.of("create_temp_root", "apparmor_profile", "selinux_context")) {
      section.refuse(key, LATER);
    }
    return new Filesystem(
        readOnly,
        readExecute,
        readWrite,
        blocked,
        binds(section.section("bind_mounts")),
        size(section, "temporary_size"));
  }

  /** Paths of the host, and where they are seen: a string, or a table if it may be changed. */
  private static List<Filesystem.Bind> binds(TomlSection section) {
    List<Filesystem.Bind> binds = new ArrayList<>();
    for (String host : List.copyOf(section.keys())) {
      Object value = section.value(host);
      Optional<String> inside;
      boolean writable = false;
      if (section.isTable(host)) {
        TomlSection table = section.section(host);
        inside = table.string("path");
        if (!table.has("path")) {
          table.fail("path", "missing; it says where the command sees what is bound");
        }
        writable = table.bool("writable").orElse(false);
      } else if (value instanceof String text) {
        inside = Optional.of(text);
      } else {
        inside =
            section.wrong(host, "a path, or a table { path = \"/x\", writable = true }", value);
      }
      if (inside.isPresent()) {
        bind(section, host, inside.get(), writable, binds);
      }
    }
    return binds;
  }

  private static void bind(
      TomlSection section,
      String host,
      String inside,
      boolean writable,
      List<Filesystem.Bind> binds) {
    try {
      Filesystem.Bind bind = new Filesystem.Bind(host, inside, writable);
      for (Filesystem.Bind other : binds) {
        if (other.inside().equals(inside)) {
          throw new IllegalArgumentException(Filesystem.boundTwice(bind));
        }
      }
      binds.add(bind);
    } catch (IllegalArgumentException e) {
      section.fail(host, String.valueOf(e.getMessage()));
    }
  }

  private static OptionalLong size(TomlSection section, String key) {
    Object value = section.value(key);
    Long size = value == null ? null : number(section, key, Resource.FILE_SIZE, value);
    if (size == null) {
      return OptionalLong.empty();
    }
    if (size < 1) {
      section.fail(key, "must be above zero, and not unlimited");
      return OptionalLong.empty();
    }
    return OptionalLong.of(size);
  }

  /** {@return a check that a path has the right form and stands in no other list} */
  private static Consumer<String> once(Map<String, String> seen, String list) {
    return path -> {
      if (list.equals("blocked")) {
        PolicyPath.checkBlocked(path);
      } else {
        PolicyPath.check(path);
      }
      String other = seen.putIfAbsent(path, list);
      if (other != null && !other.equals(list)) {
        throw new IllegalArgumentException(Filesystem.contradiction(path, other, list));
      }
    };
  }

  private static Network network(TomlSection section) {
    Optional<Boolean> full = section.bool("allow_network");
    Optional<Boolean> loopback = section.bool("allow_loopback");
    if (full.orElse(false) && !loopback.orElse(true)) {
      section.fail(
          "allow_loopback", "false contradicts network.allow_network = true, which includes it");
    }
    Network.Access access =
        full.orElse(false)
            ? Network.Access.FULL
            : loopback.orElse(false) ? Network.Access.LOOPBACK : Network.Access.NONE;
    boolean unix = section.bool("allow_unix_sockets").orElse(false);
    boolean log = section.bool("log_network").orElse(true);
    List<CommandRule> rules = new ArrayList<>();
    var budget = new PatternBudget();
    for (TomlSection rule : section.sections("command_rules")) {
      Optional<String> pattern =
          rule.string(
              "pattern",
              text -> {
                budget.take(text);
                CommandPattern.check(text);
              });
      if (!rule.has("pattern")) {
        rule.fail("pattern", "missing; every rule needs one");
      }
      Optional<Boolean> allow = rule.bool("allow_network");
      boolean destructive = rule.bool("destructive").orElse(false);
      pattern.ifPresent(text -> rules.add(new CommandRule(text, allow, destructive)));
    }
    for (String key :
        List.of(
            "allowed_hosts",
            "allowed_ports",
            "blocked_hosts",
            "dns_servers",
            "custom_iptables_rules")) {
      section.refuse(key, LATER);
    }
    return new Network(access, unix, log, rules);
  }

  private static AuditSettings audit(TomlSection section) {
    boolean enabled = section.bool("enabled").orElse(false);
    Optional<String> file = section.string("log_file", PolicyPath::check);
    if (enabled && !section.has("log_file")) {
      section.report("enabled", AuditSettings.NO_FILE);
    }
    return new AuditSettings(
        enabled && file.isPresent(),
        file,
        section
            .choice("log_level", AuditSettings.Level.values(), AuditSettings.Level::key)
            .orElse(AuditSettings.Level.INFO),
        section.bool("log_file_access").orElse(true),
        section.bool("log_network").orElse(true),
        section.bool("log_commands").orElse(true),
        section.bool("log_security_blocks").orElse(true),
        section
            .choice("on_failure", AuditSettings.OnFailure.values(), AuditSettings.OnFailure::key)
            .orElse(AuditSettings.OnFailure.REFUSE));
  }

  private static Map<Resource, Limit> limits(TomlSection section) {
    Map<Resource, Limit> limits = new LinkedHashMap<>();
    for (Resource resource : Resource.values()) {
      String key = resource.key();
      Object value = section.value(key);
      String alias = LimitText.alias(resource);
      Object other = alias == null ? null : section.hiddenValue(alias);
      if (alias != null && other != null) {
        if (value != null) {
          section.fail(alias, "another spelling of " + section.dotted(key) + "; use one of them");
        }
        key = alias;
        value = other;
      }
      Limit limit = value == null ? null : limit(section, key, resource, value);
      if (limit != null) {
        limits.put(resource, limit);
      }
    }
    return limits;
  }

  private static TreeLimits treeLimits(TomlSection section) {
    Map<TreeLimit, Long> limits = new LinkedHashMap<>();
    for (TreeLimit limit : TreeLimit.values()) {
      String key = limit.key();
      Object value = section.value(key);
      String alias = limit.alias();
      Object other = alias.isEmpty() ? null : section.hiddenValue(alias);
      if (other != null) {
        if (value != null) {
          section.fail(alias, "another spelling of " + section.dotted(key) + "; use one of them");
        }
        key = alias;
        value = other;
      }
      Long number = value == null ? null : treeLimit(section, key, limit, value);
      if (number != null && number != Limit.UNLIMITED) {
        limits.put(limit, number);
      }
    }
    return new TreeLimits(limits);
  }

  private static @Nullable Long treeLimit(
      TomlSection section, String key, TreeLimit limit, Object value) {
    try {
      if (value instanceof Long number) {
        TreeLimits.check(limit, number);
        return number;
      }
      if (value instanceof String text) {
        return LimitText.value(limit, text);
      }
    } catch (IllegalArgumentException e) {
      section.fail(key, String.valueOf(e.getMessage()));
      return null;
    }
    section.wrong(key, LimitText.expected(limit.unit()), value);
    return null;
  }

  private static @Nullable Limit limit(
      TomlSection section, String key, Resource resource, Object value) {
    if (section.isTable(key)) {
      TomlSection pair = section.section(key);
      Long soft = side(pair, "soft", resource);
      Long hard = side(pair, "hard", resource);
      if (!pair.has("soft") || !pair.has("hard")) {
        section.fail(key, "a table of limits needs both soft and hard");
      }
      if (soft == null || hard == null) {
        return null;
      }
      try {
        return new Limit(soft, hard);
      } catch (IllegalArgumentException e) {
        section.fail(key, String.valueOf(e.getMessage()));
        return null;
      }
    }
    if (value instanceof String text && text.indexOf(':') >= 0) {
      try {
        return LimitText.limit(resource, text);
      } catch (IllegalArgumentException e) {
        section.fail(key, String.valueOf(e.getMessage()));
        return null;
      }
    }
    Long single = number(section, key, resource, value);
    return single == null ? null : LimitText.of(resource, single);
  }

  private static @Nullable Long side(TomlSection pair, String key, Resource resource) {
    Object value = pair.value(key);
    return value == null ? null : number(pair, key, resource, value);
  }

  private static @Nullable Long number(
      TomlSection section, String key, Resource resource, Object value) {
    try {
      if (value instanceof Long number && number >= 0) {
        LimitText.check(resource, number);
        return number;
      }
      if (value instanceof String text) {
        return LimitText.value(resource, text);
      }
    } catch (IllegalArgumentException e) {
      section.fail(key, String.valueOf(e.getMessage()));
      return null;
    }
    section.wrong(key, LimitText.expected(resource.unit()), value);
    return null;
  }

  private static Environment environment(TomlSection section) {
    Environment.Inherit inherit = inherit(section);
    List<String> pass = section.strings("pass", NamePattern::check);
    List<String> block = section.strings("block", NamePattern::check);
    TomlSection variables = section.section("set");
    Map<String, String> set = new LinkedHashMap<>();
    for (String name : List.copyOf(variables.keys())) {
      variables
          .string(name, value -> Environment.checkSet(name, value))
          .ifPresent(value -> set.put(name, value));
    }
    return new Environment(inherit, pass, block, set);
  }

  private static Environment.Inherit inherit(TomlSection section) {
    String key = "inherit";
    Object value = section.value(key);
    String listed = Environment.Inherit.LISTED.key();
    if (value instanceof Boolean all) {
      return all ? Environment.Inherit.TRUE : Environment.Inherit.FALSE;
    }
    if (listed.equals(value)) {
      return Environment.Inherit.LISTED;
    }
    var _ = section.wrong(key, "true, false or \"" + listed + "\"", value);
    return Environment.Inherit.TRUE;
  }

  private static Enforcement enforcement(TomlSection section) {
    Enforcement.Level level =
        section
            .choice("level", Enforcement.Level.values(), Enforcement.Level::key)
            .orElse(Enforcement.Level.STRICT);
    Map<Protection, Requirement> overrides = new LinkedHashMap<>();
    for (Protection protection : Protection.values()) {
      String key = protection.key();
      Requirement requirement =
          section.choice(key, Requirement.values(), Requirement::key).orElse(null);
      if (requirement != null
          && section.passes(key, requirement, r -> Enforcement.check(protection, r))) {
        overrides.put(protection, requirement);
      }
    }
    return new Enforcement(level, overrides);
  }

  private static Optional<Isolation> isolation(TomlSection section) {
    Object value = section.value("type");
    if ("container".equals(value) || "gvisor".equals(value)) {
      section.fail("type", "\"" + value + "\" is not built yet; valid: \"basic\", \"namespace\"");
      return Optional.empty();
    }
    return section.choice("type", Isolation.values(), Isolation::key);
  }

  private static void checkCapability(String name) {
    try {
      Capability.of(name);
    } catch (IllegalArgumentException e) {
      List<String> names = new ArrayList<>();
      for (Capability capability : Capability.values()) {
        names.add(capability.key());
      }
      throw new IllegalArgumentException(
          "no capability is called "
              + Text.quote(name)
              + Nearest.of(name.toLowerCase(Locale.ROOT), names)
                  .map(near -> "; did you mean \"" + near + "\"?")
                  .orElse("; they are listed in capabilities(7)"),
          e);
    }
  }

  private static Optional<Duration> timeout(TomlSection section) {
    Object value = section.value("wall");
    try {
      return switch (value) {
        case Long seconds -> Optional.of(Durations.ofSeconds(seconds));
        case String text -> Optional.of(Durations.parse(text));
        case null, default ->
            section.wrong("wall", "a duration such as \"30s\", or a number of seconds", value);
      };
    } catch (IllegalArgumentException e) {
      section.fail("wall", String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }
}
