package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;

/** Kinds of namespaces that a sandbox can have of its own; see {@code namespaces(7)}. */
public enum Namespace {
  /** User and group ids and capabilities; what lets an unprivileged user have the others. */
  USER("CLONE_NEWUSER", Uapi.CLONE_NEWUSER()),
  /** Process ids: the sandbox sees and signals only itself, and ends when its init ends. */
  PID("CLONE_NEWPID", Uapi.CLONE_NEWPID()),
  /** Mounts. */
  MOUNT("CLONE_NEWNS", Uapi.CLONE_NEWNS()),
  /** Network devices, addresses, ports and abstract sockets: nothing but a loopback of its own. */
  NETWORK("CLONE_NEWNET", Uapi.CLONE_NEWNET()),
  /** System V and POSIX message queues, semaphores and shared memory. */
  IPC("CLONE_NEWIPC", Uapi.CLONE_NEWIPC()),
  /** Host name. */
  UTS("CLONE_NEWUTS", Uapi.CLONE_NEWUTS()),
  /** What is above the sandbox's own control group. */
  CGROUP("CLONE_NEWCGROUP", Uapi.CLONE_NEWCGROUP()),
  /**
   * The clocks that count from the start of the machine. Whoever unshares it stays outside; its
   * children are inside (Linux 5.6). A launch with it needs Linux 6.2: before, no child could share
   * memory with a process whose children have other clocks, as the sandbox's first process does.
   */
  TIME("CLONE_NEWTIME", Uapi.CLONE_NEWTIME());

  private final String flagName;
  private final int flag;

  Namespace(String flagName, int flag) {
    this.flagName = flagName;
    this.flag = flag;
  }

  /** {@return the flag of unshare(2), setns(2) and clone3(2)} */
  public int flag() {
    return flag;
  }

  /** {@return its file in {@code /proc/PID/ns}} */
  public String fileName() {
    return switch (this) {
      case USER -> "user";
      case PID -> "pid";
      case MOUNT -> "mnt";
      case NETWORK -> "net";
      case IPC -> "ipc";
      case UTS -> "uts";
      case CGROUP -> "cgroup";
      case TIME -> "time";
    };
  }

  /** {@return the flag's name} */
  public String flagName() {
    return flagName;
  }
}
