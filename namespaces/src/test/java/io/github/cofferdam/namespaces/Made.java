package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A root that is made in some way; a template is made anew if it is not current any more. */
final class Made implements AutoCloseable {
  private final RootFilesystem root;
  private final SetupProgram program;
  private final NamespacePolicy namespaces;
  private @Nullable NamespaceTemplate template;

  /** Skips a test where this kernel has not what that way needs. */
  Made(RootFilesystem root, Way way, NamespacePolicy namespaces) throws IOException {
    assumeTrue(
        way == Way.CLASSIC || MountApi.ofHost() == MountApi.TREES,
        "no mount_setattr before Linux 5.12");
    this.root = root;
    this.namespaces = namespaces;
    program = root.program(way == Way.CLASSIC ? MountApi.CLASSIC : MountApi.TREES);
    if (way == Way.TEMPLATE && NamespaceTemplate.canHold(root)) {
      template = make();
    }
  }

  private NamespaceTemplate make() throws IOException {
    return NamespaceTemplate.create(namespaces, Set.of(), root, Optional.empty());
  }

  void applyTo(LaunchPlan.Builder plan) throws IOException {
    plan.supervision(Supervision.PID_NAMESPACE);
    NamespaceTemplate current = template;
    if (current == null) {
      plan.launcherSteps(namespaces.launcherProgram()).initSteps(program);
      return;
    }
    if (!current.isCurrent()) {
      current.close();
      current = make();
      template = current;
    }
    plan.launcherSteps(current.launcherProgram()).initSteps(current.initProgram());
    current.passTo(plan);
  }

  @Override
  public void close() {
    if (template != null) {
      template.close();
    }
  }
}
