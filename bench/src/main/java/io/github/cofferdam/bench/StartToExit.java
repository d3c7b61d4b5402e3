package io.github.cofferdam.bench;

import io.github.cofferdam.bench.Peer.Place;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * From start to exit, by several ways in one run: of a static program, which does nothing at all,
 * and of {@code /usr/bin/true}.
 */
final class StartToExit implements Question {
  private static final Path TRUE = Path.of("/usr/bin/true");

  private static final String ABOUT =
      """
      One process is started and waited for, again and again, by this virtual machine, which is warm. \
      The static program makes one system call and needs no C library; /usr/bin/true is what a \
      command usually is. In each round each way has its turn once, in an order that differs from \
      round to round. Programs of others are started by ProcessBuilder, and do what comes closest \
      to full isolation; container engines and runtimes take so long that they have fewer rounds, \
      with ProcessBuilder among them to be compared with. CPU time is that of this virtual machine \
      meanwhile, and of all processes that it or one of its children has waited for: what a daemon \
      does for a program is not in it, and neither is what the kernel clears away later. Peak \
      memory is the largest resident set of any one process, in starts of their own that are not \
      timed. It is not known for what this virtual machine or the C program becomes without a \
      process in between, since the kernel then counts theirs; nor for the static program itself, \
      which is too small for the kernel's counters.\
      """;

  private final SearchPath searchPath;

  StartToExit(SearchPath searchPath) {
    this.searchPath = searchPath;
  }

  @Override
  public String id() {
    return "start";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    boolean quick = effort == Effort.QUICK;
    var series = new ArrayList<Series>();
    Path target = StaticTarget.create();
    try (var _ = new TemporaryFolder(folder(target));
        TemporaryFolder folder = TemporaryFolder.create()) {
      warmUp(target, quick ? 300 : 1500, part(progress, 0, 0.15));
      int rounds = quick ? 60 : 1000;
      series.addAll(
          sandboxes("static program", target, folder.path(), rounds, part(progress, 0.15, 0.6)));
      if (Files.isExecutable(TRUE)) {
        rounds = quick ? 30 : 300;
        series.addAll(
            sandboxes(TRUE.toString(), TRUE, folder.path(), rounds, part(progress, 0.6, 0.85)));
      }
      rounds = quick ? 6 : 30;
      series.addAll(engines(target, folder.path(), rounds, part(progress, 0.85, 1)));
    }
    return new Section(
        id(),
        "Start to exit, from a warm JVM through the API",
        ABOUT,
        Section.Form.COMPARISON,
        "",
        series);
  }

  /** A group is one part of this section. */
  private static Progress part(Progress progress, double from, double to) {
    return (what, done) -> progress.at(what, from + done * (to - from));
  }

  /** Has the code compiled that is to be measured: it has run often enough then. */
  private static void warmUp(Path target, int rounds, Progress progress)
      throws IOException, InterruptedException {
    var turns = new TakingTurns("warm-up");
    try (Walls walls = Walls.readOnly(folder(target))) {
      addOwn(turns, target, walls);
      turns.run(rounds, progress);
    }
  }

  private List<Series> sandboxes(
      String group, Path target, Path folder, int rounds, Progress progress) throws Exception {
    progress.at(group + ": seeing what works here", 0);
    var turns = new TakingTurns(group);
    try (Walls walls = Walls.readOnly(folder(target))) {
      addOwn(turns, target, walls);
      return withOthers(turns, target, folder, rounds, progress);
    }
  }

  private List<Series> withOthers(
      TakingTurns turns, Path target, Path folder, int rounds, Progress progress) throws Exception {
    Path sources = Files.createTempDirectory(folder, "posix_spawn");
    Optional<CProgram> spawn =
        CProgram.start(searchPath, "spawn", sources, List.of(target.toString()));
    try {
      addPosixSpawn(turns, spawn, target);
      for (Peer peer : Peers.sandboxes()) {
        Commands.add(turns, peer.label(), peer.tryOut(searchPath, new Place(target, folder)));
      }
      return turns.run(rounds, progress);
    } finally {
      spawn.ifPresent(CProgram::close);
    }
  }

