package io.github.cofferdam.policy;

/** What happens when the host cannot give a {@link Protection}. */
public enum Requirement {
  /** The run does not start. */
  REQUIRE("require"),
  /** The run starts, and the gap stands in the report and in the audit log. */
  PREFER("prefer"),
  /** The protection is not asked for. */
  OFF("off");

  private final String key;

  Requirement(String key) {
    this.key = key;
  }

  /** {@return the word in policy files, such as {@code require}} */
  public String key() {
    return key;
  }
}
