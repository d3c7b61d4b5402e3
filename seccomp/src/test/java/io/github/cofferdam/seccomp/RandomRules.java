package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random rules for tests that also run as an unprivileged user, who cannot read what jqwik loads at
 * run time: those of {@link Filters} are better.
 */
final class RandomRules {
  private final Random random;

  RandomRules(long seed) {
    random = new Random(seed);
  }

  SeccompFilter filter(List<Action> actions) {
    List<Arch> arches = List.of(Arch.values());
    List<String> names = List.copyOf(SyscallTable.numbers(Arch.X86_64).keySet());
    var builder =
        SeccompFilter.denyList(pick(arches), pick(arches))
            .otherwise(pick(actions))
            .unknownNewer(pick(actions))
            .replace("socketcall", Rule.always(pick(actions)))
            .replace("ipc", Rule.always(pick(actions)));
    for (int i = 1 << random.nextInt(7); i > 0; i--) {
      builder.replace(pick(names), rule(actions));
    }
    return builder.build();
  }

  Rule rule(List<Action> actions) {
    var clauses = new ArrayList<Rule.Clause>();
    for (int i = random.nextInt(4); i > 0; i--) {
      var conditions = new ArrayList<Condition>();
      for (int j = 1 + random.nextInt(3); j > 0; j--) {
        Condition one = comparison();
        conditions.add(
            switch (random.nextInt(4)) {
              case 0 -> one.or(comparison());
              case 1 -> Condition.not(one.and(comparison()));
              default -> one;
            });
      }
      clauses.add(new Rule.Clause(conditions, pick(actions)));
    }
    try {
      return new Rule(clauses, pick(actions));
    } catch (IllegalArgumentException unreachable) {
      return rule(actions);
    }
  }

  private Comparison comparison() {
    Comparison.Operator operator = pick(List.of(Comparison.Operator.values()));
    Comparison.Width width = pick(List.of(Comparison.Width.values()));
    long mask = random.nextInt(3) == 0 ? Filters.value(random) & width.bits() : width.bits();
    boolean list = operator == Comparison.Operator.IN || operator == Comparison.Operator.NOT_IN;
    var operands = new ArrayList<Long>();
    for (int i = list ? 1 + random.nextInt(5) : 1; i > 0; i--) {
      operands.add(Filters.value(random) & (list ? mask : width.bits()));
    }
    return new Comparison(random.nextInt(6), width, mask, operator, operands);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