  private List<Series> engines(Path target, Path folder, int rounds, Progress progress)
      throws Exception {
    String group = "static program, container engines";
    progress.at(group + ": seeing what works here", 0);
    Peers.bundles(folder, target);
    var turns = new TakingTurns(group);
    turns.addTimed("ProcessBuilder", command(target), () -> Commands.run(command(target)));
    try (var _ = new PodmanGroups()) {
      for (Peer peer : Peers.engines()) {
        Commands.add(turns, peer.label(), peer.tryOut(searchPath, new Place(target, folder)));
      }
      return turns.run(rounds, progress);
    }
  }

  private static Path folder(Path target) {
    return Objects.requireNonNull(target.getParent());
  }

  private static List<String> command(Path target) {
    return List.of(target.toString());
  }

  /** The ways that need nothing but this virtual machine, {@code ProcessBuilder} first. */
  static void addOwn(TakingTurns turns, Path target, Walls walls) throws InterruptedException {
    turns.addTimed("ProcessBuilder", command(target), () -> Commands.run(command(target)));
    addPlan(turns, target, walls, Layer.PLAIN, "nothing else");
    addPlan(
        turns,
        target,
        walls,
        Layer.BOTH,
        "Landlock: / may be read and executed, two devices written, signals and abstract sockets"
            + " stay inside, with a ruleset that was made before; seccomp: the baseline");
    addPlan(
        turns,
        target,
        walls,
        Layer.NAMESPACES,
        "user, process-id, mount, network, IPC and UTS namespaces, no capabilities, a supervisor;"
            + " Landlock and seccomp as before");
    addPlan(
        turns,
        target,
        walls,
        Layer.ALONE,
        "the same, in a root of its own of five binds, each of which Landlock grants");
    addPlan(
        turns,
        target,
        walls,
        Layer.FULL,
        "the same, with a template: the user, UTS, IPC and network namespaces, what is read-only in"
            + " the root and the Landlock ruleset were made before, for all runs");
    addSandbox(turns, "Sandbox.run, readonly, basic", Isolation.BASIC, target);
    addSandbox(turns, "Sandbox.run, readonly, namespace", Isolation.NAMESPACE, target);
  }

  private static void addPlan(TakingTurns turns, Path target, Walls walls, Layer layer, String what)
      throws InterruptedException {
    String label = layer.text();
    List<String> command = List.of("Launcher.start", what);
    try {
      // Prepared once: what is measured is starting.
      LaunchPlan plan = walls.plan(layer, target.toString(), List.of("target")).build();
      OwnLaunches.run(plan);
      turns.addMeasured(
          label,
          command,
          TakingTurns.timed(() -> OwnLaunches.run(plan)),
          plan.supervision() == Supervision.NONE ? Map::of : () -> OwnLaunches.memory(plan));
    } catch (IOException | RuntimeException e) {
      turns.addMissing(label, command, String.valueOf(e.getMessage()));
    }
  }

  private static void addSandbox(TakingTurns turns, String label, Isolation isolation, Path target)
      throws InterruptedException {
    List<String> command =
        List.of("Sandbox.run", "mode readonly, isolation " + isolation.key() + ", no network");
    Sandbox sandbox = Sandbox.of(Policy.builder().isolation(isolation).build());
    try {
      sandbox(sandbox, target);
      turns.addTimed(label, command, () -> sandbox(sandbox, target));
    } catch (IOException | RuntimeException e) {
      turns.addMissing(label, command, String.valueOf(e.getMessage()));
    }
  }

  private static void addPosixSpawn(TakingTurns turns, Optional<CProgram> spawn, Path target) {
    String label = "posix_spawn from C";
    List<String> command = List.of("posix_spawn", target.toString());
    if (spawn.isEmpty()) {
      turns.addMissing(label, command, CProgram.COMPILER.missing());
      return;
    }
    turns.addMeasured(
        label,
        command,
        () -> {
          long[] answer = spawn.get().ask();
          return Map.of(
              Measure.WALL_TIME, (double) answer[0], Measure.CPU_TIME, (double) answer[1]);
        });
  }

  private static void sandbox(Sandbox sandbox, Path target)
      throws IOException, InterruptedException {
    Outcome outcome =
        sandbox.command(target.toString()).directory(folder(target)).inheritIO().run();
    if (!outcome.success()) {
      throw new IllegalStateException(outcome.toJson());
    }
  }
}
