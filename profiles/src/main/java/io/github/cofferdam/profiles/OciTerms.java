package io.github.cofferdam.profiles;

import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Comparison.Operator;
import io.github.cofferdam.seccomp.Comparison.Width;
import io.github.cofferdam.seccomp.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A condition as what OCI profiles can say: alternatives, each of them one comparison of each of
 * some arguments.
 *
 * <p>All comparisons there are of 64 bits. Those of 32, those with a mask that are not for
 * equality, and two of one argument become patterns: bits that are looked at, and what they have to
 * be. {@code (x & mask) > k} means that x has a bit which k has not, and agrees with k in all
 * higher bits of the mask.
 */
final class OciTerms {
  /** More than any rule needs; a filter has 4096 instructions. */
  private static final int MAX_TERMS = 1024;

  private OciTerms() {}

  /** What one argument has to be. */
  sealed interface Test {}

  /** The same, as profiles can say it. */
  sealed interface Written extends Test {}

  /** A comparison that OCI profiles know. */
  record Plain(Operator operator, long value) implements Written {}

  /** {@code (argument & mask) == value}. */
  record Pattern(long mask, long value) implements Written {}

  /** It is one of some values, until they are written as patterns. */
  private record Values(ValueRanges ranges) implements Test {}

  /**
   * {@return the alternatives: tests by argument, all of which must hold; an empty one always
   * holds, and no alternative never does}
   *
   * @throws IllegalArgumentException if there are too many
   */
  static List<SortedMap<Integer, Written>> of(Condition condition) {
    var written = new ArrayList<SortedMap<Integer, Written>>();
    for (SortedMap<Integer, Test> term : terms(condition, false)) {
      List<SortedMap<Integer, Written>> alternatives = new ArrayList<>();
      alternatives.add(new TreeMap<>());
      for (Map.Entry<Integer, Test> test : term.entrySet()) {
        var more = new ArrayList<SortedMap<Integer, Written>>();
        for (SortedMap<Integer, Written> before : alternatives) {
          for (Written each : written(test.getValue())) {
            var next = new TreeMap<>(before);
            if (!(each instanceof Pattern(long mask, long _)) || mask != 0) {
              next.put(test.getKey(), each);
            }
            add(more, next);
          }
        }
        alternatives = more;
      }
      for (SortedMap<Integer, Written> alternative : alternatives) {
        add(written, alternative);
      }
    }
    return written;
  }

  private static List<? extends Written> written(Test test) {
    return test instanceof Plain plain ? List.of(plain) : patterns(test);
  }

  private static List<SortedMap<Integer, Test>> terms(Condition condition, boolean negated) {
    return switch (condition) {
      case Comparison comparison -> comparison(negated ? opposite(comparison) : comparison);
      case Condition.All(List<Condition> all) -> negated ? any(all, true) : all(all, false);
      case Condition.Any(List<Condition> any) -> negated ? all(any, true) : any(any, false);
      case Condition.Not(Condition inner) -> terms(inner, !negated);
    };
  }

  private static Comparison opposite(Comparison comparison) {
    Operator operator =
        switch (comparison.operator()) {
          case IN -> Operator.NOT_IN;
          case NOT_IN -> Operator.IN;
          case LESS -> Operator.AT_LEAST;
          case AT_MOST -> Operator.GREATER;
          case GREATER -> Operator.AT_MOST;
          case AT_LEAST -> Operator.LESS;
        };
    return new Comparison(
        comparison.argument(),
        comparison.width(),
        comparison.mask(),
        operator,
        comparison.operands());
  }

  private static List<SortedMap<Integer, Test>> any(List<Condition> conditions, boolean negated) {
    var terms = new ArrayList<SortedMap<Integer, Test>>();
    for (Condition condition : conditions) {
      for (SortedMap<Integer, Test> term : terms(condition, negated)) {
        add(terms, term);
      }
    }
    return terms;
  }

  private static List<SortedMap<Integer, Test>> all(List<Condition> conditions, boolean negated) {
    List<SortedMap<Integer, Test>> terms = List.of(new TreeMap<>());
    for (Condition condition : conditions) {
      terms = product(terms, terms(condition, negated));
    }
    return terms;
  }

  private static <T> void add(List<SortedMap<Integer, T>> terms, SortedMap<Integer, T> term) {
    if (!terms.contains(term)) {
      terms.add(term);
    }
    if (terms.size() > MAX_TERMS) {
      throw new IllegalArgumentException("it would take more than " + MAX_TERMS + " entries");
    }
  }

  private static List<SortedMap<Integer, Test>> product(
      List<SortedMap<Integer, Test>> some, List<SortedMap<Integer, Test>> others) {
    var terms = new ArrayList<SortedMap<Integer, Test>>();
    for (SortedMap<Integer, Test> a : some) {
      for (SortedMap<Integer, Test> b : others) {
        for (SortedMap<Integer, Test> both : both(a, b)) {
          add(terms, both);
        }
      }
    }
    return terms;
  }

  private static List<SortedMap<Integer, Test>> both(
      SortedMap<Integer, Test> a, SortedMap<Integer, Test> b) {
    List<SortedMap<Integer, Test>> terms = new ArrayList<>();
    terms.add(new TreeMap<>(a));
    for (Map.Entry<Integer, Test> test : b.entrySet()) {
      Test other = a.get(test.getKey());
      var next = new ArrayList<SortedMap<Integer, Test>>();
      for (SortedMap<Integer, Test> term : terms) {
        for (Test each : other == null ? List.of(test.getValue()) : both(other, test.getValue())) {
          var more = new TreeMap<>(term);
          more.put(test.getKey(), each);
          add(next, more);
        }
      }
      terms = next;
    }
    return terms;
  }

