package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.KernelVersion;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.Problems;
import io.github.cofferdam.profiles.ProfileEntry.Circumstances;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns a profile into a filter, for some architectures and circumstances. */
final class ProfileCompiler {
  /** Conditions of one call: each may take some instructions, of which a filter has 4096. */
  private static final int MAX_CONDITIONS = 1024;

  /**
   * Pairs of conditions that are looked at where it does not show at once that they are disjoint.
   */
  private static final int MAX_PAIRS = 2000;

  /** Names of architectures in {@code includes} and {@code excludes}. */
  private static final Map<Arch, String> GO_NAMES =
      new EnumMap<>(
          Map.of(
              Arch.X86_64, "amd64",
              Arch.I386, "x86",
              Arch.X32, "x32",
              Arch.AARCH64, "arm64",
              Arch.RISCV64, "riscv64"));

  private final SeccompProfile profile;
  private final Selection selection;
  private final Problems problems;
  private final List<String> warnings = new ArrayList<>();
  private final List<Arch> arches;
  private final String machine;
  private final KernelVersion kernel;

  /** A condition, and the entry that has it. */
  private record Case(Condition condition, ProfileEntry entry) {}

  ProfileCompiler(SeccompProfile profile, Selection selection) {
    this.profile = profile;
    this.selection = selection;
    problems = new Problems(profile.source);
    warnings.addAll(profile.remarks);
    arches = arches();
    machine =
        String.valueOf(
            GO_NAMES.get(arches.contains(Arch.X86_64) ? Arch.X86_64 : arches.getFirst()));
    kernel = KernelVersion.parse(selection.kernel());
  }

  private List<String> warnings() {
    return List.copyOf(new LinkedHashSet<>(warnings));
  }

  /**
   * What runc does: libseccomp begins with the machine's own architecture and adds those that the
   * profile names for it.
   */
  private List<Arch> arches() {
    var named = new LinkedHashSet<Arch>();
    if (!selection.arches().isEmpty()) {
      return List.copyOf(new LinkedHashSet<>(selection.arches()));
    }
    named.add(Arch.host());
    named.addAll(profile.arches);
    for (List<String> entry : profile.archMap) {
      if (OciReader.ARCHES.get(entry.getFirst()) != Arch.host()) {
        continue;
      }
      for (String name : entry) {
        Arch arch = OciReader.ARCHES.get(name);
        if (arch == null) {
          warnings.add(profile.source + ": archMap: " + name + OciReader.NAME_ONLY);
        } else {
          named.add(arch);
        }
      }
    }
    return List.copyOf(named);
  }

  /**
   * What a profile is compiled to.
   *
   * @param warnings what a person should know about it all the same
   */
  record Compiled(SeccompFilter filter, List<String> warnings) {}

  Compiled compiled() throws DocumentException {
    try {
      SeccompFilter filter = compile();
      return new Compiled(filter, warnings());
    } catch (StackOverflowError e) {
      // Conditions are followed by recursion; what people write is far from so deep.
      throw new DocumentException(
          profile.source, "its conditions are too tangled to be compiled", e);
    }
  }

