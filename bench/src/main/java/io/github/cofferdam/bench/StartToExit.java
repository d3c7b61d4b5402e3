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
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.sandbox.Isolation;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Policy;
import io.github.cofferdam.sandbox.Sandbox;
import io.github.cofferdam.seccomp.Baseline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * From start to exit, by several ways in one run: of a static program, which does nothing at all,
 * and of {@code /bin/true}.
 */
public final class StartToExit {
  private static final int DEFAULT_ROUNDS = 2000;
  private static final Path BUBBLEWRAP = Path.of("/usr/bin/bwrap");
  private static final Path TRUE = Path.of("/usr/bin/true");

  private StartToExit() {}

  /** Runs the benchmark; the only argument is the number of rounds. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ROUNDS;
    Path target = StaticTarget.create();
    try {
      candidates(target).run("from start to exit", rounds);
    } finally {
      Files.delete(target);
      Files.delete(folder(target));
    }
    if (Files.isExecutable(TRUE)) {
      candidates(TRUE).run("from start to exit of /usr/bin/true", rounds);
    }
  }

  private static TakingTurns candidates(Path target) throws IOException {
    // Prepared once: what is measured is starting.
    SetupProgram afterPrivileges = landlock().then(seccomp());
    SetupProgram walls = NoNewPrivileges.program().then(afterPrivileges);
    SetupProgram scope = LandlockPolicy.signalScopeOnly().on(Abi.current()).program();
    var all = new TakingTurns();
    all.addTimed("ProcessBuilder", () -> processBuilder(target));
    addPlan(all, "launcher, plain", plain(target));
    addPlan(all, "launcher, Landlock + seccomp", plain(target).commandSteps(walls));
    addPlan(all, "the same, supervised", supervised(target, scope).commandSteps(afterPrivileges));
    NamespacePolicy allButPid =
        NamespacePolicy.builder()
            .add(Namespace.USER, Namespace.MOUNT, Namespace.NETWORK, Namespace.IPC, Namespace.UTS)
            .build();
    SetupProgram inNamespaces =
        allButPid.launcherProgram().then(Capabilities.dropAll(true)).then(walls);
    addPlan(all, "five namespaces, Landlock + seccomp", plain(target).launcherSteps(inNamespaces));
    addPlan(
        all,
        "six namespaces, supervised, Landlock + seccomp",
        namespaced(target, RootFilesystem.unchanged().build()).commandSteps(afterPrivileges));
    addPlan(
        all,
        "full isolation: own root of five binds",
        namespaced(target, fiveBinds(target))
            .directory("/")
            .commandSteps(fiveGrants(target).then(seccomp())));
    for (boolean network : new boolean[] {false, true}) {
      NamespaceTemplate template =
          NamespaceTemplate.create(
              namespaces(),
              network ? EnumSet.of(Namespace.UTS, Namespace.NETWORK) : EnumSet.of(Namespace.UTS),
              fiveBinds(target),
              Optional.empty());
      LaunchPlan.Builder plan =
          plain(target)
              .launcherSteps(template.launcherProgram())
              .initSteps(
                  template
                      .initProgram()
                      .then(Capabilities.dropAll(true))
                      .then(NoNewPrivileges.program()))
              .supervision(Supervision.PID_NAMESPACE)
              .directory("/")
              .commandSteps(fiveGrants(target).then(seccomp()));
      template.passTo(plan);
      addPlan(all, "the same from a template" + (network ? ", network common" : ""), plan);
    }
    addSandbox(all, "Sandbox.run, readonly, basic", Isolation.BASIC, target);
    addSandbox(all, "Sandbox.run, readonly, namespace", Isolation.NAMESPACE, target);
    if (Files.isExecutable(BUBBLEWRAP)) {
      var bubblewrap =
          List.of(
              BUBBLEWRAP.toString(),
              "--unshare-all",
              "--ro-bind",
              "/",
              "/",
              "--proc",
              "/proc",
              "--dev",
              "/dev",
              target.toString());
      all.addTimed(
          "bubblewrap --unshare-all",
          () -> check(new ProcessBuilder(bubblewrap).inheritIO().start().waitFor()));
    }
    return all;
  }

  private static void addPlan(TakingTurns all, String name, LaunchPlan.Builder builder) {
    LaunchPlan plan = builder.build();
    all.addTimed(name, () -> launch(plan));
  }

  private static void addSandbox(TakingTurns all, String name, Isolation isolation, Path target) {
    Sandbox sandbox = Sandbox.of(Policy.builder().isolation(isolation).build());
    all.addTimed(name, () -> sandbox(sandbox, target));
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

  private static LaunchPlan.Builder namespaced(Path target, RootFilesystem root) {
    return plain(target)
        .launcherSteps(namespaces().launcherProgram())
        .initSteps(root.program().then(Capabilities.dropAll(true)).then(NoNewPrivileges.program()))
        .supervision(Supervision.PID_NAMESPACE);
  }

  private static NamespacePolicy namespaces() {
    return NamespacePolicy.builder()
        .add(
            Namespace.USER,
            Namespace.PID,
            Namespace.MOUNT,
            Namespace.NETWORK,
            Namespace.IPC,
            Namespace.UTS)
        .build();
  }

  private static Path folder(Path target) {
    return Objects.requireNonNull(target.getParent());
  }

  /** The target's directory is one of them. */
  private static List<Path> bound(Path target) {
    Path own = folder(target);
    return own.startsWith("/usr")
        ? List.of(
            Path.of("/usr"), Path.of("/etc"), Path.of("/opt"), Path.of("/var"), Path.of("/srv"))
        : List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/opt"), Path.of("/srv"), own);
  }

  private static RootFilesystem fiveBinds(Path target) {
    RootFilesystem.Builder root = RootFilesystem.empty();
    for (Path path : bound(target)) {
      root.bind(BindMount.readOnly(path, path));
    }
    for (String link : List.of("bin", "lib", "lib64")) {
      root.link(Path.of("/" + link), "usr/" + link);
    }
    return root.build();
  }

  private static SetupProgram fiveGrants(Path target) throws IOException {
    LandlockPolicy.Builder layer =
        LandlockPolicy.builder().scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET);
    for (Path path : bound(target)) {
      layer.readExecute(path);
    }
    return layer.build().on(Abi.current()).program();
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
    Outcome outcome =
        sandbox.command(target.toString()).directory(folder(target)).inheritIO().run();
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
