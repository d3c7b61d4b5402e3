package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.seccomp.WordTest.Operator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Turns a filter into a decision, and that into a program:
 *
 * <pre>
 *   which architecture
 *   for each: search over ranges of numbers that are treated alike
 *   argument checks, each once
 *   verdicts
 * </pre>
 *
 * The kernel runs the first two parts for every number when it installs the filter, so their depth
 * is what installing costs.
 */
final class FilterCompiler {
  /** A range that programs do not search for still has to be found. */
  private static final double RARE = 0.001;

  /** Behind the last number. */
  private static final long END = 1L << 32;

  private final SeccompFilter filter;
  private final Decisions decisions;
  private final boolean optimise;

  /** Numbers from {@code first} to the next range's are treated alike. */
  record Range(int first, Rule rule) {}

  private FilterCompiler(SeccompFilter filter, Decisions decisions, boolean optimise) {
    this.filter = filter;
    this.decisions = decisions;
    this.optimise = optimise;
  }

  static BpfProgram compile(SeccompFilter filter) {
    return compile(filter, true);
  }

  /** With no optimisation, every number and every condition is asked for by itself, in order. */
  static BpfProgram compile(SeccompFilter filter, boolean optimise) {
    Decision root = new FilterCompiler(filter, new Decisions(), optimise).root();
    return new CodeGenerator(optimise).generate(root);
  }

  /** What the filter decides. */
  static Decision decision(SeccompFilter filter, Decisions decisions) {
    return new FilterCompiler(filter, decisions, true).root();
  }

  private Decision root() {
    // The first architecture that was named is asked for first.
    var byAudit = new LinkedHashMap<Integer, List<Arch>>();
    for (Arch arch : filter.arches()) {
      byAudit.putIfAbsent(arch.auditArch(), new ArrayList<>());
      byAudit.getOrDefault(arch.auditArch(), List.of()).add(arch);
    }
    var branches = new LinkedHashMap<Integer, Decision>();
    for (Map.Entry<Integer, List<Arch>> audit : byAudit.entrySet()) {
      branches.put(audit.getKey(), search(audit.getValue()));
    }
    for (Arch arch : Arch.values()) {
      if (arch != Arch.X32) {
        branches.putIfAbsent(arch.auditArch(), foreign(arch));
      }
    }
    Decision decision = decisions.verdict(filter.foreignArch());
    for (Map.Entry<Integer, Decision> branch : branches.sequencedEntrySet().reversed()) {
      decision = ifArch(branch.getKey(), branch.getValue(), decision);
    }
    return decision;
  }

  private Decision foreign(Arch arch) {
    Decision answer = decisions.verdict(filter.foreignArch(arch));
    return arch == Arch.X86_64
        ? decisions.test(
            new WordTest(SeccompData.NUMBER, -1, Operator.AT_LEAST, SeccompData.X32_BIT),
            decisions.verdict(filter.foreignArch(Arch.X32)),
            answer)
        : answer;
  }

  private Decision ifArch(int audit, Decision holds, Decision fails) {
    return decisions.test(new WordTest(SeccompData.ARCH, -1, Operator.EQUAL, audit), holds, fails);
  }

  private Decision search(List<Arch> arches) {
    List<Range> ranges = ranges(filter, arches);
    if (!optimise) {
      return searchOneByOne(ranges);
    }
    if (!arches.contains(Arch.X86_64) || !arches.contains(Arch.X32)) {
      return search(arches, ranges, 0, END);
    }
    // Both have about as many numbers, so that no other test can come first.
    return decisions.test(
        new WordTest(SeccompData.NUMBER, -1, Operator.AT_LEAST, SeccompData.X32_BIT),
        search(List.of(Arch.X32), ranges, SeccompData.X32_BIT, END),
        search(List.of(Arch.X86_64), ranges, 0, SeccompData.X32_BIT));
  }