  private SeccompFilter compile() throws DocumentException {
    Map<String, List<ProfileEntry>> byName = new LinkedHashMap<>();
    for (ProfileEntry entry : profile.entries) {
      if (applies(entry)) {
        for (String name : new LinkedHashSet<>(entry.names())) {
          if (SyscallNames.known(name)) {
            byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(entry);
          } else {
            warn(entry, "passed over: " + SyscallNames.unknown(name, warnings.size()));
          }
        }
      }
    }
    SeccompFilter.Builder builder =
        SeccompFilter.denyList(
                arches.getFirst(), arches.subList(1, arches.size()).toArray(Arch[]::new))
            .otherwise(profile.defaultAction)
            .unknownNewer(profile.newer.action())
            .foreignArch(profile.foreignArch);
    Set<String> callable = new LinkedHashSet<>();
    for (Arch arch : arches) {
      callable.addAll(SyscallTable.numbers(arch).keySet());
    }
    byName.forEach((name, entries) -> {
      if (callable.contains(name)) {
        rule(name, entries).ifPresent(rule -> builder.on(name, rule));
      }
    });
    newest(byName.keySet()).ifPresent(builder::newestKnown);
    problems.throwIfAny();
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new DocumentException(profile.source, String.valueOf(e.getMessage()), e);
    }
  }

  private void warn(ProfileEntry entry, String text) {
    warnings.add(profile.source + ":" + entry.place() + ": " + text);
  }

  private void fail(ProfileEntry entry, String name, String text) {
    problems.add(entry.place().line(), entry.place().column(), name, name + ": " + text);
  }

  private boolean applies(ProfileEntry entry) {
    Circumstances includes = entry.includes();
    Circumstances excludes = entry.excludes();
    return (includes.arches().isEmpty() || includes.arches().contains(machine))
        && selection.capabilities().containsAll(includes.capabilities())
        && includes.minKernel().map(this::kernelIsAtLeast).orElse(true)
        && !excludes.arches().contains(machine)
        && excludes.capabilities().stream().noneMatch(selection.capabilities()::contains)
        && !excludes.minKernel().map(this::kernelIsAtLeast).orElse(false);
  }

  private boolean kernelIsAtLeast(String version) {
    return kernel.atLeast(KernelVersion.parse(version));
  }

  /**
   * The newest call that the profile's writer knew. As runc's: the one with the highest number that
   * the profile names, unless everything else is allowed, logged or traced anyway.
   */
  private Optional<String> newest(Set<String> names) {
    if (!profile.newer.byNames()) {
      return profile.newer.newest();
    }
    Action otherwise = profile.defaultAction;
    if (otherwise.equals(Action.allow())
        || otherwise.equals(Action.log())
        || otherwise instanceof Action.Trace
        || !selection.newerFails()) {
      return Optional.empty();
    }
    var byNumber = new TreeMap<Integer, String>();
    SyscallTable.numbers(arches.getFirst()).forEach((name, number) -> byNumber.put(number, name));
    for (Map.Entry<Integer, String> call : byNumber.descendingMap().entrySet()) {
      if (names.contains(call.getValue())) {
        // All are known if the last one is: x32 has calls with higher numbers.
        return call.getKey().equals(byNumber.lastKey())
            ? Optional.empty()
            : Optional.of(call.getValue());
      }
    }
    return Optional.empty();
  }

  /** One rule of all entries about a call; empty if they contradict each other. */
  private Optional<Rule> rule(String name, List<ProfileEntry> entries) {
    for (ProfileEntry entry : entries) {
      warnOfHigherBits(name, entry);
    }
    ProfileEntry always = always(name, entries);
    if (always != null) {
      for (ProfileEntry entry : entries) {
        if (!entry.alternatives().isEmpty() && !entry.action().equals(always.action())) {
          boolean after = profile.entries.indexOf(entry) > profile.entries.indexOf(always);
          ProfileEntry later = after ? entry : always;
          ProfileEntry earlier = after ? always : entry;
          fail(
              later,
              name,
              says(later) + " contradicts " + says(earlier) + " at " + earlier.place());
          return Optional.empty();
        }
      }
      return Optional.of(Rule.always(always.action()));
    }
    Map<Action, List<Case>> cases = new LinkedHashMap<>();
    int count = 0;
    for (ProfileEntry entry : entries) {
      for (Condition condition : entry.alternatives()) {
        cases
            .computeIfAbsent(entry.action(), _ -> new ArrayList<>())
            .add(new Case(condition, entry));
        count++;
      }
    }
    if (count > MAX_CONDITIONS) {
      fail(entries.getLast(), name, "more than " + MAX_CONDITIONS + " conditions");
      return Optional.empty();
    }
    var groups = List.copyOf(cases.values());
    for (int i = 0; i < groups.size(); i++) {
      for (int j = i + 1; j < groups.size(); j++) {
        if (contradict(name, groups.get(i), groups.get(j))) {
          return Optional.empty();
        }
      }
    }
    var clauses = new ArrayList<Rule.Clause>();
    cases.forEach((action, some) -> {
      List<Condition> conditions = some.stream().map(Case::condition).toList();
      clauses.add(new Rule.Clause(List.of(Conditions.compact(conditions)), action));
    });
    try {
      return Optional.of(new Rule(clauses, profile.defaultAction));
    } catch (IllegalArgumentException e) {
      fail(entries.getFirst(), name, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /**
   * The entry that holds for all arguments; null if there is none. Of several, the strictest one,
   * as of several filters: libseccomp takes the first, which in podman's own profile allows
   * setns(2) to processes that are refused it by a later entry.
   */
  private @Nullable ProfileEntry always(String name, List<ProfileEntry> entries) {
    ProfileEntry strictest = null;
    for (ProfileEntry entry : entries) {
      if (!entry.alternatives().isEmpty()) {
        continue;
      }
      if (strictest == null) {
        strictest = entry;
      } else if (!entry.action().equals(strictest.action())) {
        boolean stricter = ProfileEntry.stricter(entry.action(), strictest.action());
        warn(
            entry,
            name
                + ": "
                + says(entry)
                + " contradicts "
                + says(strictest)
                + " at "
                + strictest.place()
                + "; "
                + (stricter ? entry : strictest).action()
                + " holds");
        strictest = stricter ? entry : strictest;
      }
    }
    return strictest;
  }

  private static String says(ProfileEntry entry) {
    return entry.action()
        + (entry.alternatives().isEmpty()
            ? " for all arguments"
            : " if " + Conditions.any(entry.alternatives()));
  }

  /** Reports two cases of different actions that hold for the same arguments. */
  private boolean contradict(String name, List<Case> some, List<Case> others) {
    int tried = 0;
    for (Case a : some) {
      for (Case b : others) {
        if (Conditions.disjoint(a.condition, b.condition)) {
          continue;
        }
        Condition both = a.condition.and(b.condition);
        long[] example = both.example().orElse(null);
        if (example != null) {
          boolean first = place(a) <= place(b);
          report(name, first ? b : a, first ? a : b, example);
          return true;
        }
        if (++tried > MAX_PAIRS || !both.isNever()) {
          fail(
              b.entry,
              name,
              "too tangled to tell whether it contradicts the entry at " + a.entry.place());
          return true;
        }
      }
    }
    return false;
  }

  private long place(Case some) {
    return profile.entries.indexOf(some.entry);
  }

  private void report(String name, Case later, Case earlier, long[] args) {
    fail(
        later.entry,
        name,
        later.entry.action()
            + " if "
            + later.condition
            + " contradicts "
            + earlier.entry.action()
            + " if "
            + earlier.condition
            + " at "
            + earlier.entry.place()
            + ": both hold for "
            + call(name, args));
  }

  private static String call(String name, long[] args) {
    int last = args.length - 1;
    while (last > 0 && args[last] == 0) {
      last--;
    }
    var text = new StringBuilder(name).append('(');
    for (int i = 0; i <= last; i++) {
      text.append(i == 0 ? "0x" : ", 0x").append(Long.toHexString(args[i]));
    }
    return text.append(')').toString();
  }

  /** On 32-bit architectures the kernel makes no higher bits. */
  private void warnOfHigherBits(String name, ProfileEntry entry) {
    if (arches.equals(List.of(Arch.I386)) || entry.action().equals(profile.defaultAction)) {
      return;
    }
    boolean refuses = ProfileEntry.stricter(entry.action(), profile.defaultAction);
    for (Condition alternative : entry.alternatives()) {
      for (Comparison comparison : Conditions.comparisons(alternative)) {
        if (NarrowParameters.tooWide(name, comparison)) {
          warn(
              entry,
              name
                  + ": the kernel reads 32 bits of argument "
                  + comparison.argument()
                  + ", and "
                  + comparison
                  + " has more: it is not met where no higher bit is set");
        } else if (NarrowParameters.passable(name, comparison, refuses)) {
          warn(
              entry,
              name
                  + ": all 64 bits of argument "
                  + comparison.argument()
                  + " are compared, the kernel reads 32: with a higher bit set, a caller gets"
                  + " around "
                  + comparison);
        }
      }
    }
  }
}
