package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.RootFilesystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Overlays over the directories of a policy, made once to see whether that can be: by a child that
 * mounts them as a run does, and ends by failing to execute a file that cannot exist. Where they
 * cannot be, the run is refused, also with best effort: there is nothing that could take their
 * place.
 */
final class OverlayTrial {
  private static final int MOST = 1000;

  /** Directories with which it went well once. A run with which it does not fails at its start. */
  private static final Set<Path> GIVEN = ConcurrentHashMap.newKeySet();

  private OverlayTrial() {}

  /** Refuses a run whose overlays cannot be mounted here. */
  static void refuseImpossible(Terms terms) throws Refusal {
    refuseImpossible(terms.files().overlay(), terms.mounts());
  }

  /** Refuses overlays over directories that cannot be mounted here. */
  static void refuseImpossible(List<Path> directories, HostMounts mounts) throws Refusal {
    var tried = new ArrayList<>(directories);
    tried.removeAll(GIVEN);
    if (tried.isEmpty()) {
      return;
    }
    for (Path directory : tried) {
      for (MountInfo.Mount mount : mounts.get().within(directory)) {
        throw new Refusal(
            "filesystem.overlay names "
                + OsText.show(directory)
                + ", in which something is mounted at "
                + OsText.show(mount.point())
                + ": an overlay shows one file system; name directories beside that");
      }
    }
    Stdio nowhere = Stdio.discard();
    try {
      Launcher.start(plan(tried), new StdioSet(nowhere, nowhere, Optional.of(nowhere))).close();
    } catch (ExecException e) {
      if (GIVEN.size() > MOST) {
        GIVEN.clear();
      }
      GIVEN.addAll(tried);
      return;
    } catch (SetupException e) {
      Optional<Refusal> refusal = refusal(e);
      if (refusal.isPresent()) {
        throw refusal.get();
      }
      // The run will fail of it as well, and say why there are no namespaces.
      return;
    } catch (IOException e) {
      // Of what the run lacks as well.
      return;
    }
    throw new IllegalStateException(NamespaceTrial.NOWHERE + " was executed, which cannot be");
  }

  private static LaunchPlan plan(List<Path> directories) {
    NamespacePolicy policy =
        NamespacePolicy.builder().add(Namespace.USER, Namespace.PID, Namespace.MOUNT).build();
    RootFilesystem.Builder root = RootFilesystem.empty();
    for (int i = 0; i < directories.size(); i++) {
      root.bind(BindMount.overlay(directories.get(i), Path.of("/" + i)));
    }
    return LaunchPlan.of(NamespaceTrial.NOWHERE, List.of("none"))
        .launcherSteps(policy.launcherProgram())
        .initSteps(root.build().program())
        .supervision(Supervision.PID_NAMESPACE)
        .build();
  }

  /** {@return a failed start as a refusal in words}, where it failed for want of overlays */
  static Optional<Refusal> refusal(SetupException failure) {
    boolean passes = failure.errno() == Errno.ENOMEM || failure.errno() == Errno.ENOSPC;
    if (passes || !failure.call().startsWith("mount(\"overlay\"")) {
      return Optional.empty();
    }
    GIVEN.clear();
    String why =
        switch (failure.errno()) {
          case ENODEV -> "this kernel has no overlayfs (CONFIG_OVERLAY_FS, or modprobe overlay)";
          case EPERM ->
              "this kernel mounts overlayfs for root alone (before Linux 5.11), or a security"
                  + " module or a seccomp filter around this process forbids it";
          case EINVAL ->
              "the kernel takes no directory there for one of overlayfs: because of its file"
                  + " system, because this lies in overlays itself, or because something is mounted"
                  + " in it";
          default -> "mounting it failed";
        };
    return Optional.of(
        new Refusal(
            "filesystem.overlay needs overlayfs in namespaces of the command's own, which cannot be"
                + " had here: "
                + why
                + ". Leave it out, or grant the path in read_only ("
                + Text.of(failure)
                + ")",
            failure));
  }
}
