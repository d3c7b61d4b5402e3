package io.github.cofferdam.landlock;

/**
 * Something that a policy asks for and a kernel does not have.
 *
 * @param feature what it is
 * @param present what the kernel says that it has
 * @param effect what happens instead
 */
public record Gap(Feature feature, Abi present, Effect effect) {

  /** What happens where a feature is missing. */
  public enum Effect {
    /** Nothing restricts it: the sandbox is weaker than the policy. */
    UNRESTRICTED,
    /** It is denied although the policy grants it: the sandbox is tighter than the policy. */
    ALWAYS_DENIED,
    /** It is left out; what is restricted does not change, only what is logged or set with it. */
    LEFT_OUT
  }

  /** {@return the version of the interface that it needs} */
  public Abi needed() {
    return feature.abi();
  }

  /** {@return whether the kernel refuses it although its version should have it} */
  public boolean refused() {
    return present.has(feature);
  }

  @Override
  public String toString() {
    String what =
        switch (effect) {
          case UNRESTRICTED -> feature.name() + " is not restricted";
          case ALWAYS_DENIED -> feature.name() + " is always denied";
          case LEFT_OUT -> feature.name() + " is left out";
        };
    return refused()
        ? what + ": this kernel says " + present + " and refuses it all the same"
        : what + ": it needs " + needed() + ", this kernel has " + present;
  }
}
