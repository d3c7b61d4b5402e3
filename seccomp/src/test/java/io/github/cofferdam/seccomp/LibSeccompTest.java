package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/**
 * The same rules for libseccomp and for us, and the same decisions; on rules that both can say:
 * alternatives of comparisons of different arguments, with one action for a call.
 */
final class LibSeccompTest {
  /** Arguments of these lie in memory on i386, where libseccomp also rules their other entrance. */
  private static boolean multiplexed(String syscall) {
    return syscall.equals("socketcall")
        || syscall.equals("ipc")
        || SeccompFilter.BY_SOCKETCALL.contains(syscall)
        || SeccompFilter.BY_IPC.contains(syscall);
  }

  /** A call's alternatives and what they lead to. */
  record Alternatives(Action action, List<List<Comparison>> any) {}

  @Provide
  Arbitrary<List<Tuple2<String, Alternatives>>> rules() {
    Arbitrary<Comparison> comparison =
        Combinators.combine(
                Arbitraries.integers().between(0, 5),
                Arbitraries.of(Comparison.Operator.values()),
                Filters.values(),
                Filters.values())
            .as((argument, operator, mask, value) -> {
              boolean masked = operator == Comparison.Operator.IN && value % 2 == 0;
              long bits = masked && mask != 0 ? mask : -1;
              return new Comparison(
                  argument, Comparison.Width.BITS_64, bits, operator, List.of(value & bits));
            });
    Arbitrary<List<Comparison>> all =
        comparison.list().ofMinSize(1).ofMaxSize(3).map(LibSeccompTest::oneForEachArgument);
    Arbitrary<Alternatives> alternatives =
        Combinators.combine(
                // It takes the last error number for none.
                Filters.actions()
                    .filter(action ->
                        !action.equals(Action.allow()) && !action.equals(Action.errno(4095))),
                all.list().ofMaxSize(3))
            .as((action, any) -> new Alternatives(action, any.size() < 2 ? any : equalities(any)));
    Set<String> names = SyscallTable.numbers(Arch.X86_64).keySet();
    return Combinators.combine(
            Arbitraries.of(names).filter(name -> !multiplexed(name)), alternatives)
        .as(Tuple::of)
        .list()
        .ofMaxSize(20)
        .uniqueElements(Tuple2::get1);
  }

  /**
   * Alternatives as libseccomp 2.5.4 understands them: each one equality. It mixes up alternatives
   * that ask for greater or smaller ({@code arg0 < 1 || arg0 < 0x100000000} does not hold for 1,
   * says its program), that mask one argument differently ({@code (arg1 == 0 && arg2 == 0) || (arg1
   * & 2) == 0} does not hold for 0 on i386), and of different lengths ({@code arg0 == 0 || (arg0 ==
   * 1 && arg1 == 1)} holds for 1 and 0).
   */
  private static List<List<Comparison>> equalities(List<List<Comparison>> any) {
    return any.stream().map(List::getFirst).map(LibSeccompTest::equality).map(List::of).toList();
  }

  private static Comparison equality(Comparison comparison) {
    return new Comparison(
        comparison.argument(),
        Comparison.Width.BITS_64,
        -1,
        Comparison.Operator.IN,
        comparison.operands());
  }

  private static List<Comparison> oneForEachArgument(List<Comparison> all) {
    var seen = new HashSet<Integer>();
    return all.stream().filter(comparison -> seen.add(comparison.argument())).toList();
  }

  @Property(tries = 120)
  void decidesAlike(@ForAll("rules") List<Tuple2<String, Alternatives>> rules) throws Throwable {
    compare(rules, 1);
    compare(rules, 2);
  }

  private static void compare(List<Tuple2<String, Alternatives>> rules, int optimise)
      throws Throwable {
    Action badArch = Action.killThread();
    var ours = new TreeMap<String, Rule>();
    BpfProgram theirs;
    // Not aarch64: the third architecture's program of libseccomp 2.5.4 does not load the number.
    try (var library = new LibSeccomp(Action.allow(), badArch, optimise)) {
      library.add(Arch.I386.auditArch());
      for (Tuple2<String, Alternatives> call : rules) {
        Alternatives alternatives = call.get2();
        Rule rule = rule(alternatives);
        if (alternatives.any().isEmpty()
            ? !library.rule(rule.otherwise(), call.get1(), List.of())
            : !addAll(library, call.get1(), alternatives)) {
          continue;
        }
        ours.put(call.get1(), rule);
      }
      theirs = library.export();
    }
    var builder =
        SeccompFilter.denyList(Arch.X86_64, Arch.I386)
            .unknownNewer(Action.allow())
            .foreignArch(badArch)
            .foreignArch(Arch.X32, badArch);
    ours.forEach(builder::on);
    SeccompFilter filter = builder.build();
    for (Arch arch : Arch.values()) {
      for (Map.Entry<String, Integer> call : SyscallTable.numbers(arch).entrySet()) {
        Rule rule = ours.get(call.getKey());
        if (arch == Arch.I386 && rule != null && wide(rules, call.getKey())) {
          // Registers have 32 bits there, and libseccomp drops the upper half of what a rule says:
          // its arg0 == 0x100000000 holds for 0.
          continue;
        }
        check(filter, theirs, arch, call.getValue(), new long[6]);
        if (rule != null && filter.arches().contains(arch)) {
          for (long[] point : Filters.points(rule)) {
            check(filter, theirs, arch, call.getValue(), point);
          }
        }
      }
    }
  }

  private static boolean wide(List<Tuple2<String, Alternatives>> rules, String syscall) {
    return rules.stream()
        .filter(rule -> rule.get1().equals(syscall))
        .flatMap(rule -> rule.get2().any().stream())
        .flatMap(List::stream)
        .anyMatch(comparison ->
            (comparison.operands().getFirst() >>> 32) != 0
                || (comparison.mask() != -1 && (comparison.mask() >>> 32) != 0));
  }

  private static boolean addAll(LibSeccomp library, String syscall, Alternatives alternatives)
      throws Throwable {
    boolean known = true;
    for (List<Comparison> all : alternatives.any()) {
      known &= library.rule(alternatives.action(), syscall, all);
    }
    return known;
  }

  private static Rule rule(Alternatives alternatives) {
    if (alternatives.any().isEmpty()) {
      return Rule.always(alternatives.action());
    }
    var any = new ArrayList<Condition>();
    alternatives.any().forEach(all -> any.add(new Condition.All(List.copyOf(all))));
    var condition = new Condition.Any(any);
    return condition.isNever()
        ? Rule.always(Action.allow())
        : Rule.when(condition).then(alternatives.action()).otherwise(Action.allow());
  }

  private static void check(
      SeccompFilter filter, BpfProgram theirs, Arch arch, int number, long[] point) {
    long[] args = point.clone();
    if (arch == Arch.I386) {
      // The kernel never shows upper halves there, and libseccomp does not look at them.
      Arrays.setAll(args, i -> args[i] & 0xffff_ffffL);
    }
    var data = SeccompData.of(number, arch.auditArch(), args);
    assertEquals(
        Action.of(BpfInterpreter.run(theirs, data).returnValue()),
        Action.of(BpfInterpreter.run(filter.program(), data).returnValue()),
        () -> arch + " " + data + "\n" + filter.rules() + "\n" + theirs);
  }
}
