package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.confinement.NamespaceTrial;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import java.io.IOException;
import java.util.List;

/**
 * Namespaces, tried as this user: each kind in a user namespace of its own, which is how a sandbox
 * makes them, and then all at once as a sandbox furnishes them.
 *
 * <p>A trial is a child that enters the namespace and then executes a file that cannot exist. It
 * ends by failing there; that it got there is the answer.
 */
final class NamespaceTrials {
  private static final SetupProgram CGROUP = unshare("CLONE_NEWCGROUP", Uapi.CLONE_NEWCGROUP());
  private static final SetupProgram TIME = unshare("CLONE_NEWTIME", Uapi.CLONE_NEWTIME());

  private NamespaceTrials() {}

  static HostSection of(HostProbe machine) {
    SetupProgram user = NamespacePolicy.builder().add(Namespace.USER).build().launcherProgram();
    return new Facts("namespaces")
        .ask("user", () -> attempt(machine, "user", plan(user)))
        .ask("pid", () -> attempt(machine, "pid", pid(user)))
        .ask("mount", () -> attempt(machine, "mnt", plan(user.then(unshare(Namespace.MOUNT)))))
        .ask("network", () -> attempt(machine, "net", plan(user.then(unshare(Namespace.NETWORK)))))
        .ask("ipc", () -> attempt(machine, "ipc", plan(user.then(unshare(Namespace.IPC)))))
        .ask("uts", () -> attempt(machine, "uts", plan(user.then(unshare(Namespace.UTS)))))
        // No policy asks for these two yet.
        .ask("cgroup", () -> attempt(machine, "cgroup", plan(user.then(CGROUP))))
        .ask("time", () -> attempt(machine, "time", plan(user.then(TIME))))
        .ask("all", () -> attempt(machine, "user", NamespaceTrial.plan()))
        .section();
  }

  private static Finding attempt(HostProbe machine, String file, LaunchPlan plan)
      throws IOException {
    if (machine.exists("/proc/self/ns") && !machine.exists("/proc/self/ns/" + file)) {
      return new Finding.Absent("this kernel has no such namespaces");
    }
    try {
      machine.launch(plan);
    } catch (ExecException e) {
      return new Finding.Works(true, "tried");
    } catch (SetupException e) {
      return new Finding.Works(false, Text.of(e));
    }
    throw new IOException(NamespaceTrial.NOWHERE + " was executed, which cannot be");
  }

  private static LaunchPlan plan(SetupProgram launcher) {
    return LaunchPlan.of(NamespaceTrial.NOWHERE, List.of("none")).launcherSteps(launcher).build();
  }

  /** Its first process is a child of the one that makes it. */
  private static LaunchPlan pid(SetupProgram user) {
    return LaunchPlan.of(NamespaceTrial.NOWHERE, List.of("none"))
        .launcherSteps(user.then(unshare(Namespace.PID)))
        .supervision(Supervision.PID_NAMESPACE)
        .build();
  }

  private static SetupProgram unshare(Namespace namespace) {
    return unshare(namespace.flagName(), namespace.flag());
  }

  private static SetupProgram unshare(String name, int flag) {
    return SetupProgram.of(
        Step.of("unshare", "create a namespace (" + name + ")", Arg.of(flag, name)));
  }
}
