package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A plain reading of a filter: what the documentation of its parts says, in the order in which it
 * says it, with none of the code that filters are compiled or questioned by.
 */
final class Reference {
  private static final Map<Arch, Map<Integer, String>> NAMES =
      Stream.of(Arch.values()).collect(Collectors.toMap(Function.identity(), Reference::names));

  private Reference() {}

  private static Map<Integer, String> names(Arch arch) {
    return SyscallTable.numbers(arch).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
  }

  static Action decide(SeccompFilter filter, int audit, int number, long... args) {
    Arch arch = arch(audit, number);
    if (arch == null) {
      return filter.foreignArch();
    }
    if (!filter.arches().contains(arch)) {
      return filter.foreignArch(arch);
    }
    String name = NAMES.getOrDefault(arch, Map.of()).get(number);
    Rule rule = name == null ? null : filter.rules().get(name);
    if (rule != null) {
      return decide(rule, args);
    }
    boolean ofX32 = (number >>> 9) == (0x4000_0200 >>> 9);
    return name == null || (number > filter.highest(arch) && !ofX32)
        ? filter.unknownNewer()
        : filter.otherwise();
  }

  private static @Nullable Arch arch(int audit, int number) {
    for (Arch arch : Arch.values()) {
      boolean x32 = number < 0 || number >= 0x4000_0000;
      if (arch.auditArch() == audit && (arch != Arch.X32 || x32) && (arch != Arch.X86_64 || !x32)) {
        return arch;
      }
    }
    return null;
  }

  static Action decide(Rule rule, long... args) {
    for (Rule.Clause clause : rule.clauses()) {
      boolean all = true;
      for (Condition condition : clause.conditions()) {
        all &= holds(condition, args);
      }
      if (all) {
        return clause.action();
      }
    }
    return rule.otherwise();
  }

  static boolean holds(Condition condition, long... args) {
    return switch (condition) {
      case Comparison comparison -> holds(comparison, args);
      case Condition.All(List<Condition> all) -> {
        boolean result = true;
        for (Condition each : all) {
          result &= holds(each, args);
        }
        yield result;
      }
      case Condition.Any(List<Condition> any) -> {
        boolean result = false;
        for (Condition each : any) {
          result |= holds(each, args);
        }
        yield result;
      }
      case Condition.Not(Condition inner) -> !holds(inner, args);
    };
  }

  private static boolean holds(Comparison comparison, long... args) {
    long read =
        comparison.width() == Comparison.Width.BITS_32
            ? Integer.toUnsignedLong((int) args[comparison.argument()])
            : args[comparison.argument()];
    long value = read & comparison.mask();
    long operand = Objects.requireNonNull(comparison.operands().getFirst());
    boolean below = value + Long.MIN_VALUE < operand + Long.MIN_VALUE;
    return switch (comparison.operator()) {
      case IN -> comparison.operands().contains(value);
      case NOT_IN -> !comparison.operands().contains(value);
      case LESS -> below;
      case AT_MOST -> below || value == operand;
      case GREATER -> !below && value != operand;
      case AT_LEAST -> !below;
    };
  }
}
