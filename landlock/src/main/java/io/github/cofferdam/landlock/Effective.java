package io.github.cofferdam.landlock;

import io.github.cofferdam.landlock.Gap.Effect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;

/** What is left of a policy on a kernel. Pure: needs neither that kernel nor any file. */
final class Effective {
  private final PolicyTerms policy;
  private final LandlockSupport support;

  private Rights handled;
  private final Rights quiet;
  final EnumSet<RestrictFlag> flags;

  Effective(PolicyTerms policy, LandlockSupport support) {
    this.policy = policy;
    this.support = support;
    handled = policy.handled().only(support::has);
    quiet = support.has(RuleFlag.QUIET) ? policy.quiet().only(support::has) : Rights.NONE;
    flags = Sets.mutable(RestrictFlag.class, policy.flags());
    flags.removeIf(flag -> !support.has(flag));
  }

  Rights handled() {
    return handled;
  }

  Rights quiet() {
    return quiet;
  }

  /** For what has to be granted again although the policy leaves files alone. */
  void handleRefer() {
    handled = handled.with(FsRight.REFER);
  }

  /** Whether there is anything to restrict. */
  boolean any() {
    return !handled.isEmpty();
  }

  /**
   * What the policy asks for and the kernel does not have.
   *
   * @param grantsRefer whether a grant includes {@link FsRight#REFER}
   */
  List<Gap> gaps(boolean grantsRefer) {
    var gaps = new ArrayList<Gap>();
    for (FsRight right : missing(policy.handled().fs())) {
      if (right != FsRight.REFER || !any()) {
        gaps.add(gap(right, Effect.UNRESTRICTED));
      } else if (grantsRefer) {
        gaps.add(gap(right, Effect.ALWAYS_DENIED));
      }
    }
    if (policy.handled().fs().isEmpty() && any() && !support.has(FsRight.REFER)) {
      gaps.add(gap(FsRight.REFER, Effect.ALWAYS_DENIED));
    }
    missing(policy.handled().net()).forEach(right -> gaps.add(gap(right, Effect.UNRESTRICTED)));
    missing(policy.handled().scopes()).forEach(scope -> gaps.add(gap(scope, Effect.UNRESTRICTED)));
    missing(policy.flags()).forEach(flag -> gaps.add(gap(flag, Effect.LEFT_OUT)));
    if (!policy.quiet().isEmpty() && !support.has(RuleFlag.QUIET)) {
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
}
