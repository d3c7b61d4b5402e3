package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Policy;
import io.github.cofferdam.sandbox.Sandbox;
import io.github.cofferdam.seccomp.Baseline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * From start to exit of a static program, by several ways in one run.
 *
 * <p>Ways take turns, one start each, so that whatever else the machine does falls on all of them.
 * What counts is the ratio of medians within a run; microseconds of different runs cannot be
 * compared.
 */
public final class StartToExit {
  private static final int DEFAULT_ROUNDS = 2000;

  /** Rounds that are thrown away. */
  private static final double WARM_UP = 0.25;

  private StartToExit() {}

  /** One start and one exit. */
  private interface Way {
    void run() throws Exception;
  }

  /** A way, and how long it took each time. */
  private static final class Candidate {
    private final String name;
    private final Way way;
    private final long[] nanos;

    Candidate(String name, Way way, int rounds) {
      this.name = name;
      this.way = way;
      nanos = new long[rounds];
    }
  }

  /** Runs the benchmark; the only argument is the number of rounds. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ROUNDS;
    Path target = StaticTarget.create();
    try {
      List<Candidate> candidates = candidates(target, rounds);
      int warmUp = (int) (rounds * WARM_UP);
      for (int round = -warmUp; round < rounds; round++) {
        for (int i = 0; i < candidates.size(); i++) {
          Candidate candidate = candidates.get(Math.floorMod(i + round, candidates.size()));
          long start = System.nanoTime();
          candidate.way.run();
          if (round >= 0) {
            candidate.nanos[round] = System.nanoTime() - start;
          }
        }
      }
      print(candidates, rounds);
    } finally {
      Files.delete(target);
    }
  }

  private static List<Candidate> candidates(Path target, int rounds) throws IOException {
    SetupProgram walls = NoNewPrivileges.program().then(landlock()).then(seccomp());
    var all = new ArrayList<Candidate>();
    add(all, rounds, "ProcessBuilder", () -> processBuilder(target));
    add(all, rounds, "launcher, plain", () -> launch(plain(target).build()));
    add(
        all,
        rounds,
        "launcher, Landlock + seccomp",
        () -> launch(plain(target).commandSteps(walls).build()));
    add(
        all,
        rounds,
        "the same, supervised",
        () -> launch(supervised(target).commandSteps(walls).build()));
    NamespacePolicy allButPid =
        NamespacePolicy.builder()
            .add(Namespace.USER, Namespace.MOUNT, Namespace.NETWORK, Namespace.IPC, Namespace.UTS)
            .build();
    SetupProgram inNamespaces =
        allButPid.launcherProgram().then(Capabilities.dropAll(true)).then(walls);
    add(
        all,
        rounds,
        "five namespaces, Landlock + seccomp",
        () -> launch(plain(target).launcherSteps(inNamespaces).build()));
    NamespacePolicy namespaces = namespaces();
    add(
        all,
        rounds,
        "six namespaces, supervised, Landlock + seccomp",
        () ->
            launch(
                namespaced(target, namespaces).commandSteps(landlock().then(seccomp())).build()));
    Sandbox sandbox = Sandbox.of(Policy.builder().build());
    add(all, rounds, "Sandbox.run, readonly policy", () -> sandbox(sandbox, target));
    return all;
  }

  private static void add(List<Candidate> all, int rounds, String name, Way way) {
    all.add(new Candidate(name, way, rounds));
  }

  private static void processBuilder(Path target) throws Exception {
    check(new ProcessBuilder(target.toString()).inheritIO().start().waitFor());
  }

  private static LaunchPlan.Builder plain(Path target) {
    return LaunchPlan.of(target.toString(), List.of("target"));
  }

  private static LaunchPlan.Builder supervised(Path target) throws IOException {
    return plain(target)
        .launcherSteps(
            NoNewPrivileges.program()
                .then(LandlockPolicy.signalScopeOnly().on(Abi.current()).program()))
        .supervision(Supervision.SIGNAL_SCOPE);
  }

  private static LaunchPlan.Builder namespaced(Path target, NamespacePolicy namespaces) {
    return plain(target)
        .launcherSteps(namespaces.launcherProgram())
        .initSteps(
            namespaces
                .initProgram()
                .then(Capabilities.dropAll(true))
                .then(NoNewPrivileges.program()))
        .supervision(Supervision.PID_NAMESPACE);
  }

  private static NamespacePolicy namespaces() {
    return NamespacePolicy.builder().add(Namespace.values()).build();
  }

  private static SetupProgram landlock() throws IOException {
    return LandlockPolicy.builder()
        .readExecute(Path.of("/"))
        .deviceIfPresent(Path.of("/dev/null"))
        .deviceIfPresent(Path.of("/dev/urandom"))
        .scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET)
        .build()
        .on(Abi.current())
        .program();
  }

  private static SetupProgram seccomp() {
    return Baseline.of(Arch.host()).filter().install();
  }

  private static void launch(LaunchPlan plan) throws Exception {
    try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
      check(launched.await().status());
    }
  }

  private static void sandbox(Sandbox sandbox, Path target) throws Exception {
    Outcome outcome = sandbox.run(target.toString());
    if (!outcome.success()) {
      throw new IllegalStateException(outcome.toJson());
    }
  }

  private static void check(int status) {
    if (status != 0) {
      throw new IllegalStateException("the target ended with status " + status);
    }
  }

  private static void print(List<Candidate> candidates, int rounds) {
    System.out.printf(
        "%s, Linux %s, Java %s, %d rounds%n",
        Arch.host(), System.getProperty("os.version"), Runtime.version(), rounds);
    System.out.printf(
        "%-50s%10s%10s%10s%8s%n", "from start to exit, us", "p10", "median", "p90", "ratio");
    double base = Double.NaN;
    for (Candidate candidate : candidates) {
      long[] sorted = candidate.nanos.clone();
      Arrays.sort(sorted);
      double median = at(sorted, 0.5);
      base = Double.isNaN(base) ? median : base;
      System.out.printf(
          "%-50s%10.0f%10.0f%10.0f%8.2f%n",
          candidate.name, at(sorted, 0.1), median, at(sorted, 0.9), median / base);
    }
  }

  private static double at(long[] sorted, double quantile) {
    return sorted[(int) (quantile * (sorted.length - 1))] / 1000.0;
  }
}
