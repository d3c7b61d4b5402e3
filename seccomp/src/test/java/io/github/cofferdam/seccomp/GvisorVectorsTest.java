package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** gVisor's test cases: the same decisions, in programs that are no longer than its own. */
@Tag("kernel")
final class GvisorVectorsTest {
  private static final Map<String, Action> ACTIONS =
      Map.of("allow", Action.allow(), "trap", Action.trap(), "kill_thread", Action.killThread());

  @TestFactory
  Stream<DynamicTest> cases() throws Exception {
    List<Object> cases = Vectors.list(Vectors.read("gvisor_basic.json").get("cases"));
    assertEquals(23, cases.size());
    return cases.stream()
        .map(Vectors::map)
        .map(each -> DynamicTest.dynamicTest(Vectors.text(each.get("name")), () -> check(each)));
  }

  private static void check(Map<String, Object> each) throws Exception {
    if (Vectors.text(each.get("wantPanic")).equals("true")) {
      assertThrows(IllegalArgumentException.class, () -> filter(each));
      return;
    }
    SeccompFilter filter = filter(each);
    for (Object one : Vectors.list(each.get("specs"))) {
      Map<String, Object> spec = Vectors.map(one);
      var data =
          SeccompData.of(
              (int) Vectors.number(spec.get("nr")),
              (int) Vectors.number(spec.get("arch")),
              withPointer(Vectors.numbers(spec.get("args")), Vectors.number(spec.get("ip"))));
      assertEquals(
          (int) Vectors.number(spec.get("want")),
          BpfInterpreter.run(filter.program(), data).returnValue(),
          () -> spec + "\n" + filter.program());
      if (data.arch() == Arch.X86_64.auditArch()) {
        assertEquals(
            Action.of((int) Vectors.number(spec.get("want"))),
            filter.decide(
                Arch.X86_64,
                data.number(),
                withPointer(Vectors.numbers(spec.get("args")), Vectors.number(spec.get("ip")))));
      }
    }
    long[] theirs = Vectors.numbers(each.get("gvisorInsns"));
    assertTrue(filter.program().length() <= theirs[1], () -> theirs[1] + "\n" + filter.program());
    assertTrue(FullThread.run(() -> FullThread.accepts(filter.program().instructions())));
  }

  private static long[] withPointer(long[] args, long pointer) {
    long[] all = new long[7];
    System.arraycopy(args, 0, all, 0, args.length);
    all[6] = pointer;
    return all;
  }

  /** The first set of rules that says something decides, which is the order of our clauses. */
  private static SeccompFilter filter(Map<String, Object> each) {
    Action otherwise = action(each.get("defaultAction"));
    var clauses = new LinkedHashMap<String, List<Rule.Clause>>();
    var always = new LinkedHashMap<String, Action>();
    for (Object one : Vectors.list(each.get("ruleSets"))) {
      Map<String, Object> set = Vectors.map(one);
      Action action = action(set.get("action"));
      Vectors.map(set.get("rules"))
          .forEach((number, rule) -> {
            String name = SyscallTable.name(Arch.X86_64, Integer.parseInt(number)).orElseThrow();
            if (always.containsKey(name)) {
              return;
            }
            if ("MatchAll".equals(rule)) {
              always.put(name, action);
            } else {
              clauses
                  .computeIfAbsent(name, _ -> new ArrayList<>())
                  .add(new Rule.Clause(List.of(condition(Vectors.map(rule))), action));
            }
          });
    }
    var builder =
        SeccompFilter.allowList(Arch.X86_64)
            .otherwise(otherwise)
            .unknownNewer(otherwise)
            .foreignArch(action(each.get("badArchAction")))
            .foreignArch(Arch.X32, otherwise);
    always.forEach((name, action) -> clauses.putIfAbsent(name, List.of()));
    clauses.forEach(
        (name, all) -> builder.on(name, new Rule(all, always.getOrDefault(name, otherwise))));
    return builder.build();
  }

  private static Action action(@Nullable Object name) {
    return ACTIONS.getOrDefault(Vectors.text(name), Action.killProcess());
  }

  private static Condition condition(Map<String, Object> rule) {
    if (rule.containsKey("or")) {
      return new Condition.Any(conditions(rule.get("or")));
    }
    if (rule.containsKey("and")) {
      return new Condition.All(conditions(rule.get("and")));
    }
    var all = new ArrayList<Condition>();
    List<Object> perArgument = Vectors.list(rule.get("perArg"));
    for (int i = 0; i < perArgument.size(); i++) {
      Object test = perArgument.get(i);
      if (!test.equals(Vectors.NULL)) {
        all.add(comparison(i == 6 ? Argument.instructionPointer() : arg(i).asLong(), test));
      }
    }
    return new Condition.All(all);
  }

  private static List<Condition> conditions(@Nullable Object rules) {
    return Vectors.list(rules).stream()
        .map(Vectors::map)
        .map(GvisorVectorsTest::condition)
        .toList();
  }

  private static Condition comparison(LongArgument argument, Object test) {
    if (test.equals("NonNegativeFD")) {
      return argument.atMost(Integer.MAX_VALUE);
    }
    Map.Entry<String, Object> entry = Vectors.map(test).entrySet().iterator().next();
    if (entry.getKey().equals("maskedEq")) {
      long[] maskAndValue = Vectors.numbers(entry.getValue());
      return argument.masked(maskAndValue[0]).eq(maskAndValue[1]);
    }
    long value = Vectors.number(entry.getValue());
    return switch (entry.getKey()) {
      case "eq" -> argument.eq(value);
      case "ne" -> argument.ne(value);
      case "lt" -> argument.lessThan(value);
      case "le" -> argument.atMost(value);
      case "gt" -> argument.greaterThan(value);
      case "ge" -> argument.atLeast(value);
      default -> throw new IllegalStateException("unknown test " + entry.getKey());
    };
  }
}
