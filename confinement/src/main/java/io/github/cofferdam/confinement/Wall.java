package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Protection;
import java.util.List;
import java.util.Set;

/**
 * What one or several protections add to the layers, and what may be claimed for them then: each
 * confinement is described here once.
 *
 * <p>To add a protection:
 *
 * <ol>
 *   <li>a constant in {@link Protection}, with the sentence that it promises;
 *   <li>the wall that it belongs to names it in {@link #protections}, adds to the layers what it
 *       takes in {@link #build}, and reads off {@link Built} how far it holds in {@link #claims};
 *       the reasons why it may not hold are kinds of {@link io.github.cofferdam.policy.Cause};
 *   <li>an attempt to get past it, in the tests of {@code sandbox} ({@code ProtectionAttempts}): a
 *       constant without one fails the build.
 * </ol>
 */
sealed interface Wall
    permits FileWall,
        NetworkWall,
        ProcessWall,
        PrivilegeWall,
        SyscallWall,
        NamespaceWall,
        InheritanceWall,
        LimitWall,
        CrashWall {

  /** All of them, in the order in which they build. */
  List<Wall> ALL =
      List.of(
          new FileWall(),
          new NetworkWall(),
          new ProcessWall(),
          new PrivilegeWall(),
          new SyscallWall(),
          new NamespaceWall(),
          new InheritanceWall(),
          new LimitWall(),
          new CrashWall());

  /** {@return what it answers for}; each protection is one wall's */
  Set<Protection> protections();

  /**
   * Adds what it takes to what all walls share.
   *
   * @throws Refusal if that cannot be
   */
  void build(Layers layers) throws Refusal;

  /**
   * {@return what may be claimed, one for each of its protections}: read off what was compiled, and
   * off the policy only where it allows what would be protected from
   *
   * @throws Refusal if what has to be known for it cannot be found out
   */
  List<Claim> claims(Built built) throws Refusal;
}
