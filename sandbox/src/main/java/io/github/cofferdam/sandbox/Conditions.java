package io.github.cofferdam.sandbox;

import io.github.cofferdam.seccomp.Argument;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Conditions put together. */
final class Conditions {
  /** Holds for all arguments. */
  static final Condition ALWAYS = Argument.arg(0).asLong().masked(0).eq(0);

  private Conditions() {}

  /** What comparisons must have in common to be one. */
  private record Subject(int argument, Comparison.Width width, long mask) {}

  /** So many values of one argument are searched for faster than tried one after the other. */
  private static final int MANY = 9;

  /** At least one of some holds; comparisons of one argument with many values become one. */
  static Condition any(List<Condition> conditions) {
    List<Condition> merged = merged(conditions, Comparison.Operator.IN);
    return merged.size() == 1 ? merged.getFirst() : new Condition.Any(merged);
  }

  /** All of some hold. */
  static Condition all(List<Condition> conditions) {
    List<Condition> merged = merged(conditions, Comparison.Operator.NOT_IN);
    return merged.size() == 1 ? merged.getFirst() : new Condition.All(merged);
  }

  private static List<Condition> merged(List<Condition> conditions, Comparison.Operator operator) {
    Map<Subject, List<Comparison>> groups = new LinkedHashMap<>();
    for (Condition condition : conditions) {
      if (condition instanceof Comparison comparison && comparison.operator() == operator) {
        groups.computeIfAbsent(subject(comparison), _ -> new ArrayList<>()).add(comparison);
      }
    }
    groups.values().removeIf(group -> group.size() < MANY);
    var merged = new ArrayList<Condition>();
    var done = new HashSet<Subject>();
    for (Condition condition : conditions) {
      List<Comparison> group =
          condition instanceof Comparison comparison && comparison.operator() == operator
              ? groups.get(subject(comparison))
              : null;
      if (group == null) {
        merged.add(condition);
      } else if (done.add(subject(group.getFirst()))) {
        merged.add(one(group));
      }
    }
    return merged;
  }

  private static Subject subject(Comparison comparison) {
    return new Subject(comparison.argument(), comparison.width(), comparison.mask());
  }

  private static Comparison one(List<Comparison> group) {
    Comparison first = group.getFirst();
    var operands = new ArrayList<Long>();
    group.forEach(comparison -> operands.addAll(comparison.operands()));
    return new Comparison(
        first.argument(), first.width(), first.mask(), first.operator(), operands);
  }

  /** All comparisons of a condition that are not negated. */
  static List<Comparison> comparisons(Condition condition) {
    return switch (condition) {
      case Comparison comparison -> List.of(comparison);
      case Condition.All(List<Condition> all) ->
          all.stream().flatMap(each -> comparisons(each).stream()).toList();
      case Condition.Any(List<Condition> any) ->
          any.stream().flatMap(each -> comparisons(each).stream()).toList();
      case Condition.Not _ -> List.of();
    };
  }
}
