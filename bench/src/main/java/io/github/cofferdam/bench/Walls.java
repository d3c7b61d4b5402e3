package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.seccomp.Baseline;
import io.github.cofferdam.seccomp.Sockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Walls that were prepared once, and programs that are to be started behind them. */
final class Walls {
  private static final Set<FsRight> DEVICES = EnumSet.of(FsRight.READ_FILE, FsRight.WRITE_FILE);

  private final SetupProgram landlock;
  private final SetupProgram landlockInside;
  private final SetupProgram seccomp;
  private final SetupProgram namespaces;
  private final SetupProgram network;
  private final SetupProgram root;

  private Walls(
      SetupProgram landlock,
      SetupProgram landlockInside,
      SetupProgram seccomp,
      boolean loopback,
      RootFilesystem root) {
    this.landlock = landlock;
    this.landlockInside = landlockInside;
    this.seccomp = seccomp;
    NamespacePolicy policy =
        NamespacePolicy.builder()
            .add(
                Namespace.USER,
                Namespace.PID,
                Namespace.MOUNT,
                Namespace.NETWORK,
                Namespace.IPC,
                Namespace.UTS)
            .loopback(loopback)
            .networkApart(true)
            .build();
    namespaces = policy.launcherProgram();
    network = policy.networkProgram();
    this.root = root.program();
  }

  /**
   * Walls around a program that changes nothing. With full isolation it sees five trees of the
   * host, as a typical sandbox does.
   *
   * @param folder where the program is
   */
  static Walls readOnly(Path folder) throws IOException {
    RootFilesystem.Builder root = RootFilesystem.empty();
    LandlockPolicy.Builder inside =
        LandlockPolicy.builder().scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET);
    for (String name : List.of("/usr", "/etc", "/opt", "/var")) {
      Path path = Path.of(name);
      if (Files.isDirectory(path) && !folder.startsWith(path)) {
        root.bind(BindMount.readOnly(path, path));
        inside.readExecute(path);
      }
    }
    root.bind(BindMount.readOnly(folder, folder));
    inside.readExecute(folder);
    for (String link : List.of("bin", "lib", "lib64")) {
      root.link(Path.of("/" + link), "usr/" + link);
    }
    LandlockPolicy outside =
        LandlockPolicy.builder()
            .readExecute(Path.of("/"))
            .deviceIfPresent(Path.of("/dev/null"))
            .deviceIfPresent(Path.of("/dev/urandom"))
            .scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET)
            .build();
    return new Walls(
        program(outside),
        program(inside.build()),
        Baseline.of(Arch.host()).filter().install(),
        false,
        root.build());
  }

  /**
   * Walls around a program that may read everything, change one folder, and talk to itself by TCP.
   *
   * @param folder what it may change
   */
  static Walls writable(Path folder) throws IOException {
    LandlockPolicy.Builder outside =
        LandlockPolicy.builder()
            .readExecute(Path.of("/"))
            .readWrite(folder)
            .scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET);
    LandlockPolicy.Builder inside = outside.build().toBuilder();
    for (String device :
        List.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")) {
      outside.deviceIfPresent(Path.of(device));
    }
    inside
        .readWriteMade(Path.of("/tmp"))
        .readWriteMade(Path.of("/dev/shm"))
        .grantMade(DEVICES, Path.of("/dev"));
    return new Walls(
        program(outside.build()),
        program(inside.build()),
        Baseline.of(Arch.host()).sockets(Sockets.TCP).filter().install(),
        true,
        RootFilesystem.host().bind(BindMount.writable(folder, folder)).build());
  }

  private static SetupProgram program(LandlockPolicy policy) throws IOException {
    return policy.on(Abi.current()).program();
  }

  /** {@return a plan that can still be added to} */
  LaunchPlan.Builder plan(Layer layer, String executable, List<String> argv) {
    LaunchPlan.Builder plan = LaunchPlan.of(executable, argv);
    return switch (layer) {
      case PLAIN -> plan;
      case LANDLOCK -> plan.commandSteps(NoNewPrivileges.program().then(landlock));
      case SECCOMP -> plan.commandSteps(NoNewPrivileges.program().then(seccomp));
      case BOTH -> plan.commandSteps(NoNewPrivileges.program().then(landlock).then(seccomp));
      case FULL ->
          plan.launcherSteps(namespaces)
              .networkSteps(network)
              .initSteps(root)
              .initLastSteps(Capabilities.dropAll(true).then(NoNewPrivileges.program()))
              .commandSteps(landlockInside.then(seccomp))
              .supervision(Supervision.PID_NAMESPACE)
              .directory("/");
    };
  }
}
