package io.github.cofferdam.policy;

/**
 * Writes a policy as TOML that reads back to an equal one. Written by hand, so that showing a
 * policy loads no parser.
 */
final class PolicyWriter {
  private PolicyWriter() {}

  /** {@return the text} */
  static String write(Policy policy) {
    var out = new TomlText();
    Policy.Builder tables = policy.toBuilder();
    for (PolicyTable<?> table : PolicyKeys.tables()) {
      table.write(out, tables);
    }
    return out.toString();
  }
}
