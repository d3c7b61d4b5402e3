package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.profiles.SeccompProfile;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.FilterCost;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;

/** How long the kernel takes to install one profile, compiled by libseccomp and by us. */
final class FilterInstall implements Question {
  private static final Path PROFILE = Path.of("/usr/share/containers/seccomp.json");

  /** Without this one, the profile has rules for sockets that libseccomp calls contradictory. */
  private static final List<String> CAPABILITIES = List.of("CAP_AUDIT_WRITE");

  private static final String ABOUT =
      """
      The kernel installs the profile of container engines (for a container that has the capability \
      AUDIT_WRITE), compiled by libseccomp as they use it, \
      by libseccomp with its binary tree, and by Cofferdam: for this machine's own architecture, and \
      on x86_64 also with i386 and x32. \
      The system call alone counts. Each is made on a thread of its own, since filters stack up, and \
      the kernel makes use of what it knows of those before. For each filter, its instructions are \
      counted, and how many of them run for a system call on average.\
      """;

  @Override
  public String id() {
    return "filter-install";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    int rounds = effort == Effort.QUICK ? 60 : 300;
    var series = new ArrayList<Series>();
    series.addAll(turns(Arch.host()).run(rounds, (what, done) -> progress.at(what, done / 2)));
    if (Arch.host() == Arch.X86_64) {
      series.addAll(
          turns(Arch.X86_64, Arch.I386, Arch.X32)
              .run(rounds, (what, done) -> progress.at(what, 0.5 + done / 2)));
    }
    return new Section(
        id(), "seccomp: to install a filter", ABOUT, Section.Form.COMPARISON, "", series);
  }

  private static TakingTurns turns(Arch... arches) throws Exception {
    var turns = new TakingTurns("profile of containers, for " + List.of(arches));
    List<String> command = List.of("seccomp", PROFILE.toString());
    if (!Files.isReadable(PROFILE)) {
      String why = "no " + PROFILE + " here (Debian: apt install golang-github-containers-common)";
      turns.addMissing("libseccomp, as it comes", command, why);
      turns.addMissing("libseccomp, binary tree", command, why);
      turns.addMissing("Cofferdam", command, why);
      return turns;
    }
    SeccompFilter filter =
        SeccompProfile.load(PROFILE)
            .filter(
                SeccompProfile.Selection.host().withCapabilities(CAPABILITIES).forArches(arches));
    addLibSeccomp(turns, "libseccomp, as it comes", filter, 1, arches);
    addLibSeccomp(turns, "libseccomp, binary tree", filter, 2, arches);
    add(turns, "Cofferdam", filter.program(), arches);
    return turns;
  }

  private static void addLibSeccomp(
      TakingTurns turns, String label, SeccompFilter filter, int optimization, Arch... arches)
      throws Exception {
    BpfProgram program;
    try {
      program = LibSeccomp.compile(filter, optimization);
    } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
      turns.addMissing(
          label,
          List.of("libseccomp"),
          "no libseccomp.so.2 here (Debian: apt install libseccomp2)");
      return;
    }
    add(turns, label, program, arches);
  }

  private static void add(TakingTurns turns, String label, BpfProgram program, Arch... arches) {
    FilterCost cost = FilterCost.of(program, List.of(arches));
    SetupProgram install = program.install();
    String size = "%d instructions, %.1f on average".formatted(cost.instructions(), cost.average());
    turns.addMeasured(
        label,
        List.of("seccomp", PROFILE.toString(), size),
        () -> {
          var task =
              new FutureTask<>(() -> {
                NoNewPrivileges.program().run();
                var nanos = new AtomicLong();
                install.run((step, values) -> {
                  long start = System.nanoTime();
                  long result = Kernel.host().call(step, values);
                  nanos.set(System.nanoTime() - start);
                  return result;
                });
                return nanos.get();
              });
          Thread.ofPlatform().start(task);
          return Map.of(Measure.WALL_TIME, (double) task.get());
        });
  }
}
