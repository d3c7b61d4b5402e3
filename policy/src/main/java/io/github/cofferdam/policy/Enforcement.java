package io.github.cofferdam.policy;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How strictly each protection is asked for.
 *
 * @param level what holds for every protection without an override
 * @param overrides protections with a requirement of their own; copied
 */
public record Enforcement(Level level, Map<Protection, Requirement> overrides) {

  /** What holds when nothing else is said about a protection. */
  public enum Level {
    /** Every protection is required, save for those that are {@link Protection#onlyPreferred}. */
    STRICT("strict"),
    /** Every protection is preferred; gaps are reported. */
    BEST_EFFORT("best-effort");

    private final String key;

    Level(String key) {
      this.key = key;
    }

    /** {@return the word in policy files, such as {@code best-effort}} */
    public String key() {
      return key;
    }
  }

  /** Strict, without exceptions of its own. */
  public static final Enforcement DEFAULT = new Enforcement(Level.STRICT, Map.of());

  /**
   * Copies the overrides.
   *
   * @throws IllegalArgumentException when a protection is off on which all others rest
   */
  public Enforcement {
    EnumMap<Protection, Requirement> copy = new EnumMap<>(Protection.class);
    copy.putAll(overrides);
    for (Map.Entry<Protection, Requirement> entry : copy.entrySet()) {
      check(entry.getKey(), entry.getValue());
    }
    overrides = Collections.unmodifiableMap(copy);
  }

  /** {@return this with another level} */
  public Enforcement withLevel(Level value) {
    return new Enforcement(value, overrides);
  }

  /**
   * {@return this with a requirement of its own for a protection}
   *
   * @throws IllegalArgumentException when the protection cannot be off and the requirement is
   *     {@link Requirement#OFF}
   */
  public Enforcement with(Protection protection, Requirement requirement) {
    EnumMap<Protection, Requirement> all = new EnumMap<>(Protection.class);
    all.putAll(overrides);
    all.put(protection, requirement);
    return new Enforcement(level, all);
  }

  /** Refuses to turn off what everything else rests on. */
  static void check(Protection protection, Requirement requirement) {
    if (requirement == Requirement.OFF && !protection.mayBeOff()) {
      throw new IllegalArgumentException(
          protection.key()
              + " cannot be off, because everything else rests on it: "
              + switch (protection) {
                case NO_NEW_PRIVILEGES ->
                    "without no_new_privs the kernel refuses Landlock and seccomp to an"
                        + " unprivileged process";
                case DESCRIPTORS -> "an inherited descriptor reaches past every other wall";
                default -> "system calls that no other layer sees would lead around it";
              });
    }
  }

  /** {@return what the policy asks of a protection: its override, else what the level says} */
  public Requirement of(Protection protection) {
    Requirement override = overrides.get(protection);
    if (override != null) {
      return override;
    }
    return level == Level.STRICT && !protection.onlyPreferred()
        ? Requirement.REQUIRE
        : Requirement.PREFER;
  }
}
