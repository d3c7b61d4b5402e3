package io.github.cofferdam.landlock;

import io.github.cofferdam.landlock.Gap.Effect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;

/** What is left of a policy on a kernel. Pure: needs neither that kernel nor any file. */
final class Effective {
  private final LandlockPolicy policy;
  private final LandlockSupport support;

  final EnumSet<FsRight> fs;
  final EnumSet<NetRight> net;
  final EnumSet<Scope> scopes;
  final EnumSet<RestrictFlag> flags;
  final EnumSet<FsRight> quietFs;
  final EnumSet<NetRight> quietNet;
  final EnumSet<Scope> quietScopes;

  Effective(LandlockPolicy policy, LandlockSupport support) {
    this.policy = policy;
    this.support = support;
    fs = present(FsRight.class, policy.handledFs());
    net = present(NetRight.class, policy.handledNet());
    scopes = present(Scope.class, policy.scopes());
    flags = present(RestrictFlag.class, policy.flags());
    boolean quiet = support.has(RuleFlag.QUIET);
    quietFs = quiet ? Sets.both(FsRight.class, policy.quietFs(), fs) : Sets.none(FsRight.class);
    quietNet =
        quiet ? Sets.both(NetRight.class, policy.quietNet(), net) : Sets.none(NetRight.class);
    quietScopes =
        quiet ? Sets.both(Scope.class, policy.quietScopes(), scopes) : Sets.none(Scope.class);
  }

  /** Whether there is anything to restrict. */
  boolean any() {
    return !fs.isEmpty() || !net.isEmpty() || !scopes.isEmpty();
  }

  /**
   * What the policy asks for and the kernel does not have.
   *
   * @param grantsRefer whether a grant includes {@link FsRight#REFER}
   */
  List<Gap> gaps(boolean grantsRefer) {
    var gaps = new ArrayList<Gap>();
    for (FsRight right : missing(policy.handledFs())) {
      if (right != FsRight.REFER || !any()) {
        gaps.add(gap(right, Effect.UNRESTRICTED));
      } else if (grantsRefer) {
        gaps.add(gap(right, Effect.ALWAYS_DENIED));
      }
    }
    if (policy.filesUnrestricted() && any() && !support.has(FsRight.REFER)) {
      gaps.add(gap(FsRight.REFER, Effect.ALWAYS_DENIED));
    }
    missing(policy.handledNet()).forEach(right -> gaps.add(gap(right, Effect.UNRESTRICTED)));
    missing(policy.scopes()).forEach(scope -> gaps.add(gap(scope, Effect.UNRESTRICTED)));
    missing(policy.flags()).forEach(flag -> gaps.add(gap(flag, Effect.LEFT_OUT)));
    if (policy.quiets() && !support.has(RuleFlag.QUIET)) {
      gaps.add(gap(RuleFlag.QUIET, Effect.LEFT_OUT));
    }
    return gaps;
  }

  private Gap gap(Feature feature, Effect effect) {
    return new Gap(feature, support.abi(), effect);
  }

  private <F extends Feature> List<F> missing(Collection<F> asked) {
    return asked.stream().filter(feature -> !support.has(feature)).toList();
  }

  private <F extends Enum<F> & Feature> EnumSet<F> present(Class<F> type, Collection<F> asked) {
    var present = Sets.mutable(type, asked);
    present.removeIf(feature -> !support.has(feature));
    return present;
  }
}
