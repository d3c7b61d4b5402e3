package io.github.cofferdam.policy;

/** How much of the file system a command may change when nothing more is said. */
public enum Mode {
  /** Reads what the policy grants, writes nothing outside its own scratch space. */
  READONLY("readonly"),
  /** Also writes inside the workspace. */
  WORKSPACE_WRITE("workspace-write"),
  /** Writes wherever the user may; the other protections still hold. */
  FULL_ACCESS("full-access");

  private final String key;

  Mode(String key) {
    this.key = key;
  }

  /** {@return the word in policy files, such as {@code workspace-write}} */
  public String key() {
    return key;
  }
}
