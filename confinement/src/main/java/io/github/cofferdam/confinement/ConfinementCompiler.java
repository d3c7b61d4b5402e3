package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.policy.Cause.But.Gap;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Works out how one policy is enforced on a host: every wall adds to the layers, these are
 * compiled, and every wall says what may be claimed then.
 */
public final class ConfinementCompiler {
  private final Terms terms;

  /** What the walls have come to, once they were built. */
  private @Nullable Built built;

  ConfinementCompiler(
      Policy policy,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits,
      Optional<SeccompFilter> profile)
      throws Refusal {
    var mounts = new HostMounts();
    Optional<String> machineGap =
        files.restricted() && Terms.wanted(policy, Protection.FILESYSTEM)
            ? machine.gap(files, root != null, mounts)
            : Optional.empty();
    var existing = new ArrayList<Path>();
    for (Path path : files.carvedOut()) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        existing.add(path);
      }
    }
    terms =
        new Terms(
            policy,
            Terms.wanted(policy, Protection.NETWORK) ? access : Network.Access.FULL,
            host,
            files,
            root,
            limits,
            machineGap,
            existing,
            profile,
            mounts);
  }

  /**
   * {@return what enforces a policy}, with namespaces of the run's own
   *
   * @param access the network access that is left after the command rules
   * @param root the command's own root; null if it has none
   * @param machine what the command may change of what this process runs from
   * @param profile a filter that stands behind the baseline
   * @throws Refusal if it cannot be enforced so
   */
  public static Confinement compile(
      Policy policy,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits,
      Optional<SeccompFilter> profile)
      throws Refusal {
    var compiler =
        new ConfinementCompiler(policy, access, host, files, root, machine, limits, profile);
    NamespacePolicy namespaces = compiler.begin();
    return compiler.compose(
        compiler.walls(namespaces, compiler.seen()), namespaces, Optional.empty());
  }

  /** Refuses what can never be, and says which namespaces it takes. */
  NamespacePolicy begin() throws Refusal {
    NamespaceWall.refuseImpossible(terms);
    ProcessWall.refuseImpossible(terms);
    OverlayTrial.refuseImpossible(terms);
    return NamespaceWall.namespaces(terms);
  }

  /** What the command will see of the file system. */
  RootFilesystem seen() {
    return terms.ownNamespaces() ? FileWall.root(terms) : RootFilesystem.unchanged().build();
  }

  /** What differs between the runs of one sandbox. */
  RepeatedRuns.Inputs inputs() {
    return new RepeatedRuns.Inputs(
        terms.host(),
        terms.access(),
        terms.files(),
        terms.existing(),
        terms.machineGap(),
        terms.limits().rlimits(),
        terms.profile());
  }

  /** Whether all that a run came to can serve another one. */
  boolean isSameForAllRuns() {
    return terms.limits().isSameForAllRuns();
  }

  /** The command's Landlock layer; empty before the walls were built. */
  Optional<LandlockLayer> layer() {
    return Optional.ofNullable(built).map(Built::layer);
  }

  /** What does not depend on whose namespaces the run has. */
  record Walls(SetupProgram secure, SetupProgram command, EnforcementReport held) {}

  Walls walls(NamespacePolicy namespaces, RootFilesystem seen) throws Refusal {
    var layers = new Layers(terms);
    for (Wall wall : Wall.ALL) {
      wall.build(layers);
    }
    Built made = layers.compile(namespaces, seen.plan());
    built = made;
    return new Walls(made.secure(), made.command(), report(made));
  }

  private EnforcementReport report(Built made) throws Refusal {
    var report = new EnforcementReport.Builder(terms.policy());
    made.warnings().forEach(report::warn);
    terms.files().warnings().forEach(report::warn);
    carved(made.layer().carved()).ifPresent(report::warn);
    for (Wall wall : Wall.ALL) {
      for (Claim claim : wall.claims(made)) {
        if (!wall.protections().contains(claim.protection())) {
          throw new IllegalStateException(
              wall.getClass().getSimpleName() + " does not answer for " + claim.protection());
        }
        report.claim(claim.protection(), claim.state(), claim.cause());
      }
    }
    undermine(report, made);
    return report.build();
  }

  /**
   * Programs stumble over directories that cannot be listed and take no new names. The deepest one
   * is where the work is done, and one sentence is read. What is closed in /dev is not the policy's
   * doing, and nobody works there.
   */
  private static Optional<String> carved(List<Path> directories) {
    if (directories.isEmpty()) {
      return Optional.empty();
    }
    Path deepest =
        Collections.max(
            directories,
            Comparator.comparing((Path path) -> !path.startsWith(OwnRoot.DEV))
                .thenComparingInt(Path::getNameCount));
    int others = directories.size() - 1;
    return Optional.of(
        "something in "
            + OsText.show(deepest)
            + " is blocked, so with isolation = basic that directory can neither be listed nor"
            + " take new names"
            + (others == 0 ? "" : " (nor can " + others + " above it or beside it)")
            + "; isolation = namespace has no such limit");
  }

  /**
   * Whoever can write the memory of another process of the user is behind no wall at all, and
   * whoever can look into it has its environment and its files. A Landlock domain keeps from both,
   * and so does a user namespace, whose processes may not trace those outside.
   */
  private void undermine(EnforcementReport.Builder report, Built made) {
    if (made.hasDomain() || made.isIn(Namespace.USER)) {
      return;
    }
    if (terms.host().tracing() == Host.Tracing.BY_USER) {
      for (Protection protection : Protection.values()) {
        report.undermine(
            protection,
            Gap.MEMORY_OF_OTHERS,
            "without Landlock, /proc/PID/mem of any process of this user opens for writing;"
                + " isolation = namespace, or sysctl kernel.yama.ptrace_scope=1, close that");
      }
    } else {
      for (Protection protection :
          List.of(Protection.ENVIRONMENT, Protection.DESCRIPTORS, Protection.PROCESSES)) {
        report.undermine(
            protection,
            Gap.FILES_OF_OTHERS,
            "without Landlock, /proc/PID/environ and /proc/PID/fd of any process of this user can"
                + " be read; isolation = namespace closes that");
      }
    }
  }

  Confinement compose(
      Walls walls, NamespacePolicy namespaces, Optional<NamespaceTemplate> template) {
    SetupProgram launcher = terms.limits().open();
    SetupProgram init = SetupProgram.empty();
    if (template.isPresent()) {
      launcher = launcher.then(template.get().launcherProgram());
      init = template.get().initProgram().then(walls.secure());
    } else if (terms.supervision() == Supervision.PID_NAMESPACE) {
      launcher = launcher.then(namespaces.launcherProgram());
      init = Objects.requireNonNull(built).root().program().then(walls.secure());
    } else {
      launcher = launcher.then(namespaces.launcherProgram()).then(walls.secure());
    }
    return new Confinement(
        launcher,
        init,
        walls.command(),
        terms.supervision(),
        walls.held(),
        terms.brokering(),
        template);
  }

  /**
   * Whether the run may have namespaces in common with others. With a capability it could change
   * what they see; and what the kernel counts for each user would be counted for all together.
   */
  boolean mayShare() {
    return terms.root() != null
        && terms.ownNamespaces()
        && terms.wanted(Protection.CAPABILITIES)
        && terms.policy().capabilities().isEmpty()
        && terms.limits().rlimits().keySet().stream().noneMatch(Resource::countedPerUser);
  }

  /** What makes this run the same as another in respect of its namespaces. */
  SharedNamespaces.Key key(RootFilesystem seen) {
    Set<Namespace> common = EnumSet.of(Namespace.UTS);
    if (terms.ownNetwork()
        && terms.access() != Network.Access.LOOPBACK
        && !terms.allowsUnixSockets()) {
      // Nobody in it can open a socket of it, so nobody can talk to another.
      common.add(Namespace.NETWORK);
    }
    return new SharedNamespaces.Key(seen, terms.access(), common);
  }

  /** What the report says is closed has to be closed in what the command gets. */
  Optional<NamespaceTemplate> asPlanned(Optional<NamespaceTemplate> template) {
    if (template.isPresent()
        && !template.get().closed().equals(Objects.requireNonNull(built).root().closed())) {
      template.get().release();
      return Optional.empty();
    }
    return template;
  }
}
