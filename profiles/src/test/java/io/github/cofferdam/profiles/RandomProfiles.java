package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random conditions and filters, about values at which comparisons turn. */
final class RandomProfiles {
  private static final List<Action> ACTIONS =
      List.of(
          Action.allow(),
          Action.log(),
          Action.errno(Errno.EPERM),
          Action.errno(Errno.ENOSYS),
          Action.errno(4095),
          Action.trace(7),
          Action.trap(),
          Action.userNotification(),
          Action.killThread(),
          Action.killProcess());

  private static final long[] VALUES = {
    0,
    1,
    5,
    0xf0,
    0x5412,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    0x1_0000_5412L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1
  };

  private RandomProfiles() {}

  static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  static long value(Random random) {
    long base = VALUES[random.nextInt(VALUES.length)];
    return switch (random.nextInt(6)) {
      case 0 -> base - 1;
      case 1 -> base + 1;
      case 2 -> base ^ (1L << random.nextInt(64));
      default -> base;
    };
  }

  static long[] arguments(Random random) {
    return random.longs(6).map(_ -> value(random)).toArray();
  }

  static Comparison comparison(Random random) {
    Comparison.Operator operator = pick(random, List.of(Comparison.Operator.values()));
    Comparison.Width width = pick(random, List.of(Comparison.Width.values()));
    long bits = width == Comparison.Width.BITS_32 ? 0xffff_ffffL : -1;
    long mask = random.nextInt(3) == 0 ? value(random) & bits : bits;
    boolean list = operator == Comparison.Operator.IN || operator == Comparison.Operator.NOT_IN;
    var operands = new ArrayList<Long>();
    for (int i = list ? 1 + random.nextInt(3) : 1; i > 0; i--) {
      operands.add(value(random) & (list ? mask : bits));
    }
    return new Comparison(random.nextInt(3), width, mask, operator, operands);
  }

  static Condition condition(Random random, int depth) {
    int kind = depth == 0 ? 9 : random.nextInt(10);
    if (kind == 0) {
      return new Condition.Not(condition(random, depth - 1));
    }
    if (kind > 4) {
      return comparison(random);
    }
    var conditions = new ArrayList<Condition>();
    for (int i = 1 + random.nextInt(2); i >= 0; i--) {
      conditions.add(condition(random, depth - 1));
    }
    return kind > 2 ? new Condition.All(conditions) : new Condition.Any(conditions);
  }

  static Rule rule(Random random) {
    while (true) {
      var clauses = new ArrayList<Rule.Clause>();
      for (int i = random.nextInt(3); i > 0; i--) {
        List<Condition> conditions =
            random.nextBoolean()
                ? List.of(comparison(random))
                : List.of(comparison(random), comparison(random));
        clauses.add(new Rule.Clause(conditions, pick(random, ACTIONS)));
      }
      try {
        return new Rule(clauses, pick(random, ACTIONS));
      } catch (IllegalArgumentException e) {
        // A clause that never decides: the next one.
      }
    }
  }

  static SeccompFilter filter(Random random) {
    Arch arch = pick(random, List.of(Arch.X86_64, Arch.AARCH64, Arch.RISCV64));
    List<String> names = List.copyOf(SyscallTable.numbers(arch).keySet());
    var builder =
        (arch == Arch.X86_64 && random.nextBoolean()
                ? SeccompFilter.denyList(arch, Arch.X32)
                : SeccompFilter.denyList(arch))
            .otherwise(pick(random, ACTIONS));
    for (int i = random.nextInt(8); i > 0; i--) {
      builder.replace(pick(random, names), rule(random));
    }
    if (random.nextBoolean()) {
      builder.newestKnown(pick(random, List.of("statx", "clone3", "futex_waitv", "read")));
    }
    return builder.build();
  }
}
