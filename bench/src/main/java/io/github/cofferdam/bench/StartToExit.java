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
import java.util.List;

/** From start to exit of a static program, by several ways in one run. */
public final class StartToExit {
  private static final int DEFAULT_ROUNDS = 2000;

  private StartToExit() {}

  /** Runs the benchmark; the only argument is the number of rounds. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ROUNDS;
    Path target = StaticTarget.create();
    try {
      candidates(target).run("from start to exit", rounds);
    } finally {
      Files.delete(target);
    }
  }

  private static TakingTurns candidates(Path target) throws IOException {
    // Prepared once: what is measured is starting.
    SetupProgram afterPrivileges = landlock().then(seccomp());
    SetupProgram walls = NoNewPrivileges.program().then(afterPrivileges);
    SetupProgram scope = LandlockPolicy.signalScopeOnly().on(Abi.current()).program();
    var all = new TakingTurns();
    all.addTimed("ProcessBuilder", () -> processBuilder(target));
    all.addTimed("launcher, plain", () -> launch(plain(target).build()));
    all.addTimed(
        "launcher, Landlock + seccomp", () -> launch(plain(target).commandSteps(walls).build()));
    all.addTimed(
        "the same, supervised",
        () -> launch(supervised(target, scope).commandSteps(afterPrivileges).build()));
    NamespacePolicy allButPid =
        NamespacePolicy.builder()
            .add(Namespace.USER, Namespace.MOUNT, Namespace.NETWORK, Namespace.IPC, Namespace.UTS)
            .build();
    SetupProgram inNamespaces =
        allButPid.launcherProgram().then(Capabilities.dropAll(true)).then(walls);
    all.addTimed(
        "five namespaces, Landlock + seccomp",
        () -> launch(plain(target).launcherSteps(inNamespaces).build()));
    for (boolean apart : new boolean[] {false, true}) {
      NamespacePolicy namespaces = namespaces(apart);
      all.addTimed(
          "six namespaces, supervised, Landlock + seccomp" + (apart ? ", parallel" : ""),
          () -> launch(namespaced(target, namespaces).commandSteps(afterPrivileges).build()));
    }
    Sandbox sandbox = Sandbox.of(Policy.builder().build());
    all.addTimed("Sandbox.run, readonly policy", () -> sandbox(sandbox, target));
    return all;
  }

  private static void processBuilder(Path target) throws Exception {
    check(new ProcessBuilder(target.toString()).inheritIO().start().waitFor());
  }

  private static LaunchPlan.Builder plain(Path target) {
    return LaunchPlan.of(target.toString(), List.of("target"));
  }

  private static LaunchPlan.Builder supervised(Path target, SetupProgram scope) {
    return plain(target)
        .launcherSteps(NoNewPrivileges.program().then(scope))
        .supervision(Supervision.SIGNAL_SCOPE);
  }

  private static LaunchPlan.Builder namespaced(Path target, NamespacePolicy namespaces) {
    return plain(target)
        .launcherSteps(namespaces.launcherProgram())
        .networkSteps(namespaces.networkProgram())
        .initSteps(namespaces.initProgram())
        .initLastSteps(Capabilities.dropAll(true).then(NoNewPrivileges.program()))
        .supervision(Supervision.PID_NAMESPACE);
  }

  private static NamespacePolicy namespaces(boolean networkApart) {
    return NamespacePolicy.builder().add(Namespace.values()).networkApart(networkApart).build();
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
}
