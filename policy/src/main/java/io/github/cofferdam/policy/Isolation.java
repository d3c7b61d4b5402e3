package io.github.cofferdam.policy;

/** Which kernel machinery separates the command from its host. */
public enum Isolation {
  /**
   * {@link #NAMESPACE} where this host gives namespaces to this process, else {@link #BASIC}. The
   * report of a run says which it was, and why there were none.
   */
  AUTO("auto"),
  /** Landlock, seccomp and resource limits in the host's own namespaces. */
  BASIC("basic"),
  /** The same, inside new user, mount, PID, IPC, UTS and network namespaces. */
  NAMESPACE("namespace");

  private final String key;

  Isolation(String key) {
    this.key = key;
  }

  /** {@return the word in policy files, such as {@code namespace}} */
  public String key() {
    return key;
  }
}
