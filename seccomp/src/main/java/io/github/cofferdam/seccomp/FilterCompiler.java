package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.seccomp.BpfAssembler.Label;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns a filter into a program:
 *
 * <pre>
 *   arch check
 *   binary search over ranges of numbers that are treated alike
 *   argument checks, each rule once
 *   verdicts, each once
 * </pre>
 *
 * The kernel runs the first two parts for every number when it installs the filter, so their depth
 * is what installing costs.
 */
final class FilterCompiler {
  private final BpfAssembler assembler = new BpfAssembler();
  private final Map<Rule, Label> rules = new LinkedHashMap<>();
  private final Map<Action, Label> verdicts = new LinkedHashMap<>();
  private final List<Range> ranges;
  private final SeccompFilter filter;

  /** Numbers from {@code first} to the next range's are treated alike. */
  record Range(int first, Rule rule) {}

  private FilterCompiler(SeccompFilter filter) {
    this.filter = filter;
    this.ranges = ranges(filter);
  }

  static BpfProgram compile(SeccompFilter filter) {
    return new FilterCompiler(filter).compile();
  }

  private BpfProgram compile() {
    var known = new Label();
    assembler.load(SeccompData.ARCH);
    assembler.jumpIfEqual(filter.arch().auditArch(), known, verdict(filter.foreignArch()));
    assembler.bind(known);
    assembler.load(SeccompData.NUMBER);
    search(0, ranges.size() - 1);
    // Argument checks only lead to verdicts.
    for (Map.Entry<Rule, Label> rule : rules.entrySet()) {
      check(rule.getKey(), rule.getValue());
    }
    for (Map.Entry<Action, Label> verdict : verdicts.entrySet()) {
      assembler.bind(verdict.getValue());
      assembler.returns(verdict.getKey());
    }
    return assembler.assemble();
  }

  /** All 2^32 numbers, in unsigned order; neighbours differ. */
  static List<Range> ranges(SeccompFilter filter) {
    var byNumber = new TreeMap<Integer, Rule>();
    Rule otherwise = Rule.always(filter.otherwise());
    for (Map.Entry<String, Integer> call : filter.numbers().entrySet()) {
      byNumber.put(call.getValue(), filter.rules().getOrDefault(call.getKey(), otherwise));
    }
    Rule unknown = Rule.always(filter.unknownNewer());
    var ranges = new ArrayList<Range>();
    int next = 0;
    for (Map.Entry<Integer, Rule> call : byNumber.entrySet()) {
      if (call.getKey() > next) {
        append(ranges, next, unknown);
      }
      append(ranges, call.getKey(), call.getValue());
      next = call.getKey() + 1;
    }
    append(ranges, next, unknown);
    if (filter.arch() == Arch.X86_64) {
      append(ranges, SeccompFilter.X32_BIT, Rule.always(Action.errno(Errno.ENOSYS)));
    }
    return ranges;
  }

  private static void append(List<Range> ranges, int first, Rule rule) {
    if (ranges.isEmpty() || !ranges.getLast().rule().equals(rule)) {
      ranges.add(new Range(first, rule));
    }
  }

  /** Decides between ranges, with the number in A. */
  private void search(int from, int to) {
    if (from == to) {
      assembler.jump(target(from));
    } else if (fewExceptions(from, to)) {
      Label rest = target(from);
      for (int i = from + 1; i < to; i += 2) {
        Label next = i + 1 == to ? rest : new Label();
        assembler.jumpIfEqual(ranges.get(i).first(), target(i), next);
        if (next != rest) {
          assembler.bind(next);
        }
      }
    } else {
      int middle = middle(from, to);
      boolean lowIsOne = middle - 1 == from;
      boolean highIsOne = middle == to;
      Label low = lowIsOne ? target(from) : new Label();
      Label high = highIsOne ? target(to) : new Label();
      assembler.jumpIfAtLeast(ranges.get(middle).first(), high, low);
      if (!lowIsOne) {
        assembler.bind(low);
        search(from, middle - 1);
      }
      if (!highIsOne) {
        assembler.bind(high);
        search(middle, to);
      }
    }
  }

  /**
   * One rule for all, save for one or two single numbers: testing those is as quick as halving, and
   * shorter.
   */
  private boolean fewExceptions(int from, int to) {
    int exceptions = (to - from) / 2;
    if ((to - from) % 2 != 0 || exceptions < 1 || exceptions > 2) {
      return false;
    }
    for (int i = from + 1; i < to; i += 2) {
      if (!single(i, from, to)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The range at which the upper part begins, so that both parts have about as many numbers. To
   * keep single numbers with their neighbours here, for the sake of {@link #fewExceptions},
   * shortens the program by a tenth, but deepens it.
   */
  private int middle(int from, int to) {
    long total = 0;
    for (int i = from; i <= to; i++) {
      total += size(i);
    }
    int best = to;
    long smallest = Long.MAX_VALUE;
    long low = 0;
    for (int i = from + 1; i <= to; i++) {
      low += size(i - 1);
      long difference = Math.abs(total - 2 * low);
      if (difference < smallest) {
        smallest = difference;
        best = i;
      }
    }
    return best;
  }

  /**
   * Whether a range between {@code from} and {@code to} is one number between neighbours that are
   * alike.
   */
  private boolean single(int i, int from, int to) {
    return i > from
        && i < to
        && size(i) == 1
        && ranges.get(i - 1).rule().equals(ranges.get(i + 1).rule());
  }

  /** Numbers of a range; the open end counts little, since programs do not go there. */
  private int size(int range) {
    return range + 1 < ranges.size()
            && Integer.compareUnsigned(ranges.get(range + 1).first(), SeccompFilter.X32_BIT) < 0
        ? ranges.get(range + 1).first() - ranges.get(range).first()
        : 2;
  }

  private Label target(int range) {
    Rule rule = ranges.get(range).rule();
    return rule.clauses().isEmpty() ? verdict(rule.otherwise()) : label(rules, rule);
  }

  private Label verdict(Action action) {
    return label(verdicts, action);
  }

  private static <K> Label label(Map<K, Label> labels, K key) {
    Label label = labels.get(key);
    if (label == null) {
      label = new Label();
      labels.put(key, label);
    }
    return label;
  }

  private void check(Rule rule, Label label) {
    assembler.bind(label);
    for (int i = 0; i < rule.clauses().size(); i++) {
      Rule.Clause clause = rule.clauses().get(i);
      boolean last = i + 1 == rule.clauses().size();
      Label next = last ? verdict(rule.otherwise()) : new Label();
      Label met = verdict(clause.action());
      for (int j = 0; j < clause.conditions().size(); j++) {
        boolean lastCondition = j + 1 == clause.conditions().size();
        Label holds = lastCondition ? met : new Label();
        new ConditionCompiler(assembler, clause.conditions().get(j)).test(holds, next);
        if (!lastCondition) {
          assembler.bind(holds);
        }
      }
      if (!last) {
        assembler.bind(next);
      }
    }
  }
}
