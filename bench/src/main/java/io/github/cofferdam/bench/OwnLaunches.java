package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.Exit;
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
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.seccomp.Baseline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What our launcher does with one program: from nothing at all to full isolation. */
final class OwnLaunches {
  private final Path target;

  OwnLaunches(Path target) {
    this.target = target;
  }

  LaunchPlan plain() {
    return builder().build();
  }

  LaunchPlan landlockAndSeccomp() throws IOException {
    return builder().commandSteps(NoNewPrivileges.program().then(walls())).build();
  }

  LaunchPlan sixNamespaces() throws IOException {
    return namespaced(RootFilesystem.unchanged().build()).commandSteps(walls()).build();
  }

  /** A root of its own of five binds, six namespaces, no capabilities, Landlock and seccomp. */
  LaunchPlan fullIsolation() throws IOException {
    return namespaced(fiveBinds())
        .directory("/")
        .commandSteps(fiveGrants().then(seccomp()))
        .build();
  }

  /**
   * A command under a supervisor that changes nothing for it: the supervisor hears how much memory
   * the command's tree needed, daemons included.
   */
  static LaunchPlan watched(List<String> command) {
    return LaunchPlan.of(command.getFirst(), command).supervision(Supervision.CHILD_WALK).build();
  }

  /** Runs a plan to its end, which must be a success. */
  static Exit run(LaunchPlan plan) throws IOException, InterruptedException {
    try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
      Exit exit = launched.await();
      if (exit.status() != 0) {
        throw new IllegalStateException("the target ended with wait status " + exit.status());
      }
      return exit;
    }
  }

  /**
   * Runs a plan that has a supervisor, for the largest resident set of any one process. Nothing if
   * that is 0: the kernel's counters are of each processor, and count small processes late.
   */
  static Map<Measure, Double> memory(LaunchPlan plan) throws IOException, InterruptedException {
    long bytes = run(plan).usage().maxResidentBytes();
    return bytes == 0 ? Map.of() : Map.of(Measure.PEAK_MEMORY, (double) bytes);
  }

  private LaunchPlan.Builder builder() {
    return LaunchPlan.of(target.toString(), List.of("target"));
  }

  private LaunchPlan.Builder namespaced(RootFilesystem root) {
    NamespacePolicy namespaces =
        NamespacePolicy.builder()
            .add(
                Namespace.USER,
                Namespace.PID,
                Namespace.MOUNT,
                Namespace.NETWORK,
                Namespace.IPC,
                Namespace.UTS)
            .networkApart(true)
            .build();
    return builder()
        .launcherSteps(namespaces.launcherProgram())
        .networkSteps(namespaces.networkProgram())
        .initSteps(root.program())
        .initLastSteps(Capabilities.dropAll(true).then(NoNewPrivileges.program()))
        .supervision(Supervision.PID_NAMESPACE);
  }

  /** The target's directory is one of them. */
  private List<Path> bound() {
    Path own = Objects.requireNonNull(target.getParent());
    return own.startsWith("/usr")
        ? List.of(
            Path.of("/usr"), Path.of("/etc"), Path.of("/opt"), Path.of("/var"), Path.of("/srv"))
        : List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/opt"), Path.of("/var"), own);
  }

  private RootFilesystem fiveBinds() {
    RootFilesystem.Builder root = RootFilesystem.empty();
    for (Path path : bound()) {
      root.bind(BindMount.readOnly(path, path));
    }
    for (String link : List.of("bin", "lib", "lib64")) {
      root.link(Path.of("/" + link), "usr/" + link);
    }
    return root.build();
  }

  private SetupProgram fiveGrants() throws IOException {
    LandlockPolicy.Builder layer =
        LandlockPolicy.builder().scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET);
    for (Path path : bound()) {
      layer.readExecute(path);
    }
    return layer.build().on(Abi.current()).program();
  }

  private static SetupProgram walls() throws IOException {
    return LandlockPolicy.builder()
        .readExecute(Path.of("/"))
        .deviceIfPresent(Path.of("/dev/null"))
        .deviceIfPresent(Path.of("/dev/urandom"))
        .scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET)
        .build()
        .on(Abi.current())
        .program()
        .then(seccomp());
  }

  private static SetupProgram seccomp() {
    return Baseline.of(Arch.host()).filter().install();
  }
}
