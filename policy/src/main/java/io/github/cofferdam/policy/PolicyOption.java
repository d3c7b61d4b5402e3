package io.github.cofferdam.policy;

import java.util.List;
import java.util.function.BiConsumer;

/** An option of the command line that changes a policy; {@link PolicyKeys#options} has them all. */
public final class PolicyOption {
  private final String name;
  private final String label;
  private final String help;
  private final boolean repeatable;
  private final BiConsumer<Policy.Builder, List<String>> set;

  PolicyOption(
      String name,
      String label,
      String help,
      boolean repeatable,
      BiConsumer<Policy.Builder, List<String>> set) {
    this.name = name;
    this.label = label;
    this.help = help;
    this.repeatable = repeatable;
    this.set = set;
  }

  /** {@return its name, such as {@code --mode}} */
  public String name() {
    return name;
  }

  /** {@return whether it stands for itself, and takes no value} */
  public boolean isFlag() {
    return label.isEmpty();
  }

  /** {@return what its value is called in the help, such as {@code DIR}; empty if it takes none} */
  public String label() {
    return label;
  }

  /** {@return what it does, in one sentence} */
  public String help() {
    return help;
  }

  /** {@return whether it can be given several times, and adds to what is there} */
  public boolean isRepeatable() {
    return repeatable;
  }

  /**
   * Changes a policy.
   *
   * @param policy takes the change
   * @param values what was given, in this order: exactly one unless the option is repeatable; of a
   *     flag they say nothing
   * @throws IllegalArgumentException when a value has a wrong form, or contradicts the policy
   */
  public void set(Policy.Builder policy, List<String> values) {
    set.accept(policy, values);
  }
}
