package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * System calls that two filters decide differently.
 *
 * @param arch the convention by which they are made
 * @param calls names; numbers, or ranges such as {@code 470..999}, where there are none
 * @param when the arguments for which it is so, such as {@code arg1.low == 0x5412}; empty if for
 *     all
 * @param first what the first filter does
 * @param second what the second does
 */
public record FilterDifference(
    Arch arch, List<String> calls, String when, Action first, Action second) {

  /** Ways through two decisions that are followed before the comparison is given up. */
  private static final int PATIENCE = 100_000;

  /** Keeps a copy of the list. */
  public FilterDifference {
    calls = List.copyOf(calls);
  }

  /**
   * {@return where two programs decide differently, whoever compiled them}
   *
   * @throws IllegalArgumentException if one of them calculates with what it loads, or is too
   *     tangled to be compared
   */
  public static List<FilterDifference> between(BpfProgram first, BpfProgram second) {
    try {
      return compare(first, second);
    } catch (StackOverflowError e) {
      // Decisions are followed by recursion; what compilers make is far from so deep.
      throw new IllegalArgumentException("the filters are too deep to be compared", e);
    }
  }

  private static List<FilterDifference> compare(BpfProgram first, BpfProgram second) {
    var decisions = new Decisions();
    Decision a = ProgramReader.read(first, decisions);
    Decision b = ProgramReader.read(second, decisions);
    var all = new ArrayList<FilterDifference>();
    for (Arch arch : Arch.values()) {
      for (Map.Entry<List<Pair>, List<String>> group : groups(arch, a, b).entrySet()) {
        for (Pair pair : group.getKey()) {
          all.add(new FilterDifference(arch, group.getValue(), pair.when, pair.first, pair.second));
        }
      }
    }
    return List.copyOf(all);
  }

  static List<FilterDifference> between(SeccompFilter first, SeccompFilter second) {
    return between(first.program(), second.program());
  }

  /** Two actions, and when it is these. */
  private record Pair(String when, Action first, Action second) {}

  /** Numbers by what is different about them. */
  private static Map<List<Pair>, List<String>> groups(Arch arch, Decision a, Decision b) {
    SortedMap<Integer, String> names = new TreeMap<>();
    SyscallTable.numbers(arch).forEach((name, number) -> names.put(number, name));
    var known = new LinkedHashMap<List<Integer>, List<Pair>>();
    var groups = new LinkedHashMap<List<Pair>, List<String>>();
    for (NumberPartition.Range range : NumberPartition.of(arch, a, b)) {
      List<Pair> pairs =
          known.computeIfAbsent(
              List.of(range.first().id(), range.second().id()),
              _ -> compare(range.first(), range.second()));
      if (!pairs.isEmpty()) {
        addNames(
            groups.computeIfAbsent(pairs, _ -> new ArrayList<>()), names, range.from(), range.to());
      }
    }
    return groups;
  }

  private static List<Pair> compare(Decision first, Decision second) {
    var conditions = new LinkedHashMap<List<Action>, TreeSet<String>>();
    compare(first, second, Facts.none(), conditions, new int[1]);
    var pairs = new ArrayList<Pair>();
    conditions.forEach((actions, when) ->
        pairs.add(
            new Pair(
                when.contains("") ? "" : String.join(" || ", when),
                actions.getFirst(),
                actions.getLast())));
    return pairs;
  }

  private static void compare(
      Decision first,
      Decision second,
      Facts facts,
      Map<List<Action>, TreeSet<String>> differences,
      int[] steps) {
    if (first.id() == second.id()) {
      return;
    }
    if (++steps[0] > PATIENCE) {
      throw new IllegalArgumentException("the filters are too tangled to be compared");
    }
    if (first instanceof Decision.Verdict a && second instanceof Decision.Verdict b) {
      differences
          .computeIfAbsent(List.of(a.action(), b.action()), _ -> new TreeSet<>())
          .add(facts.toString());
      return;
    }
    Decision.Test test =
        first instanceof Decision.Test ofFirst
            ? ofFirst
            : second instanceof Decision.Test ofSecond ? ofSecond : null;
    if (test == null) {
      throw new IllegalStateException("neither a verdict nor a test");
    }
    for (boolean holds : new boolean[] {true, false}) {
      Facts more = facts.and(test.word(), holds);
      if (more.possible()) {
        compare(
            after(first, test.word(), holds),
            after(second, test.word(), holds),
            more,
            differences,
            steps);
      }
    }
  }

  private static Decision after(Decision decision, WordTest word, boolean holds) {
    return decision instanceof Decision.Test test && test.word().equals(word)
        ? holds ? test.ifTrue() : test.ifFalse()
        : decision;
  }

  private static void addNames(
      List<String> texts, SortedMap<Integer, String> names, int from, int to) {
    int next = from;
    // Names have positive numbers, so the map's order is the unsigned one as well.
    if (from >= 0) {
      for (Map.Entry<Integer, String> name : names.tailMap(from).entrySet()) {
        if (Integer.compareUnsigned(name.getKey(), to) > 0) {
          break;
        }
        addNumbers(texts, next, name.getKey());
        texts.add(name.getValue());
        next = name.getKey() + 1;
      }
    }
    if (next == 0 && to == -1 && from != 0) {
      return;
    }
    addNumbers(texts, next, to + 1);
  }

  /** Numbers without names, from one on and before another, 0 standing for 2^32. */
  private static void addNumbers(List<String> texts, int from, int end) {
    if (from != end) {
      int last = end - 1;
      String first = Integer.toUnsignedString(from);
      texts.add(from == last ? first : first + ".." + Integer.toUnsignedString(last));
    }
  }

  /** {@code x86_64 ioctl if arg1.low == 0x5412: ERRNO(EPERM) -> ALLOW}. */
  @Override
  public String toString() {
    return arch
        + " "
        + String.join(", ", calls)
        + (when.isEmpty() ? "" : " if " + when)
        + ": "
        + first
        + " -> "
        + second;
  }
}
