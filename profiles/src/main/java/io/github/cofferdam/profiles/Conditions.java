package io.github.cofferdam.profiles;

import io.github.cofferdam.seccomp.Argument;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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

  /**
   * At least one of some holds, in fewer words where patterns of bits are alternatives that
   * together say a comparison: profiles have no other way to compare 32 bits.
   */
  static Condition compact(List<Condition> alternatives) {
    List<SortedMap<Integer, Object>> terms = new ArrayList<>();
    for (Condition alternative : alternatives) {
      SortedMap<Integer, Object> term = term(alternative);
      if (term == null) {
        return any(alternatives);
      }
      terms.add(term);
    }
    int before = terms.size();
    for (int argument = 0; argument < 6; argument++) {
      terms = merge(terms, argument);
    }
    if (terms.size() == before) {
      return any(alternatives);
    }
    var conditions = new ArrayList<Condition>();
    for (SortedMap<Integer, Object> term : terms) {
      var all = new ArrayList<Condition>();
      term.forEach((argument, test) ->
          all.add(
              test instanceof ValueRanges values ? values.condition(argument) : (Comparison) test));
      conditions.add(all.size() == 1 ? all.getFirst() : new Condition.All(all));
    }
    return any(conditions);
  }

  /** What an alternative says of each argument: values or a comparison; null if it is none. */
  private static @Nullable SortedMap<Integer, Object> term(Condition alternative) {
    var term = new TreeMap<Integer, Object>();
    List<Condition> all =
        alternative instanceof Condition.All(List<Condition> conditions)
            ? conditions
            : List.of(alternative);
    for (Condition condition : all) {
      if (!(condition instanceof Comparison comparison)) {
        return null;
      }
      Object test =
          ValueRanges.isPattern(comparison) ? ValueRanges.ofPattern(comparison) : comparison;
      if (term.put(comparison.argument(), test) != null) {
        return null;
      }
    }
    return term;
  }

  /** Makes one of all terms that differ in the values of one argument only. */
  private static List<SortedMap<Integer, Object>> merge(
      List<SortedMap<Integer, Object>> terms, int argument) {
    Map<List<Object>, SortedMap<Integer, Object>> merged = new LinkedHashMap<>();
    for (SortedMap<Integer, Object> term : terms) {
      var rest = new TreeMap<>(term);
      Object own = rest.remove(argument);
      Object kind = own instanceof ValueRanges values ? values.bits() : term;
      merged.merge(
          List.of(rest, kind),
          term,
          (before, more) -> {
            if (before.get(argument) instanceof ValueRanges some
                && more.get(argument) instanceof ValueRanges others) {
              var both = new TreeMap<>(rest);
              both.put(argument, some.or(others));
              return both;
            }
            return before;
          });
    }
    return List.copyOf(merged.values());
  }

  /** Whether it shows at once that no arguments meet both. */
  static boolean disjoint(Condition a, Condition b) {
    for (Comparison some : conjuncts(a)) {
      for (Comparison other : conjuncts(b)) {
        if (some.argument() == other.argument() && disjoint(some, other)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean disjoint(Comparison a, Comparison b) {
    boolean equalities =
        a.operator() == Comparison.Operator.IN && b.operator() == Comparison.Operator.IN;
    if (equalities) {
      long common = a.mask() & b.mask();
      return a.operands().stream()
          .noneMatch(
              some -> b.operands().stream().anyMatch(other -> ((some ^ other) & common) == 0));
    }
    return a.width() == b.width()
        && looksAtAll(a)
        && looksAtAll(b)
        && ValueRanges.of(a).and(ValueRanges.of(b)).ranges().isEmpty();
  }

  private static boolean looksAtAll(Comparison comparison) {
    return comparison.mask()
        == (comparison.width() == Comparison.Width.BITS_32 ? 0xffff_ffffL : -1);
  }

  private static List<Comparison> conjuncts(Condition condition) {
    return switch (condition) {
      case Comparison comparison -> List.of(comparison);
      case Condition.All(List<Condition> all) ->
          all.stream().flatMap(each -> conjuncts(each).stream()).toList();
      case Condition.Any _, Condition.Not _ -> List.of();
    };
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
