package io.github.cofferdam.bench;

import static io.github.cofferdam.seccomp.Argument.arg;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** What a seccomp filter costs by its number of rules: at each system call, and to install. */
final class FilterGrowth implements Question {
  private static final String CALL = "getppid";
  private static final int GETPPID = Syscall.number(CALL);

  /** No call has this as its sixth argument, so no rule is ever met. */
  private static final long NEVER = 0x6e65_7665_7200_0000L;

  private static final String CALLING = CALL + ", decided by an argument";
  private static final String CACHED = CALL + ", always allowed";
  private static final String INSTALLING = "install";

  /**
   * How much is measured.
   *
   * @param rules how many rules the filters have
   * @param rounds how often
   * @param calls how many calls one sample is the mean of
   * @param limit how long all of it may take
   */
  record Size(List<Integer> rules, int rounds, int calls, Duration limit) {
    Size {
      rules = List.copyOf(rules);
    }

    static Size of(Effort effort) {
      List<Integer> rules = List.of(10, 50, 100, 200, 400);
      return switch (effort) {
        case QUICK -> new Size(rules, 8, 3_000, Duration.ofSeconds(4));
        case FULL -> new Size(rules, 100, 50_000, Duration.ofMinutes(2));
      };
    }
  }

  /** A program and the name of its compiler. */
  private record Compiled(String group, String label, int rules, Optional<BpfProgram> program) {
    Findings.Samples samples(Findings findings) {
      return findings.point(
          group,
          label,
          rules,
          program
              .map(one ->
                  List.of(
                      "%d instructions, %d executed for %s"
                          .formatted(one.length(), one.executed(Arch.host(), GETPPID), CALL)))
              .orElse(List.of("no filter")));
    }
  }

  @Override
  public String id() {
    return "filter";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var findings = new Findings();
    progress.at("compiling filters", 0);
    List<Compiled> all = compile(size, findings);
    // Also makes sure that the code is compiled before a filtered thread runs it.
    for (int i = 0; i < 10; i++) {
      nanosPerCall(size.calls());
    }
    for (var rounds = new Rounds(size.rounds(), size.limit()); rounds.next(); ) {
      progress.at("calls of " + CALL, rounds.done());
      for (int i = 0; i < all.size(); i++) {
        Compiled one = all.get((i + rounds.number()) % all.size());
        Findings.Samples samples = one.samples(findings);
        if (samples.isMissing()) {
          continue;
        }
        double nanos =
            ConfinedThreads.call(() -> {
              double installing = one.program().isPresent() ? install(one.program().get()) : 0;
              if (one.group().equals(INSTALLING)) {
                return installing;
              }
              nanosPerCall(size.calls() / 4);
              return nanosPerCall(size.calls());
            });
        samples.add(Measure.WALL_TIME, nanos);
      }
    }
    return new Section(
        id(),
        "Cost of a seccomp filter by its rules",
        "Each rule refuses a system call if its sixth argument has a value that it never has, so"
            + " every call is decided by the filter and allowed. The first group is one call of "
            + CALL
            + " that the filter must be run for; in the second one the filter always allows it,"
            + " which the kernel (5.11 and newer) finds out when the filter is installed and does"
            + " not run it; the third is the system call that installs the filter.",
        Section.Form.CURVE,
        "rules",
        findings.toList());
  }

  private static List<Compiled> compile(Size size, Findings findings) {
    var all = new ArrayList<Compiled>();
    for (int rules : size.rules()) {
      for (boolean decided : new boolean[] {true, false}) {
        String group = decided ? CALLING : CACHED;
        add(all, new Compiled(group, "no filter", rules, Optional.empty()), findings);
        SeccompFilter filter = filter(rules, decided);
        var programs = new LinkedHashMap<String, Optional<BpfProgram>>();
        programs.put("Cofferdam", Optional.of(filter.program()));
        programs.put("libseccomp, as it comes", libseccomp(filter, 1));
        programs.put("libseccomp, binary tree", libseccomp(filter, 2));
        for (Map.Entry<String, Optional<BpfProgram>> one : programs.entrySet()) {
          add(all, new Compiled(group, one.getKey(), rules, one.getValue()), findings);
          if (decided) {
            add(all, new Compiled(INSTALLING, one.getKey(), rules, one.getValue()), findings);
          }
        }
      }
    }
    return all;
  }

  private static void add(List<Compiled> all, Compiled one, Findings findings) {
    all.add(one);
    Findings.Samples samples = one.samples(findings);
    if (one.program().isEmpty() && one.label().startsWith("libseccomp")) {
      samples.missing("libseccomp.so.2 is not here (Debian: apt install libseccomp2)");
    }
  }

  private static Optional<BpfProgram> libseccomp(SeccompFilter filter, int optimise) {
    try {
      return Optional.of(LibSeccomp.compile(filter, optimise));
    } catch (LinkageError e) {
      // The library is looked up when the class is initialised.
      return Optional.empty();
    }
  }

  /**
   * {@return a filter with so many rules}; above the number of system calls some have several
   *
   * @param decided whether one of them is about the measured call
   */
  private static SeccompFilter filter(int rules, boolean decided) {
    var names = new ArrayList<>(SyscallTable.numbers(Arch.host()).keySet());
    names.remove(CALL);
    if (decided) {
      names.add(rules / 2 % names.size(), CALL);
    }
    var builder = SeccompFilter.denyList(Arch.host());
    Action refuse = Action.errno(Errno.EPERM);
    int each = rules / names.size();
    int more = rules % names.size();
    for (int i = 0; i < names.size() && i < rules; i++) {
      int clauses = each + (i < more ? 1 : 0);
      // Each has a value of its own: equal rules of neighbours would become one.
      long value = NEVER + (long) i * (each + 1);
      Rule.Then rule = Rule.when(arg(5).asLong().eq(value)).then(refuse);
      for (int clause = 1; clause < clauses; clause++) {
        rule = rule.orWhen(arg(5).asLong().eq(value + clause)).then(refuse);
      }
      builder.on(names.get(i), rule.otherwise(Action.allow()));
    }
    return builder.build();
  }

  /** {@return the nanoseconds that the kernel takes to install a program on this thread} */
  private static double install(BpfProgram program) throws Exception {
    NoNewPrivileges.program().run();
    var nanos = new AtomicLong();
    program
        .install()
        .run((step, values) -> {
          long start = System.nanoTime();
          long result = Kernel.host().call(step, values);
          nanos.set(System.nanoTime() - start);
          return result;
        });
    return nanos.get();
  }

  private static double nanosPerCall(int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      long result = Syscall.call(GETPPID, 0, 0, 0, 0, 0, 0);
      if (result < 0) {
        throw new IllegalStateException(CALL + " was refused: " + result);
      }
    }
    return (double) (System.nanoTime() - start) / calls;
  }
}
