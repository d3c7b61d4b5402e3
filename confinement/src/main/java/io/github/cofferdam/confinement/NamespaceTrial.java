package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.RootFilesystem;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All namespaces of a run, made once to see whether that can be: by a child that enters and
 * furnishes them, and then executes a file that cannot exist. It ends by failing there.
 */
public final class NamespaceTrial {
  /** Nothing lies beneath a file that is no directory. */
  public static final String NOWHERE = "/dev/null/none";

  /**
   * For which threads it went well once: those that have given up gaining privileges, which whoever
   * confines himself does first, and those that have not. What was found to fail is asked again
   * each time: another thread may be free of what is around this one, and would have less for its
   * sake.
   */
  private static final Set<Boolean> GIVEN = ConcurrentHashMap.newKeySet();

  private NamespaceTrial() {}

  /** {@return the child: as a confinement does it, with a /proc and a loopback of its own} */
  public static LaunchPlan plan() {
    NamespacePolicy policy =
        NamespacePolicy.builder()
            .add(
                Namespace.USER,
                Namespace.PID,
                Namespace.MOUNT,
                Namespace.NETWORK,
                Namespace.IPC,
                Namespace.UTS)
            .hostname("sandbox")
            .loopback(true)
            .build();
    return LaunchPlan.of(NOWHERE, List.of("none"))
        .launcherSteps(policy.launcherProgram())
        .initSteps(RootFilesystem.unchanged().build().program())
        .supervision(Supervision.PID_NAMESPACE)
        .build();
  }

  /**
   * {@return what keeps the calling thread's children from namespaces}, empty if nothing lasting
   * does. Where there are too many of them for the moment, or too many processes, a run is to fail
   * for that reason, and not to have less.
   *
   * @throws IOException if {@code /proc} cannot be read
   */
  static Optional<NamespaceObstacle> obstacle() throws IOException {
    boolean thread = NoNewPrivileges.isSet();
    if (GIVEN.contains(thread)) {
      return Optional.empty();
    }
    boolean privileged = Capabilities.holds(Uapi.CAP_SYS_ADMIN());
    NamespaceSettings host = NamespaceSettings.ofThisThread();
    Optional<NamespaceObstacle> off =
        (privileged ? Optional.<NamespaceObstacle>empty() : NamespaceObstacle.ofSwitch(host))
            .or(() -> NamespaceObstacle.ofMaxima(host, NamespaceSettings.KINDS));
    if (off.isPresent()) {
      return off;
    }
    Stdio nowhere = Stdio.discard();
    try {
      Launcher.start(plan(), new StdioSet(nowhere, nowhere, Optional.of(nowhere))).close();
    } catch (ExecException e) {
      GIVEN.add(thread);
      return Optional.empty();
    } catch (SetupException e) {
      return NamespaceObstacle.lasting(e, host, privileged);
    } catch (KernelException e) {
      return Optional.empty();
    }
    throw new IOException(NOWHERE + " was executed, which cannot be");
  }

  /** Has it asked again: a start has failed since. */
  static void forget() {
    GIVEN.clear();
  }
}
