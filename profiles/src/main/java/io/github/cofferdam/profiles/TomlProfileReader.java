package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Problems;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.documents.TomlReader;
import io.github.cofferdam.documents.TomlSection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.SyscallSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads a profile of our own from TOML; {@link SeccompProfile} says what it looks like. Unlike
 * JSON, a name that no architecture has is an error here.
 */
final class TomlProfileReader {
  private TomlProfileReader() {}

  /**
   * Reads a profile.
   *
   * @throws DocumentException with everything that is wrong
   */
  static SeccompProfile read(String text, String source) throws DocumentException {
    var problems = new Problems(source);
    TomlSection root = TomlReader.read(text, problems);
    if (!root.has("seccomp")) {
      root.value("seccomp");
      root.report("seccomp", "no table [seccomp]");
      root.reader().reportUnknown();
      problems.throwIfAny();
    }
    SeccompProfile profile = profile(root.section("seccomp"), source);
    root.reader().reportUnknown();
    problems.throwIfAny();
    return profile;
  }

  private static SeccompProfile profile(TomlSection section, String source) {
    Optional<Action> byDefault = action(section, "default");
    if (!section.has("default")) {
      section.fail("default", "missing; it says what happens to calls without a rule");
    }
    Action newer = action(section, "newer").orElse(Action.errno(Errno.ENOSYS));
    Optional<String> newest = section.string("newest", TomlProfileReader::checkSyscall);
    Action foreign = action(section, "foreign_arch").orElse(Action.killProcess());
    var arches = new ArrayList<Arch>();
    for (String name : section.strings("arches", TomlProfileReader::checkArch)) {
      arches.add(arch(name).orElseThrow());
    }
    var entries = new ArrayList<ProfileEntry>();
    List<String> allowed = calls(section, "allow");
    if (!allowed.isEmpty()) {
      entries.add(new ProfileEntry(allowed, Action.allow(), List.of(), section.place("allow")));
    }
    for (TomlSection rule : section.sections("rules")) {
      entry(rule).ifPresent(entries::add);
    }
    return new SeccompProfile(
        source,
        byDefault.orElse(Action.killProcess()),
        entries,
        List.of(),
        arches,
        new SeccompProfile.Newer(newer, newest, false),
        foreign,
        List.of(),
        List.of());
  }

  private static Optional<ProfileEntry> entry(TomlSection rule) {
    List<String> names = calls(rule, "syscalls");
    if (!rule.has("syscalls")) {
      rule.fail("syscalls", "missing; every rule is about at least one call");
    }
    Optional<Action> action = action(rule, "action");
    if (!rule.has("action")) {
      rule.fail("action", "missing");
    }
    var conditions = new ArrayList<Condition>();
    var _ =
        rule.strings(
            "when",
            text -> {
              Condition condition = ConditionText.parse(text);
              if (condition.isNever()) {
                throw new IllegalArgumentException("no arguments meet " + condition);
              }
              conditions.add(condition);
            });
    List<Condition> alternatives =
        conditions.isEmpty() ? List.of() : List.of(Conditions.all(conditions));
    if (!alternatives.isEmpty() && alternatives.getFirst().isNever()) {
      rule.fail("when", "no arguments meet all of " + alternatives.getFirst());
      return Optional.empty();
    }
    return action.map(a -> new ProfileEntry(names, a, alternatives, rule.place("syscalls")));
  }

  private static Optional<Action> action(TomlSection section, String key) {
    return section.string(key, checked(ActionText::parse)).map(ActionText::parse);
  }

  private static <T> Consumer<String> checked(Function<String, T> parse) {
    return text -> {
      var _ = parse.apply(text);
    };
  }

  private static List<String> calls(TomlSection section, String key) {
    var names = new ArrayList<String>();
    for (String name : section.strings(key, TomlProfileReader::checkCalls)) {
      names.addAll(SyscallSet.of(name).names());
    }
    return names;
  }

  private static void checkCalls(String name) {
    if (!name.startsWith("@")) {
      checkSyscall(name);
    } else if (!SyscallSet.all().containsKey(name)) {
      throw new IllegalArgumentException(
          "unknown set of system calls "
              + Text.quote(name)
              + Nearest.of(name, SyscallSet.all().keySet())
                  .map(near -> "; did you mean \"" + near + "\"?")
                  .orElse(""));
    }
  }

  private static void checkSyscall(String name) {
    if (!SyscallNames.known(name)) {
      throw new IllegalArgumentException(SyscallNames.unknown(name, 0));
    }
  }

  private static Optional<Arch> arch(String name) {
    return Arrays.stream(Arch.values()).filter(arch -> arch.toString().equals(name)).findFirst();
  }

  private static void checkArch(String name) {
    if (arch(name).isEmpty()) {
      var known = new StringJoiner("\", \"", "\"", "\"");
      for (Arch arch : Arch.values()) {
        known.add(arch.toString());
      }
      throw new IllegalArgumentException(
          "unknown architecture " + Text.quote(name) + "; valid: " + known);
    }
  }
}
