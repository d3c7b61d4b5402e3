package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** Random filters that shrink to small ones, and the points where they turn. */
final class Filters {
  private static final List<Action> ACTIONS =
      List.of(
          Action.allow(),
          Action.errno(Errno.EPERM),
          Action.errno(Errno.ENOSYS),
          Action.errno(4095),
          Action.log(),
          Action.trap(),
          Action.trace(7),
          Action.userNotification(),
          Action.killThread(),
          Action.killProcess());

  private static final long[] TURNING_POINTS = {
    0,
    1,
    2,
    0xf,
    0x10,
    0x5412,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    0x1_0000_0001L,
    0x1_0000_5412L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1
  };

  private Filters() {}

  static Arbitrary<Action> actions() {
    return Arbitraries.of(ACTIONS);
  }

  static Arbitrary<Long> values() {
    return Arbitraries.oneOf(
        Arbitraries.of(boxed(TURNING_POINTS)),
        Arbitraries.integers().between(0, 63).map(bit -> 1L << bit),
        Arbitraries.longs().between(0, 20),
        Arbitraries.longs());
  }

  private static List<Long> boxed(long[] values) {
    var list = new ArrayList<Long>();
    for (long value : values) {
      list.add(value);
    }
    return list;
  }

  /** A turning point, or next to one, or any; for those who draw themselves. */
  static long value(Random random) {
    long base = TURNING_POINTS[random.nextInt(TURNING_POINTS.length)];
    return switch (random.nextInt(6)) {
      case 0 -> base - 1;
      case 1 -> base + 1;
      case 2 -> base ^ (1L << random.nextInt(64));
      case 3 -> random.nextLong();
      default -> base;
    };
  }

  static Arbitrary<Comparison> comparisons() {
    return Combinators.combine(
            Arbitraries.integers().between(0, SeccompData.POINTER_INDEX),
            Arbitraries.of(Comparison.Width.values()),
            Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.just(-1L)), Tuple.of(1, values().filter(v -> v != 0))),
            Arbitraries.of(Comparison.Operator.values()),
            values().list().ofMinSize(1).ofMaxSize(6))
        .as(Filters::comparison);
  }

  private static Comparison comparison(
      int argument,
      Comparison.Width drawnWidth,
      long mask,
      Comparison.Operator operator,
      List<Long> operands) {
    Comparison.Width width =
        argument == SeccompData.POINTER_INDEX ? Comparison.Width.BITS_64 : drawnWidth;
    boolean list = operator == Comparison.Operator.IN || operator == Comparison.Operator.NOT_IN;
    long bits = width.bits();
    long comparable = list ? mask & bits : bits;
    List<Long> fitting = operands.stream().map(operand -> operand & comparable).toList();
    return new Comparison(
        argument, width, mask & bits, operator, list ? fitting : fitting.subList(0, 1));
  }

  static Arbitrary<Condition> conditions() {
    return Arbitraries.recursive(
        () -> comparisons().map(Condition.class::cast),
        inner ->
            Arbitraries.oneOf(
                inner,
                inner.list().ofMinSize(1).ofMaxSize(3).map(Condition.All::new),
                inner.list().ofMinSize(1).ofMaxSize(3).map(Condition.Any::new),
                inner.map(Condition::not)),
        0,
        2);
  }

  static Arbitrary<Rule> rules() {
    return rules(conditions(), actions());
  }

  /** Clauses that could never decide are left out, so that every draw is a rule. */
  static Arbitrary<Rule> rules(Arbitrary<Condition> conditions, Arbitrary<Action> actions) {
    Arbitrary<Rule.Clause> clauses =
        Combinators.combine(conditions.list().ofMinSize(1).ofMaxSize(3), actions)
            .as(Rule.Clause::new);
    return Combinators.combine(clauses.list().ofMaxSize(4), actions)
        .as((all, otherwise) -> {
          var reachable = new ArrayList<Rule.Clause>();
          for (Rule.Clause clause : all) {
            reachable.add(clause);
            try {
              var _ = new Rule(reachable, otherwise);
            } catch (IllegalArgumentException unreachable) {
              reachable.removeLast();
            }
          }
          return new Rule(reachable, otherwise);
        });
  }

  static Arbitrary<Tuple2<String, Rule>> calls(Arbitrary<Rule> rules) {
    var names = new TreeSet<String>();
    for (Arch arch : Arch.values()) {
      names.addAll(SyscallTable.numbers(arch).keySet());
    }
    return Combinators.combine(Arbitraries.of(List.copyOf(names)), rules).as(Tuple::of);
  }

  static Arbitrary<SeccompFilter> filters() {
    return Combinators.combine(
            Arbitraries.of(Arch.class).set().ofMinSize(1).ofMaxSize(4),
            calls(rules()).list().ofMaxSize(40),
            actions().list().ofSize(4),
            Arbitraries.of(SyscallTable.numbers(Arch.AARCH64).keySet()).optional(0.3))
        .as((arches, calls, actions, newest) -> filter(arches, calls, actions, newest.orElse("")));
  }

  private static SeccompFilter filter(
      Set<Arch> arches, List<Tuple2<String, Rule>> calls, List<Action> actions, String newest) {
    List<Arch> all = List.copyOf(new TreeSet<>(arches));
    var builder =
        SeccompFilter.denyList(all.getFirst(), all.subList(1, all.size()).toArray(Arch[]::new))
            .otherwise(actions.get(0))
            .unknownNewer(actions.get(1))
            .foreignArch(actions.get(2))
            .foreignArch(Arch.X32, actions.get(3))
            .replace("socketcall", Rule.always(actions.get(0)))
            .replace("ipc", Rule.always(actions.get(0)));
    if (!newest.isEmpty()
        && all.stream().anyMatch(arch -> SyscallTable.number(arch, newest).isPresent())) {
      builder.newestKnown(newest);
    }
    calls.forEach(call -> builder.replace(call.get1(), call.get2()));
    return builder.build();
  }

  /** Arguments near everything that a condition compares with. */
  static List<long[]> points(Rule rule) {
    var values = new ArrayList<SortedSet<Long>>();
    for (int i = 0; i < 7; i++) {
      values.add(new TreeSet<>(List.of(0L)));
    }
    rule.clauses().forEach(clause -> clause.conditions().forEach(each -> addPoints(each, values)));
    var points = new ArrayList<long[]>();
    // One argument at a time, and all together: the others at a value that matters to them.
    for (int base = 0; base < 3; base++) {
      long[] others = new long[7];
      for (int i = 0; i < 7; i++) {
        List<Long> choice = List.copyOf(values.get(i));
        others[i] = choice.get(choice.size() * base / 3);
      }
      for (int i = 0; i < 7; i++) {
        for (long value : values.get(i)) {
          long[] point = others.clone();
          point[i] = value;
          points.add(point);
        }
      }
    }
    return points;
  }

  private static void addPoints(Condition condition, List<SortedSet<Long>> values) {
    switch (condition) {
      case Comparison comparison -> {
        Set<Long> mine = values.get(comparison.argument());
        for (long operand : comparison.operands()) {
          for (long near :
              new long[] {
                operand - 1,
                operand,
                operand + 1,
                operand ^ 1L << 32,
                operand ^ 1L << 63,
                operand | ~comparison.mask(),
                ~operand
              }) {
            mine.add(near);
          }
        }
      }
      case Condition.All(List<Condition> all) -> all.forEach(each -> addPoints(each, values));
      case Condition.Any(List<Condition> any) -> any.forEach(each -> addPoints(each, values));
      case Condition.Not(Condition inner) -> addPoints(inner, values);
    }
  }
}
