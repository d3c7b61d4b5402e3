package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Programs against a plain reading of the rules they came from, on random filters and the values
 * where they turn.
 */
final class RandomFilterTest {
  private static final List<Action> ACTIONS =
      List.of(
          Action.allow(),
          Action.errno(Errno.EPERM),
          Action.errno(Errno.ENOSYS),
          Action.log(),
          Action.trap(),
          Action.killThread());
  private static final Map<Arch, Map<String, Integer>> TABLE =
      Map.of(
          Arch.X86_64, SyscallTable.numbers(Arch.X86_64),
          Arch.AARCH64, SyscallTable.numbers(Arch.AARCH64));
  private static final long[] VALUES = {
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

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void programsSayWhatTheRulesSay(@ForAll long seed) {
    var random = new Random(seed);
    SeccompFilter filter = filter(random);
    Map<String, Integer> table = TABLE.getOrDefault(filter.arches().iterator().next(), Map.of());
    List<String> names = List.copyOf(table.keySet());
    for (int i = 0; i < 400; i++) {
      String name = pick(random, i % 2 == 0 ? List.copyOf(filter.rules().keySet()) : names);
      long[] args = new long[6];
      for (int j = 0; j < 6; j++) {
        args[j] = value(random);
      }
      Action expected =
          filter.rules().containsKey(name)
              ? evaluate(filter.rules().get(name), args)
              : filter.otherwise();
      int number = table.getOrDefault(name, -1);
      assertEquals(
          expected,
          filter.decide(filter.arches().iterator().next(), number, args),
          () -> name + "\n" + filter.disassemble());
    }
  }

  /** The points are not all decided alike, or the property would say little. */
  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void conditionsTurnBothWays(@ForAll long seed) {
    var random = new Random(seed);
    Comparison condition = condition(random);
    boolean always = condition.mask() == 0 || condition.operator() != Comparison.Operator.IN;
    boolean met = false;
    for (long operand : condition.operands()) {
      long[] args = new long[6];
      args[condition.argument()] = operand;
      met |= holds(condition, args);
    }
    assertTrue(met || always, condition::toString);
  }

  static SeccompFilter filter(Random random) {
    Arch arch = random.nextBoolean() ? Arch.X86_64 : Arch.AARCH64;
    List<String> names = List.copyOf(TABLE.getOrDefault(arch, Map.of()).keySet());
    var builder =
        SeccompFilter.denyList(arch)
            .otherwise(pick(random, ACTIONS))
            .unknownNewer(pick(random, ACTIONS));
    int rules = 1 << random.nextInt(8);
    for (int i = 0; i < rules; i++) {
      builder.replace(pick(random, names), rule(random, ACTIONS));
    }
    return builder.build();
  }

  static Rule rule(Random random, List<Action> actions) {
    var clauses = new ArrayList<Rule.Clause>();
    for (int i = random.nextInt(4); i > 0; i--) {
      var conditions = new ArrayList<Condition>();
      for (int j = 1 + random.nextInt(3); j > 0; j--) {
        conditions.add(condition(random));
      }
      clauses.add(new Rule.Clause(conditions, pick(random, actions)));
    }
    try {
      return new Rule(clauses, pick(random, actions));
    } catch (IllegalArgumentException hidden) {
      return rule(random, actions);
    }
  }

  private static Comparison condition(Random random) {
    Comparison.Operator operator = pick(random, List.of(Comparison.Operator.values()));
    Comparison.Width width = pick(random, List.of(Comparison.Width.values()));
    long bits = width == Comparison.Width.BITS_32 ? 0xffff_ffffL : -1;
    long mask = random.nextInt(3) == 0 ? value(random) & bits : bits;
    boolean list = operator == Comparison.Operator.IN || operator == Comparison.Operator.NOT_IN;
    var operands = new ArrayList<Long>();
    for (int i = list ? 1 + random.nextInt(4) : 1; i > 0; i--) {
      operands.add(value(random) & (list ? mask : bits));
    }
    return new Comparison(random.nextInt(6), width, mask, operator, operands);
  }

  /** A value of the list, or next to one, or any. */
  static long value(Random random) {
    long base = VALUES[random.nextInt(VALUES.length)];
    return switch (random.nextInt(6)) {
      case 0 -> base - 1;
      case 1 -> base + 1;
      case 2 -> base ^ (1L << random.nextInt(64));
      case 3 -> random.nextLong();
      default -> base;
    };
  }

  private static Action evaluate(Rule rule, long[] args) {
    for (Rule.Clause clause : rule.clauses()) {
      if (clause.conditions().stream().allMatch(condition -> holds((Comparison) condition, args))) {
        return clause.action();
      }
    }
    return rule.otherwise();
  }

  private static boolean holds(Comparison condition, long[] args) {
    long value = args[condition.argument()] & condition.mask();
    int order = Long.compareUnsigned(value, condition.operands().getFirst());
    return switch (condition.operator()) {
      case IN -> condition.operands().contains(value);
      case NOT_IN -> !condition.operands().contains(value);
      case LESS -> order < 0;
      case AT_MOST -> order <= 0;
      case GREATER -> order > 0;
      case AT_LEAST -> order >= 0;
    };
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
