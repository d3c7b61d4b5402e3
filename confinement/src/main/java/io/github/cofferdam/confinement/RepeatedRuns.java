package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the last run of a sandbox came to: a run that comes to the same need not work it out again,
 * and begins from the same image.
 *
 * <p>Only runs from a {@link NamespaceTemplate} are kept: it is the template that knows whether
 * what is bound and blocked is still what it was.
 */
public final class RepeatedRuns {
  private volatile @Nullable Worked worked;
  private volatile @Nullable Planned planned;

  /**
   * What a policy came to.
   *
   * @param inputs all that it depended on, besides the policy and the template
   * @param layer the second wall, of paths that the template need not know
   */
  private record Worked(Inputs inputs, LandlockLayer layer, Confinement confinement) {}

  /**
   * What differs between the runs of one sandbox.
   *
   * @param blocked those of the blocked paths that were there
   * @param machineGap what the command may change of what this virtual machine runs from
   * @param rlimits what is left of them may depend on this process's own
   * @param profile a filter that stands behind the baseline, from a file perhaps
   */
  record Inputs(
      Host host,
      Network.Access access,
      FileGrants files,
      List<Path> blocked,
      Optional<String> machineGap,
      Map<Resource, Limit> rlimits,
      Optional<SeccompFilter> profile) {
    /** Keeps copies: they are compared with later runs. */
    Inputs {
      blocked = List.copyOf(blocked);
      rlimits = Map.copyOf(rlimits);
    }
  }

  private record Planned(Confinement confinement, Command command, LaunchPlan plan) {}

  /** What is run, where, and with which environment. */
  public record Command(
      List<String> executables, List<String> argv, Map<String, String> environment, Path inside) {
    /** Keeps copies: they are compared with later runs. */
    public Command {
      executables = List.copyOf(executables);
      argv = List.copyOf(argv);
      environment = Map.copyOf(environment);
    }
  }

  /**
   * {@return what a run with these inputs has come to}, right for another run that has the same
   * template.
   */
  Optional<Confinement> known(Inputs inputs) {
    Worked last = worked;
    return last != null && last.inputs().equals(inputs) && last.layer().isCurrent()
        ? Optional.of(last.confinement())
        : Optional.empty();
  }

  /** Keeps what a run from a template has come to. */
  void keep(Inputs inputs, LandlockLayer layer, Confinement confinement) {
    worked = new Worked(inputs, layer, confinement);
  }

  /** {@return the plan for a command, if it is the last one that was kept} */
  Optional<LaunchPlan> plan(Confinement confinement, Command command) {
    Planned last = planned;
    return last != null && last.confinement().equals(confinement) && last.command().equals(command)
        ? Optional.of(last.plan())
        : Optional.empty();
  }

  /** Keeps a plan, unless what its run has come to is not kept. */
  void keep(Confinement confinement, Command command, LaunchPlan plan) {
    Worked last = worked;
    if (last != null && last.confinement().equals(confinement)) {
      planned = new Planned(confinement, command, plan);
    }
  }
}
