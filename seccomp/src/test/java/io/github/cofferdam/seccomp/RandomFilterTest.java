package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Programs against a plain reading of the rules they came from, on random filters and the points
 * where they turn.
 */
final class RandomFilterTest {
  private static final AtomicLong POINTS = new AtomicLong();

  @Provide
  Arbitrary<SeccompFilter> filters() {
    return Filters.filters();
  }

  @Provide
  Arbitrary<Condition> conditions() {
    return Filters.conditions();
  }

  @Provide
  Arbitrary<Rule> rules() {
    return Filters.rules();
  }

  /** With and without optimisation; on every number and, where there are rules, their points. */
  @Property(tries = 250)
  void programsSayWhatTheRulesSay(@ForAll("filters") SeccompFilter filter) {
    BpfProgram plain;
    try {
      plain = FilterCompiler.compile(filter, false);
    } catch (IllegalArgumentException tooLong) {
      plain = filter.program();
    }
    long points = 0;
    for (Arch arch : Arch.values()) {
      Map<String, Integer> numbers = SyscallTable.numbers(arch);
      int base = arch == Arch.X32 ? 0x4000_0000 : 0;
      for (int number : numbersOf(numbers.values(), base)) {
        check(filter, plain, arch, number, new long[7]);
        points++;
      }
      if (filter.arches().contains(arch)) {
        for (Map.Entry<String, Rule> rule : filter.rules().entrySet()) {
          Integer number = numbers.get(rule.getKey());
          if (number != null) {
            for (long[] args : Filters.points(rule.getValue())) {
              check(filter, plain, arch, number, args);
              points++;
            }
          }
        }
      }
    }
    POINTS.addAndGet(points);
  }

  @AfterContainer
  static void thatWasAMillionPoints() {
    assertTrue(POINTS.get() == 0 || POINTS.get() > 1_000_000, () -> POINTS + " points");
  }

  private static List<Integer> numbersOf(Collection<Integer> known, int base) {
    var numbers = new ArrayList<Integer>(known);
    for (int number = 0; number < 600; number++) {
      numbers.add(base + number);
    }
    numbers.addAll(List.of(0x3fff_ffff, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, -2, -1));
    return numbers;
  }

  private static void check(
      SeccompFilter filter, BpfProgram plain, Arch arch, int number, long[] args) {
    var data = SeccompData.of(number, arch.auditArch(), args);
    Action expected = Reference.decide(filter, arch.auditArch(), number, args);
    Action optimised = Action.of(BpfInterpreter.run(filter.program(), data).returnValue());
    Action unoptimised = Action.of(BpfInterpreter.run(plain, data).returnValue());
    if (!expected.equals(optimised) || !expected.equals(unoptimised)) {
      assertEquals(
          expected, optimised, () -> data + "\n" + filter.rules() + "\n" + filter.program());
      assertEquals(expected, unoptimised, () -> "unoptimised, " + data + "\n" + filter.rules());
    }
  }

  /** Nothing depends on the order of maps. */
  @Property(tries = 40)
  void compilingTwiceGivesTheSame(@ForAll("filters") SeccompFilter filter) {
    assertEquals(filter.program(), filter.toBuilder().build().program());
    assertEquals(filter, filter.toBuilder().build());
    assertEquals(List.of(), filter.diff(filter.toBuilder().build()));
  }

  @Property(tries = 100)
  void optimisationNeverCostsMore(@ForAll("rules") Rule rule) {
    SeccompFilter filter = SeccompFilter.allowList(Arch.X86_64).on("read", rule).build();
    BpfProgram plain = FilterCompiler.compile(filter, false);
    assertTrue(filter.program().length() <= plain.length(), plain::toString);
  }

  /** What is said about a condition without a program is true of it. */
  @Property(tries = 500)
  void examplesMeetTheirConditions(@ForAll("conditions") Condition condition) {
    Optional<long[]> example = condition.example();
    example.ifPresent(args -> assertTrue(Reference.holds(condition, args), condition::toString));
    assertEquals(example.isEmpty(), condition.isNever(), condition::toString);
    Rule rule;
    try {
      rule = Rule.when(condition).then(Action.log()).otherwise(Action.allow());
    } catch (IllegalArgumentException never) {
      assertTrue(condition.isNever());
      rule = Rule.always(Action.allow());
    }
    for (long[] point : Filters.points(rule)) {
      assertEquals(Reference.holds(condition, point), condition.holds(point));
      assertFalse(condition.isNever() && condition.holds(point), condition::toString);
    }
  }

  @Property(tries = 300)
  void rulesDecideAsTheyRead(@ForAll("rules") Rule rule) {
    for (long[] point : Filters.points(rule)) {
      assertEquals(Reference.decide(rule, point), rule.decide(point));
    }
  }

  /** A property that fails is shown in its smallest form, or it would be of little use. */
  @Example
  void failuresShrink() {
    var generator = Filters.filters().generator(1000);
    var random = new Random(1);
    Shrinkable<SeccompFilter> best = generator.next(random);
    while (!failing(best)) {
      best = generator.next(random);
    }
    Optional<Shrinkable<SeccompFilter>> smaller = Optional.of(best);
    while (smaller.isPresent()) {
      best = smaller.get();
      smaller = best.shrink().filter(RandomFilterTest::failing).findFirst();
    }
    // One rule with one clause, beside those of socketcall and ipc.
    SeccompFilter smallest = best.value();
    assertEquals(
        List.of(1),
        smallest.rules().values().stream()
            .map(rule -> rule.clauses().size())
            .filter(clauses -> clauses > 0)
            .toList());
    assertTrue(smallest.rules().size() <= 3, smallest::toString);
  }

  private static boolean failing(Shrinkable<SeccompFilter> filter) {
    return filter.value().rules().values().stream().anyMatch(rule -> !rule.clauses().isEmpty());
  }
}
