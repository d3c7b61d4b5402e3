package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.LandlockRuleset;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.seccomp.Baseline;
import io.github.cofferdam.seccomp.Sockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Walls that were prepared once, and programs that are to be started behind them. */
final class Walls implements AutoCloseable {
  private static final Set<FsRight> DEVICES = EnumSet.of(FsRight.READ_FILE, FsRight.WRITE_FILE);

  /**
   * The baseline lets nobody make anything in an IPC namespace, and sockets only in {@link
   * #writable}, behind which one program runs at a time.
   */
  private static final Set<Namespace> COMMON =
      EnumSet.of(Namespace.UTS, Namespace.NETWORK, Namespace.IPC);

  private static final SetupProgram GIVE_UP =
      Capabilities.dropAll(true).then(NoNewPrivileges.program());

  /** Made once for all starts. */
  private final LandlockRuleset landlock;

  private final LandlockLayer landlockInside;

  /** As {@link #landlock}; empty where only the start makes some of what is granted. */
  private final Optional<LandlockRuleset> rulesetInside;

  private final SetupProgram seccomp;
  private final NamespacePolicy namespaces;
  private final RootFilesystem root;
  private @Nullable NamespaceTemplate template;

  private Walls(
      LandlockRuleset landlock,
      LandlockLayer landlockInside,
      Optional<LandlockRuleset> rulesetInside,
      SetupProgram seccomp,
      boolean loopback,
      RootFilesystem root) {
    this.landlock = landlock;
    this.landlockInside = landlockInside;
    this.rulesetInside = rulesetInside;
    this.seccomp = seccomp;
    this.root = root;
    namespaces =
        NamespacePolicy.builder()
            .add(
                Namespace.USER,
                Namespace.PID,
                Namespace.MOUNT,
                Namespace.NETWORK,
                Namespace.IPC,
                Namespace.UTS)
            .loopback(loopback)
            .build();
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
    for (Path path : fiveTrees(folder)) {
      root.bind(BindMount.readOnly(path, path));
      inside.readExecute(path);
    }
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
    LandlockLayer layer = layer(inside.build());
    return new Walls(
        LandlockRuleset.of(layer(outside)),
        layer,
        Optional.of(LandlockRuleset.of(layer)),
        Baseline.of(Arch.host()).filter().install(),
        false,
        root.build());
  }

  /** Four that most programs need, and that of this one if it is in none of them. */
  private static List<Path> fiveTrees(Path folder) {
    var trees = new ArrayList<Path>();
    for (String name : List.of("/usr", "/etc", "/opt", "/srv")) {
      Path path = Path.of(name);
      if (Files.isDirectory(path)) {
        trees.add(path);
      }
    }
    boolean there = trees.stream().anyMatch(folder::startsWith);
    trees.add(there ? Path.of("/var") : folder);
    return trees;
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
        LandlockRuleset.of(layer(outside.build())),
        layer(inside.build()),
        Optional.empty(),
        Baseline.of(Arch.host()).sockets(Sockets.TCP).filter().install(),
        true,
        RootFilesystem.host().bind(BindMount.writable(folder, folder)).build());
  }

  private static LandlockLayer layer(LandlockPolicy policy) throws IOException {
    return policy.on(Abi.current());
  }

  /** {@return a plan that can still be added to, and started as long as this is open} */
  LaunchPlan.Builder plan(Layer layer, String executable, List<String> argv) throws IOException {
    LaunchPlan.Builder plan = LaunchPlan.of(executable, argv);
    return switch (layer) {
      case PLAIN -> plan;
      case LANDLOCK -> plan.commandSteps(NoNewPrivileges.program().then(outside(plan)));
      case SECCOMP -> plan.commandSteps(NoNewPrivileges.program().then(seccomp));
      case BOTH -> plan.commandSteps(NoNewPrivileges.program().then(outside(plan)).then(seccomp));
      case NAMESPACES ->
          own(plan, RootFilesystem.unchanged().build()).commandSteps(outside(plan).then(seccomp));
      case ALONE ->
          own(plan, root).commandSteps(landlockInside.program().then(seccomp)).directory("/");
      case FULL -> common(plan).commandSteps(inside(plan).then(seccomp)).directory("/");
    };
  }

  private SetupProgram outside(LaunchPlan.Builder plan) {
    landlock.passTo(plan);
    return landlock.program();
  }

  private SetupProgram inside(LaunchPlan.Builder plan) {
    if (rulesetInside.isEmpty()) {
      return landlockInside.program();
    }
    rulesetInside.get().passTo(plan);
    return rulesetInside.get().program();
  }

  private LaunchPlan.Builder own(LaunchPlan.Builder plan, RootFilesystem files) {
    return plan.launcherSteps(namespaces.launcherProgram())
        .initSteps(files.program().then(GIVE_UP))
        .supervision(Supervision.PID_NAMESPACE);
  }

  private LaunchPlan.Builder common(LaunchPlan.Builder plan) throws IOException {
    NamespaceTemplate made = template;
    if (made == null) {
      made = NamespaceTemplate.create(namespaces, COMMON, root, Optional.empty());
      template = made;
    }
    made.passTo(plan);
    return plan.launcherSteps(made.launcherProgram())
        .initSteps(made.initProgram().then(GIVE_UP))
        .supervision(Supervision.PID_NAMESPACE);
  }

  @Override
  public void close() {
    landlock.close();
    rulesetInside.ifPresent(LandlockRuleset::close);
    if (template != null) {
      template.close();
    }
  }
}
