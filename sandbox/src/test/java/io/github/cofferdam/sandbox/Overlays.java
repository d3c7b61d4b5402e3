package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether this host mounts overlayfs for this user. */
final class Overlays {
  private Overlays() {}

  /** Skips a test where it does not. */
  static void assumeAvailable() throws IOException {
    Optional<SetupException> refused = refusal();
    assumeTrue(refused.isEmpty(), () -> "no overlayfs for this user (Linux 5.11): " + refused);
  }

  /**
   * {@return what the kernel says instead} By calls of its own: a mistake in those that are tested
   * must not look like an old kernel.
   */
  static Optional<SetupException> refusal() throws IOException {
    var steps = new ArrayList<Step>();
    steps.add(mount("tmpfs", "/tmp", "mode=755"));
    for (String name : List.of("l", "u", "w", "m")) {
      steps.add(
          Step.of(
              "mkdirat",
              "make a directory",
              Arg.of(Uapi.AT_FDCWD()),
              Memory.text("/tmp/" + name),
              Arg.of(0755)));
    }
    steps.add(
        mount("overlay", "/tmp/m", "lowerdir=/tmp/l,upperdir=/tmp/u,workdir=/tmp/w,userxattr"));
    NamespacePolicy policy = NamespacePolicy.builder().add(Namespace.USER, Namespace.MOUNT).build();
    LaunchPlan plan =
        LaunchPlan.of("/dev/null/none", List.of("none"))
            .launcherSteps(policy.launcherProgram().then(new SetupProgram(steps)))
            .build();
    Stdio nowhere = Stdio.discard();
    try {
      Launcher.start(plan, new StdioSet(nowhere, nowhere, Optional.of(nowhere))).close();
    } catch (ExecException e) {
      return Optional.empty();
    } catch (SetupException e) {
      return Optional.of(e);
    }
    throw new IOException("what cannot be executed was");
  }

  private static Step mount(String type, String target, String options) {
    Memory name = Memory.text(type);
    return Step.of(
        "mount", "try it", name, Memory.text(target), name, Arg.of(0), Memory.text(options));
  }
}
