package io.github.cofferdam.landlock;

/**
 * Something that a policy asks for and a kernel does not have.
 *
 * @param feature what it is
 * @param present what the kernel has
 * @param effect what happens instead
 */
public record Gap(Feature feature, Abi present, Effect effect) {

  /** What happens where a feature is missing. */
  public enum Effect {
    /** Nothing restricts it: the sandbox is weaker than the policy. */
    UNRESTRICTED,
    /** It is denied although the policy grants it: the sandbox is tighter than the policy. */
    ALWAYS_DENIED
  }

  /** {@return the version of the interface that it needs} */
  public Abi needed() {
    return feature.abi();
  }

  @Override
  public String toString() {
    return switch (effect) {
          case UNRESTRICTED -> feature.name() + " is not restricted";
          case ALWAYS_DENIED -> feature.name() + " is always denied";
        }
        + ": it needs "
        + needed()
        + ", this kernel has "
        + present;
  }
}