  /** Two tests of one argument. */
  private static List<Test> both(Test a, Test b) {
    if (a.equals(b)) {
      return List.of(a);
    }
    ValueRanges some = values(a);
    ValueRanges others = values(b);
    if (some != null && others != null && some.bits() == others.bits()) {
      ValueRanges values = some.and(others);
      return values.ranges().isEmpty() ? List.of() : List.of(new Values(values));
    }
    var tests = new ArrayList<Test>();
    for (Pattern first : patterns(a)) {
      for (Pattern second : patterns(b)) {
        long common = first.mask & second.mask;
        if ((first.value & common) == (second.value & common)) {
          tests.add(new Pattern(first.mask | second.mask, first.value | second.value));
        }
      }
    }
    return tests;
  }

  private static List<Pattern> patterns(Test test) {
    ValueRanges values = values(test);
    if (test instanceof Pattern pattern) {
      return List.of(pattern);
    }
    var patterns = new ArrayList<Pattern>();
    if (values != null) {
      for (ValueRanges.Pattern pattern : values.patterns()) {
        patterns.add(new Pattern(pattern.mask(), pattern.value()));
      }
    }
    return patterns;
  }

  /** The values that meet a test; null for a pattern. */
  private static @Nullable ValueRanges values(Test test) {
    return switch (test) {
      case Pattern _ -> null;
      case Values(ValueRanges ranges) -> ranges;
      case Plain(Operator operator, long value) ->
          ValueRanges.of(new Comparison(0, Width.BITS_64, -1, operator, List.of(value)));
    };
  }

  private static List<SortedMap<Integer, Test>> comparison(Comparison comparison) {
    var terms = new ArrayList<SortedMap<Integer, Test>>();
    boolean wide = comparison.width() == Width.BITS_64;
    boolean whole = comparison.mask() == (wide ? -1 : 0xffff_ffffL);
    ValueRanges values = whole ? ValueRanges.of(comparison) : null;
    if (values != null && values.ranges().isEmpty()) {
      return List.of();
    }
    if (values != null && (!wide || comparison.operator() == Operator.NOT_IN)) {
      var term = new TreeMap<Integer, Test>();
      boolean plain = wide && comparison.operands().size() == 1;
      term.put(
          comparison.argument(),
          plain
              ? new Plain(Operator.NOT_IN, comparison.operands().getFirst())
              : new Values(values));
      return List.of(term);
    }
    if (comparison.operator() == Operator.NOT_IN && comparison.operands().size() > 1) {
      List<Condition> each = new ArrayList<>();
      for (long operand : comparison.operands()) {
        each.add(
            new Comparison(
                comparison.argument(),
                comparison.width(),
                comparison.mask(),
                Operator.NOT_IN,
                List.of(operand)));
      }
      return all(each, false);
    }
    for (long operand : comparison.operands()) {
      List<? extends Test> tests =
          whole
              ? List.of(new Plain(comparison.operator(), operand))
              : patterns(comparison.operator(), comparison.mask(), operand);
      for (Test test : tests) {
        var term = new TreeMap<Integer, Test>();
        if (!(test instanceof Pattern(long mask, long _)) || mask != 0) {
          term.put(comparison.argument(), test);
        }
        add(terms, term);
      }
    }
    return terms;
  }

  /** Patterns of which exactly those values meet one that meet a comparison with one operand. */
  private static List<Pattern> patterns(Operator operator, long mask, long operand) {
    var patterns = new ArrayList<Pattern>();
    boolean equal = operator != Operator.LESS && operator != Operator.GREATER;
    if (operator == Operator.NOT_IN) {
      for (int bit = 63; bit >= 0; bit--) {
        long one = 1L << bit;
        if ((mask & one) != 0) {
          patterns.add(new Pattern(one, ~operand & one));
        }
      }
      return patterns;
    }
    if (operator != Operator.IN) {
      boolean more = operator == Operator.GREATER || operator == Operator.AT_LEAST;
      addUnequal(patterns, mask, operand, more);
    }
    if (equal && (operand & ~mask) == 0) {
      patterns.add(new Pattern(mask, operand));
    }
    return patterns;
  }

  /** Values that agree with an operand down to some bit, and there have what it has not. */
  private static void addUnequal(List<Pattern> patterns, long mask, long operand, boolean more) {
    for (int bit = 63; bit >= 0; bit--) {
      long one = 1L << bit;
      long higher = bit == 63 ? 0 : -1L << (bit + 1);
      boolean set = (operand & one) != 0;
      if ((mask & one) == 0) {
        if (set && !more) {
          // The value has no such bit: it is less, whatever follows.
          patterns.add(new Pattern(mask & higher, operand & higher));
        }
        if (set) {
          return;
        }
      } else if (set != more) {
        patterns.add(new Pattern(mask & (higher | one), (operand & higher) | (more ? one : 0)));
      }
    }
  }

  /** The name of an operator, without its prefix. */
  static String operator(Written test) {
    return switch (test) {
      case Pattern _ -> "MASKED_EQ";
      case Plain(Operator operator, long _) ->
          switch (operator) {
            case IN -> "EQ";
            case NOT_IN -> "NE";
            case LESS -> "LT";
            case AT_MOST -> "LE";
            case GREATER -> "GT";
            case AT_LEAST -> "GE";
          };
    };
  }
}
