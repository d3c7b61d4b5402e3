package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What runs under one policy have in common, made when there is a second one, and what the last of
 * them came to. It is kept as long as the cache can be reached.
 *
 * <p>Safe for use by several threads.
 */
public final class RunCache {
  private final SharedNamespaces namespaces = new SharedNamespaces();
  private final RepeatedRuns repeated = new RepeatedRuns();

  /**
   * {@return what enforces the policy}, with what other runs have in common where that is possible
   *
   * @param policy always the same, but for the isolation that this host has decided
   * @param access the network access that is left after the command rules
   * @param root the command's own root; null if it has none
   * @param machine what the command may change of what this process runs from
   * @param profile a filter that stands behind the baseline
   * @throws Refusal if it cannot be enforced so
   * @throws KernelException if the time was over before common namespaces were made: ETIMEDOUT
   */
  public Confinement confine(
      Policy policy,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits,
      Optional<SeccompFilter> profile)
      throws Refusal, KernelException {
    var compiler =
        new ConfinementCompiler(policy, access, host, files, root, machine, limits, profile);
    NamespacePolicy own = compiler.begin();
    RootFilesystem seen = compiler.seen();
    if (!compiler.mayShare()) {
      return compiler.compose(compiler.walls(own, seen), own, Optional.empty());
    }
    // Last, since from then on somebody has to release it, unless it may save all of the work.
    RepeatedRuns.Inputs inputs = compiler.inputs();
    Optional<Confinement> known =
        compiler.isSameForAllRuns() ? repeated.known(inputs) : Optional.empty();
    if (known.isEmpty()) {
      ConfinementCompiler.Walls walls = compiler.walls(own, seen);
      return keep(
          compiler,
          inputs,
          compiler.compose(walls, own, compiler.asPlanned(acquire(policy, compiler, own, seen))));
    }
    Optional<NamespaceTemplate> template = acquire(policy, compiler, own, seen);
    if (template.isPresent() && template.equals(known.get().template())) {
      return known.get();
    }
    boolean done = false;
    try {
      ConfinementCompiler.Walls walls = compiler.walls(own, seen);
      template = compiler.asPlanned(template);
      Confinement made = compiler.compose(walls, own, template);
      done = true;
      return keep(compiler, inputs, made);
    } finally {
      if (!done) {
        template.ifPresent(NamespaceTemplate::release);
      }
    }
  }

  private Optional<NamespaceTemplate> acquire(
      Policy policy, ConfinementCompiler compiler, NamespacePolicy own, RootFilesystem seen)
      throws KernelException {
    return namespaces.acquire(this, own, compiler.key(seen), policy.timeout().wall());
  }

  private Confinement keep(
      ConfinementCompiler compiler, RepeatedRuns.Inputs inputs, Confinement confinement) {
    if (confinement.template().isPresent()
        && compiler.isSameForAllRuns()
        && compiler.layer().isPresent()) {
      repeated.keep(inputs, compiler.layer().get(), confinement);
    }
    return confinement;
  }

  /** {@return the plan for a command, if it is the last one that was kept} */
  public Optional<LaunchPlan> plan(Confinement confinement, RepeatedRuns.Command command) {
    return repeated.plan(confinement, command);
  }

  /** Keeps a plan, unless what its run has come to is not kept. */
  public void keep(Confinement confinement, RepeatedRuns.Command command, LaunchPlan plan) {
    repeated.keep(confinement, command, plan);
  }
}
