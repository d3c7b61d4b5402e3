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
  UTS("CLONE_NEWUTS", Uapi.CLONE_NEWUTS());

  private final String flagName;
  private final int flag;

  Namespace(String flagName, int flag) {
    this.flagName = flagName;
    this.flag = flag;
  }

  /** {@return the flag of unshare(2) and clone(2)} */
  public int flag() {
    return flag;
  }

  /** {@return the flag's name} */
  public String flagName() {
    return flagName;
  }
}