  /** The search for a number from first on and before end. */
  private Decision search(List<Arch> arches, List<Range> ranges, long first, long end) {
    var search = new RangeSearch(decisions, SeccompData.NUMBER, -1);
    NavigableMap<Integer, Integer> frequencies = filter.frequencies(arches);
    var byRule = new TreeMap<Integer, Decision>();
    for (int i = 0; i < ranges.size(); i++) {
      long next = Math.max(first, Integer.toUnsignedLong(ranges.get(i).first()));
      long nextRange =
          i + 1 < ranges.size() ? Integer.toUnsignedLong(ranges.get(i + 1).first()) : END;
      long behind = Math.min(end, nextRange);
      if (next >= behind) {
        continue;
      }
      Decision target = decisions.rule(ranges.get(i).rule());
      Decision simple = byRule.get(target.id());
      if (simple == null) {
        simple = Feasibility.simplify(decisions, target);
        byRule.put(target.id(), simple);
      }
      for (Arch arch : arches) {
        long known = Math.max(next, arch == Arch.X32 ? SeccompData.X32_BIT : 0);
        long unknown = Math.min(behind, filter.highest(arch) + 1L);
        if (known < unknown) {
          if (next < known) {
            search.add(next, known, simple, RARE);
          }
          addKnown(search, known, unknown, simple, frequencies);
          next = unknown;
        }
      }
      if (next < behind) {
        search.add(next, behind, simple, RARE);
      }
    }
    return search.build();
  }

  /** Numbers that programs know: each is searched for once, or as often as was said. */
  private static void addKnown(
      RangeSearch search,
      long first,
      long end,
      Decision target,
      NavigableMap<Integer, Integer> frequencies) {
    long next = first;
    while (next < end) {
      Map.Entry<Integer, Integer> frequent = frequencies.ceilingEntry((int) next);
      if (frequent == null || frequent.getKey() >= end) {
        search.add(next, end, target, (double) (end - next));
        return;
      }
      if (next < frequent.getKey()) {
        search.add(next, frequent.getKey(), target, (double) (frequent.getKey() - next));
      }
      search.add(frequent.getKey(), frequent.getKey() + 1L, target, 1 + frequent.getValue());
      next = frequent.getKey() + 1L;
    }
  }

  private Decision searchOneByOne(List<Range> ranges) {
    Decision decision = decisions.rule(ranges.getLast().rule());
    for (int i = ranges.size() - 2; i >= 0; i--) {
      decision =
          decisions.test(
              new WordTest(SeccompData.NUMBER, -1, Operator.AT_LEAST, ranges.get(i + 1).first()),
              decision,
              decisions.rule(ranges.get(i).rule()));
    }
    return decision;
  }

  /** All 2^32 numbers of an audit value, in unsigned order; neighbours differ. */
  static List<Range> ranges(SeccompFilter filter, List<Arch> arches) {
    var ranges = new ArrayList<Range>();
    if (!arches.contains(Arch.X86_64) && !arches.contains(Arch.X32)) {
      addRanges(ranges, filter, arches.getFirst(), 0);
      return ranges;
    }
    if (arches.contains(Arch.X86_64)) {
      addRanges(ranges, filter, Arch.X86_64, 0);
    } else {
      append(ranges, 0, Rule.always(filter.foreignArch(Arch.X86_64)));
    }
    if (arches.contains(Arch.X32)) {
      addRanges(ranges, filter, Arch.X32, SeccompData.X32_BIT);
    } else {
      append(ranges, SeccompData.X32_BIT, Rule.always(filter.foreignArch(Arch.X32)));
    }
    return ranges;
  }

  private static void addRanges(List<Range> ranges, SeccompFilter filter, Arch arch, int base) {
    var byNumber = new TreeMap<Integer, Rule>();
    Rule otherwise = Rule.always(filter.otherwise());
    Rule unknown = Rule.always(filter.unknownNewer());
    for (Map.Entry<String, Integer> call : filter.numbers(arch).entrySet()) {
      Rule rule = filter.rules().get(call.getKey());
      if (rule != null) {
        byNumber.put(call.getValue(), rule);
      } else if (filter.knows(arch, call.getValue())) {
        byNumber.put(call.getValue(), otherwise);
      }
    }
    int next = base;
    for (Map.Entry<Integer, Rule> call : byNumber.entrySet()) {
      if (call.getKey() > next) {
        append(ranges, next, unknown);
      }
      append(ranges, call.getKey(), call.getValue());
      next = call.getKey() + 1;
    }
    append(ranges, next, unknown);
  }

  private static void append(List<Range> ranges, int first, Rule rule) {
    if (ranges.isEmpty() || !ranges.getLast().rule().equals(rule)) {
      ranges.add(new Range(first, rule));
    }
  }
}
