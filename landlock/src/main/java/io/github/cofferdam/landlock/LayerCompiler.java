package io.github.cofferdam.landlock;

import io.github.cofferdam.landlock.Gap.Effect;
import io.github.cofferdam.landlock.LandlockLayer.Status;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes the layer of a policy for one kernel. */
final class LayerCompiler {
  /** Where {@link FsRight#REFER} is granted when files are unrestricted. */
  private static final Path ROOT = Path.of("/");

  private final PolicyTerms policy;
  private final LandlockSupport support;
  private final Effective effective;
  private final PathLookup lookup = new PathLookup();

  private final List<ResolvedGrant> grants = new ArrayList<>();
  private final List<Path> skipped = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<Path> carved = new ArrayList<>();
  private final Map<Path, PathRule> rules = new LinkedHashMap<>();
  private boolean grantsRefer;

  LayerCompiler(PolicyTerms policy, LandlockSupport support) {
    this.policy = policy;
    this.support = support;
    effective = new Effective(policy, support);
  }

  LandlockLayer compile() throws PathGrantException, RequiredFeatureException {
    BlockedPaths blocked = BlockedPaths.of(policy.blocked(), policy.unblocked());
    for (PathGrant grant : policy.paths()) {
      resolve(grant, blocked);
    }
    List<Gap> gaps = effective.gaps(grantsRefer);
    List<Gap> intolerable =
        gaps.stream().filter(gap -> policy.required().contains(gap.feature())).toList();
    if (!intolerable.isEmpty()) {
      throw new RequiredFeatureException(intolerable);
    }
    boolean any = effective.any();
    if (any && policy.handled().fs().isEmpty() && support.has(FsRight.REFER)) {
      allowRefer();
    }
    return new LandlockLayer(
        support,
        any ? program() : SetupProgram.empty(),
        effective.handled().fs(),
        effective.handled().net(),
        effective.flags,
        status(any, gaps),
        gaps,
        grants,
        skipped,
        warnings,
        carved);
  }

  /** Any layer denies {@link FsRight#REFER} where it does not grant it. */
  private void allowRefer() throws PathGrantException {
    effective.handleRefer();
    var refer = EnumSet.of(FsRight.REFER);
    rules.put(ROOT, new PathRule(refer, false, Optional.empty()));
    lookup
        .find(ROOT)
        .ifPresent(root ->
            grants.add(new ResolvedGrant(ROOT, ROOT, true, refer, FileIdentity.of(root.status()))));
  }

  private static Status status(boolean any, List<Gap> gaps) {
    if (!any) {
      return Status.NONE;
    }
    return gaps.stream().anyMatch(gap -> gap.effect() == Effect.UNRESTRICTED)
        ? Status.PARTIAL
        : Status.FULL;
  }

  /** There is nothing to compare it with; the path is the confined process's own. */
  private void grantMade(PathGrant grant) {
    grantsRefer |= grant.rights().contains(FsRight.REFER);
    Set<FsRight> rights = Sets.both(FsRight.class, grant.rights(), effective.handled().fs());
    if (!rights.isEmpty()) {
      rules.merge(grant.path(), new PathRule(rights, false, Optional.empty()), PathRule::with);
    }
  }

  private void resolve(PathGrant grant, BlockedPaths blocked) throws PathGrantException {
    if (grant.made()) {
      grantMade(grant);
      return;
    }
    Optional<PathLookup.Found> found = lookup.find(grant.path());
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
    } else if (grant.quiet()) {
      if (!effective.quiet().fs().isEmpty()) {
        addRule(found.get().real(), found.get(), Set.of(), true);
      }
    } else {
      grant(grant, found.get(), blocked);
    }
  }

  private void grant(PathGrant grant, PathLookup.Found found, BlockedPaths blocked)
      throws PathGrantException {
    PathCarving carving = PathCarving.of(found, blocked, PathCarving.LIMIT);
    carving.carved().stream().filter(path -> !carved.contains(path)).forEach(carved::add);
    carving.warnings().stream().filter(text -> !warnings.contains(text)).forEach(warnings::add);
    for (PathLookup.Found each : carving.found()) {
      // A neighbour that is a file was never meant by itself, so it takes the rights that it can.
      boolean adapts = grant.adapts() || !each.real().equals(found.real());
      Set<FsRight> meant =
          each.status().isDirectory() ? grant.rights() : fileRights(grant, adapts, each.real());
      grantsRefer |= meant.contains(FsRight.REFER);
      Set<FsRight> rights = Sets.both(FsRight.class, meant, effective.handled().fs());
      grants.add(
          new ResolvedGrant(
              grant.path(),
              each.real(),
              each.status().isDirectory(),
              rights,
              FileIdentity.of(each.status())));
      if (!rights.isEmpty()) {
        addRule(grant.elsewhere().orElse(each.real()), each, rights, false);
      }
    }
  }

  private void addRule(Path path, PathLookup.Found found, Set<FsRight> rights, boolean quiet) {
    Optional<FileIdentity> identity =
        found.checkable() ? Optional.of(FileIdentity.of(found.status())) : Optional.empty();
    rules.merge(path, new PathRule(rights, quiet, identity), PathRule::with);
  }

  private static Set<FsRight> fileRights(PathGrant grant, boolean adapts, Path real)
      throws PathGrantException {
    var rights = Sets.both(FsRight.class, grant.rights(), FsRight.fileRights());
    if (!adapts && rights.size() < grant.rights().size()) {
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
    var steps = new RulesetSteps();
    steps.create(effective);
    rules.forEach(steps::grantPath);
    ports()
        .forEach((port, rights) ->
            steps.grantPort(
                port,
                rights,
                !effective.quiet().net().isEmpty() && policy.quietPorts().contains(port)));
    return steps.enter(effective.flags);
  }

  private Map<Integer, Set<NetRight>> ports() {
    var ports = new TreeMap<Integer, Set<NetRight>>();
    policy
        .ports()
        .forEach((port, rights) -> {
          var clipped = Sets.both(NetRight.class, rights, effective.handled().net());
          if (!clipped.isEmpty()) {
            ports.put(port, clipped);
          }
        });
    if (!effective.quiet().net().isEmpty()) {
      policy.quietPorts().forEach(port -> ports.putIfAbsent(port, Set.of()));
    }
    return ports;
  }
}
