package io.github.cofferdam.sandbox;

import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the last run of a sandbox came to: a run that comes to the same need not work it out again,
 * and begins from the same image.
 *
 * <p>Only runs from a {@link NamespaceTemplate} are kept: it is the template that knows whether
 * what is bound and blocked is still what it was.
 */
final class RepeatedRuns {
  private volatile @Nullable Worked worked;
  private volatile @Nullable Planned planned;

  /**
   * What a policy came to.
   *
   * @param inputs all that it depended on, besides the policy and the template
   * @param layer the second wall, of paths that the template need not know
   */
  private record Worked(Inputs inputs, LandlockLayer layer, Confinement confinement) {}

  /** What differs between the runs of one sandbox. */
  record Inputs(Host host, Network.Access access, FileGrants files) {}

  private record Planned(Confinement confinement, Command command, LaunchPlan plan) {}

  /** What is run, where, and with which environment. */
  record Command(
      List<String> executables, List<String> argv, Map<String, String> environment, Path inside) {
    /** Copies. */
    Command {
      executables = List.copyOf(executables);
      argv = List.copyOf(argv);
      environment = Map.copyOf(environment);
    }
  }

  /** {@return whether a run with these inputs came to something that may still be right} */
  boolean mayKnow(Inputs inputs) {
    Worked last = worked;
    return last != null && last.inputs().equals(inputs) && last.layer().isCurrent();
  }

  /** {@return what a run with these inputs from this template has come to} */
  Optional<Confinement> find(Inputs inputs, NamespaceTemplate template) {
    Worked last = worked;
    return last != null
            && last.inputs().equals(inputs)
            && last.confinement().template().equals(Optional.of(template))
        ? Optional.of(last.confinement())
        : Optional.empty();
  }

  /** Keeps what a run from a template has come to. */
  void keep(Inputs inputs, LandlockLayer layer, Confinement confinement) {
    worked = new Worked(inputs, layer, confinement);
  }

  /** {@return the plan for a command}: the last one, if it was for the same and is kept. */
  LaunchPlan plan(Confinement confinement, Command command, Supplier<LaunchPlan> maker) {
    Planned last = planned;
    if (last != null && last.confinement().equals(confinement) && last.command().equals(command)) {
      return last.plan();
    }
    LaunchPlan made = maker.get();
    Worked kept = worked;
    if (kept != null && kept.confinement().equals(confinement)) {
      planned = new Planned(confinement, command, made);
    }
    return made;
  }
}
