package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Turns a filter into a profile, and makes sure that it says the same. */
final class ProfileFromFilter {
  private ProfileFromFilter() {}

  static SeccompProfile of(SeccompFilter filter) {
    var profile =
        new SeccompProfile(
            "filter",
            filter.otherwise(),
            entries(filter),
            List.of(),
            List.copyOf(filter.arches()),
            new SeccompProfile.Newer(filter.unknownNewer(), newest(filter), false),
            filter.foreignArch(),
            List.of(),
            List.of());
    verify(filter, profile);
    return profile;
  }

  private static List<ProfileEntry> entries(SeccompFilter filter) {
    Map<Rule, List<String>> byRule = new LinkedHashMap<>();
    filter
        .rules()
        .forEach((name, rule) -> byRule.computeIfAbsent(rule, _ -> new ArrayList<>()).add(name));
    var entries = new ArrayList<ProfileEntry>();
    byRule.forEach((rule, names) -> addEntries(entries, names, rule, filter.otherwise()));
    return entries;
  }

  /**
   * Clauses have an order, entries have none: a clause holds where no earlier one with another
   * action does.
   */
  private static void addEntries(
      List<ProfileEntry> entries, List<String> names, Rule rule, Action byDefault) {
    if (rule.clauses().isEmpty()) {
      entries.add(entry(names, rule.otherwise(), List.of()));
      return;
    }
    Map<Action, List<Condition>> byAction = new LinkedHashMap<>();
    for (int i = 0; i < rule.clauses().size(); i++) {
      Rule.Clause clause = rule.clauses().get(i);
      byAction
          .computeIfAbsent(clause.action(), _ -> new ArrayList<>())
          .add(after(rule.clauses().subList(0, i), clause.conditions(), clause.action()));
    }
    if (!rule.otherwise().equals(byDefault)) {
      byAction
          .computeIfAbsent(rule.otherwise(), _ -> new ArrayList<>())
          .add(after(rule.clauses(), List.of(), rule.otherwise()));
    }
    byAction.forEach((action, conditions) -> {
      List<Condition> possible = conditions.stream().filter(each -> !each.isNever()).toList();
      if (!action.equals(byDefault) && !possible.isEmpty()) {
        entries.add(entry(names, action, possible));
      }
    });
    if (entries.stream().noneMatch(entry -> entry.names().equals(names))) {
      entries.add(entry(names, byDefault, List.of()));
    }
  }

  private static Condition after(
      List<Rule.Clause> earlier, List<Condition> conditions, Action action) {
    var all = new ArrayList<>(conditions);
    for (Rule.Clause clause : earlier) {
      Condition before = Conditions.all(clause.conditions());
      boolean matters = conditions.isEmpty() || !Conditions.all(conditions).and(before).isNever();
      if (matters && !clause.action().equals(action)) {
        all.add(Condition.not(before));
      }
    }
    return all.isEmpty() ? Conditions.ALWAYS : Conditions.all(all);
  }

  private static ProfileEntry entry(
      List<String> names, Action action, List<Condition> alternatives) {
    return new ProfileEntry(names, action, alternatives, ProfileEntry.NOWHERE);
  }

  /**
   * The newest call without a rule that the filter treats as known; empty if it does so with all.
   */
  private static Optional<String> newest(SeccompFilter filter) {
    Arch arch = filter.arches().iterator().next();
    var byNumber = new TreeMap<Integer, String>();
    SyscallTable.numbers(arch)
        .forEach((name, number) -> {
          if (!filter.rules().containsKey(name)) {
            byNumber.put(number, name);
          }
        });
    for (Map.Entry<Integer, String> call : byNumber.descendingMap().entrySet()) {
      if (filter.decide(arch, call.getKey()).equals(filter.otherwise())) {
        return call.getKey().equals(byNumber.lastKey())
            ? Optional.empty()
            : Optional.of(call.getValue());
      }
    }
    return Optional.empty();
  }

  /**
   * Entries that contradict each other, calls that are newer on one architecture only and the like
   * would show here.
   */
  private static void verify(SeccompFilter filter, SeccompProfile profile) {
    var selection = Selection.host().forArches(filter.arches().toArray(Arch[]::new));
    try {
      SeccompFilter read = SeccompProfile.parse(profile.toOci(), "filter").filter(selection);
      for (Arch arch : filter.arches()) {
        for (Map.Entry<String, Integer> call : SyscallTable.numbers(arch).entrySet()) {
          Action before = filter.decide(arch, call.getValue());
          Action after = read.decide(arch, call.getValue());
          if (!before.equals(after)) {
            throw new IllegalArgumentException(
                "an OCI profile cannot say the same: "
                    + call.getKey()
                    + " of "
                    + arch
                    + " would get "
                    + after
                    + " and not "
                    + before);
          }
        }
      }
    } catch (ProfileException e) {
      throw new IllegalArgumentException(
          "an OCI profile cannot say the same: " + e.getMessage(), e);
    }
  }
}
