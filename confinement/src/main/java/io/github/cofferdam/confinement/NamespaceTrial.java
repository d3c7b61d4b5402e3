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
import io.github.cofferdam.seccomp.ThreadStatus;
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
   * Whether it went well once, without a network namespace and with one. What was found to fail is
   * asked again each time: another thread may be free of what is around this one, and would have
   * less for its sake. And a thread that has given up gaining privileges, which whoever confines
   * himself does first, asks for itself, unless the whole process has.
   */
  private static final Set<Boolean> GIVEN = ConcurrentHashMap.newKeySet();

  private NamespaceTrial() {}

  /** {@return the child: as a confinement does it, with a /proc and a loopback of its own} */
  public static LaunchPlan plan() {
    return plan(true);
  }

  private static LaunchPlan plan(boolean network) {
    NamespacePolicy.Builder builder =
        NamespacePolicy.builder()
            .add(Namespace.USER, Namespace.PID, Namespace.MOUNT, Namespace.IPC, Namespace.UTS)
            .hostname("sandbox");
    if (network) {
      builder.add(Namespace.NETWORK).loopback(true);
    }
    NamespacePolicy policy = builder.build();
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
   * @param network whether a run takes a network namespace as well
   * @throws IOException if {@code /proc} cannot be read
   */
  static Optional<NamespaceObstacle> obstacle(boolean network) throws IOException {
    boolean confined = NoNewPrivileges.isSet() && !ThreadStatus.ofMainThread().noNewPrivileges();
    if (!confined && GIVEN.contains(network)) {
      return Optional.empty();
    }
    boolean privileged = Capabilities.holds(Uapi.CAP_SYS_ADMIN());
    NamespaceSettings host = NamespaceSettings.ofThisThread();
    Optional<NamespaceObstacle> off =
        NeededNamespaces.switchedOff(host, NamespaceSettings.kinds(network), privileged);
    if (off.isPresent()) {
      return off;
    }
    Stdio nowhere = Stdio.discard();
    try {
      Launcher.start(plan(network), new StdioSet(nowhere, nowhere, Optional.of(nowhere))).close();
    } catch (ExecException e) {
      if (!confined) {
        GIVEN.add(network);
      }
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
