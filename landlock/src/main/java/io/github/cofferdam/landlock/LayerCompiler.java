package io.github.cofferdam.landlock;

import io.github.cofferdam.landlock.Gap.Effect;
import io.github.cofferdam.landlock.LandlockLayer.Status;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes the layer of a policy for one version of the interface. */
final class LayerCompiler {
  /** Where {@link FsRight#REFER} is granted when files are unrestricted. */
  private static final Path ROOT = Path.of("/");

  private final LandlockPolicy policy;
  private final Abi abi;

  private final EnumSet<FsRight> fs;
  private final EnumSet<NetRight> net;
  private final EnumSet<Scope> scopes;

  private final List<ResolvedGrant> grants = new ArrayList<>();
  private final List<Path> skipped = new ArrayList<>();

  LayerCompiler(LandlockPolicy policy, Abi abi) {
    this.policy = policy;
    this.abi = abi;
    fs = Sets.both(FsRight.class, policy.handledFs(), abi.fsRights());
    net = Sets.both(NetRight.class, policy.handledNet(), abi.netRights());
    scopes = Sets.both(Scope.class, policy.scopes(), abi.scopes());
  }

  LandlockLayer compile() throws PathGrantException {
    boolean grantsRefer = false;
    for (PathGrant grant : policy.paths()) {
      grantsRefer |= resolve(grant);
    }
    boolean any = !fs.isEmpty() || !net.isEmpty() || !scopes.isEmpty();
    SetupProgram program = any ? program() : SetupProgram.empty();

    var gaps = new ArrayList<Gap>();
    for (FsRight right : missing(policy.handledFs())) {
      if (right != FsRight.REFER || !any) {
        gaps.add(new Gap(right, abi, Effect.UNRESTRICTED));
      } else if (grantsRefer) {
        gaps.add(new Gap(right, abi, Effect.ALWAYS_DENIED));
      }
    }
    for (NetRight right : missing(policy.handledNet())) {
      gaps.add(new Gap(right, abi, Effect.UNRESTRICTED));
    }
    for (Scope scope : missing(policy.scopes())) {
      gaps.add(new Gap(scope, abi, Effect.UNRESTRICTED));
    }
    return new LandlockLayer(abi, program, status(any, gaps), gaps, grants, skipped);
  }

  private static Status status(boolean any, List<Gap> gaps) {
    if (!any) {
      return Status.NONE;
    }
    return gaps.stream().anyMatch(gap -> gap.effect() == Effect.UNRESTRICTED)
        ? Status.PARTIAL
        : Status.FULL;
  }

  private <F extends Feature> List<F> missing(Collection<F> asked) {
    return asked.stream().filter(feature -> !abi.has(feature)).toList();
  }

  /** {@return whether the grant, as it is meant, includes {@link FsRight#REFER}} */
  private boolean resolve(PathGrant grant) throws PathGrantException {
    Optional<PathLookup.Found> found = PathLookup.find(grant.path());
    if (found.isEmpty()) {
      if (!grant.optional()) {
        throw new PathGrantException(
            grant.path(),
            Reason.MISSING,
            "there is no "
                + grant.path()
                + ", on which "
                + Names.of(grant.rights())
                + " is granted");
      }
      skipped.add(grant.path());
      return false;
    }
    Path real = found.get().real();
    boolean directory = found.get().directory();
    Set<FsRight> meant = directory ? grant.rights() : fileRights(grant, real);
    grants.add(
        new ResolvedGrant(grant.path(), real, directory, Sets.both(FsRight.class, meant, fs)));
    return meant.contains(FsRight.REFER);
  }

  private static Set<FsRight> fileRights(PathGrant grant, Path real) throws PathGrantException {
    var rights = Sets.both(FsRight.class, grant.rights(), FsRight.fileRights());
    if (!grant.adapts() && rights.size() < grant.rights().size()) {
      var others = Sets.mutable(FsRight.class, grant.rights());
      others.removeAll(rights);
      throw new PathGrantException(
          grant.path(),
          Reason.NOT_A_DIRECTORY,
          Names.of(others)
              + " can be granted on directories only, and "
              + (real.equals(grant.path()) ? "" : grant.path() + ", which is ")
              + real
              + ", is none");
    }
    return rights;
  }

  private SetupProgram program() {
    var handled = EnumSet.copyOf(fs);
    var rules = new LinkedHashMap<Path, EnumSet<FsRight>>();
    if (policy.filesUnrestricted() && abi.has(FsRight.REFER)) {
      handled.add(FsRight.REFER);
      rules.put(ROOT, EnumSet.of(FsRight.REFER));
    }
    for (ResolvedGrant grant : grants) {
      if (!grant.rights().isEmpty()) {
        rules
            .computeIfAbsent(grant.real(), path -> EnumSet.noneOf(FsRight.class))
            .addAll(grant.rights());
      }
    }
    Map<Integer, Set<NetRight>> ports = new TreeMap<>();
    policy
        .ports()
        .forEach((port, rights) -> {
          var clipped = Sets.both(NetRight.class, rights, net);
          if (!clipped.isEmpty()) {
            ports.put(port, clipped);
          }
        });
    var steps = new RulesetSteps();
    steps.create(handled, net, scopes);
    rules.forEach(steps::grantPath);
    ports.forEach(steps::grantPort);
    return steps.enter();
  }
}
