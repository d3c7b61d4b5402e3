package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which environment variables a command sees.
 *
 * <p>In this order: {@code inherit} says which variables of the parent are taken over, less those
 * of which name or value look like a secret and those that make programs load code; {@code pass}
 * lets names through in spite of that, or at all when nothing is inherited; {@code block} wins over
 * {@code pass}; {@code set} comes last and wins over everything. What was not passed is named in
 * the outcome of a run.
 *
 * @param inherit which of the parent's variables are taken over
 * @param pass names that pass, where {@code *} stands for any run of characters
 * @param block names that never pass, in the same form
 * @param set variables with the value that the command gets
 */
public record Environment(
    Inherit inherit, List<String> pass, List<String> block, Map<String, String> set) {

  private static final int MOST_KNOWN = 1000;
  private static final int LONGEST_KNOWN = 16_384;
  private static final ConcurrentMap<String, Known> KNOWN = new ConcurrentHashMap<>();

  /** Inherits all but what looks like a secret or loads code. */
  public static final Environment DEFAULT = new Environment(true, List.of(), List.of(), Map.of());

  /** Which of the parent's variables are taken over. */
  public enum Inherit {
    /** All, less what looks like a secret and what makes programs load code. */
    TRUE,
    /**
     * A short list that docs/policy.md has (home, path, locale, terminal, time zone, editors, ...),
     * less those of which the value looks like a secret.
     */
    LISTED,
    /** None. */
    FALSE;

    /** {@return the value in policies: {@code true}, {@code listed} or {@code false}} */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What was found out about a variable; its value may be another one in the next start. */
  private record Known(String value, boolean keptOutByName, boolean secret) {}

  /**
   * What a command gets.
   *
   * @param variables in the parent's order, what was set behind
   * @param dropped names of the parent's variables that are not among them, in alphabetical order
   */
  public record Selection(Map<String, String> variables, List<String> dropped) {}

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException when a name is empty or has {@code =} or a control character
   *     in it, or a value has a NUL in it
   */
  public Environment {
    Objects.requireNonNull(inherit);
    pass = List.copyOf(pass);
    block = List.copyOf(block);
    set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    for (String name : pass) {
      NamePattern.check(name);
    }
    for (String name : block) {
      NamePattern.check(name);
    }
    for (Map.Entry<String, String> entry : set.entrySet()) {
      checkSet(entry.getKey(), entry.getValue());
    }
  }

  /** Inherits all that is harmless, or nothing. */
  public Environment(
      boolean inherit, List<String> pass, List<String> block, Map<String, String> set) {
    this(inherit ? Inherit.TRUE : Inherit.FALSE, pass, block, set);
  }

  /** {@return this with other variables of the parent taken over} */
  public Environment withInherit(Inherit value) {
    return new Environment(value, pass, block, set);
  }

  /**
   * {@return this with other names that pass}
   *
   * @throws IllegalArgumentException when a name has a wrong form
   */
  public Environment withPass(List<String> names) {
    return new Environment(inherit, names, block, set);
  }

  /**
   * {@return this with other names that never pass}
   *
   * @throws IllegalArgumentException when a name has a wrong form
   */
  public Environment withBlock(List<String> names) {
    return new Environment(inherit, pass, names, set);
  }

  /**
   * {@return this with other variables set}
   *
   * @throws IllegalArgumentException when a name or a value has a wrong form
   */
  public Environment withSet(Map<String, String> variables) {
    return new Environment(inherit, pass, block, variables);
  }

  /** Refuses a variable that the kernel could not hand over as it stands. */
  static void checkSet(String name, String value) {
    NamePattern.check(name);
    if (name.indexOf('*') >= 0) {
      throw new IllegalArgumentException(
          "the environment variable name " + Text.quote(name) + " has '*' in it; set takes names");
    }
    checkValue(name, value);
    Text.checkUnicode(value);
  }

  /**
   * Refuses what cannot arrive in a command, or would arrive as something else. An empty name
   * arrives, odd as it is.
   */
  public static void checkOwn(String name, String value) {
    if (name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the environment variable name "
              + Text.quote(name)
              + " has '=' or a NUL character in it");
    }
    checkValue(name, value);
  }

  private static void checkValue(String name, String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the value of the environment variable " + name + " has a NUL character in it");
    }
  }

  /**
   * Makes the environment of a command.
   *
   * @param parentEnv the variables of the parent, such as {@code System.getenv()}
   * @return a new map, in the parent's order, with {@code set} at the end
   */
  public Map<String, String> apply(Map<String, String> parentEnv) {
    return select(parentEnv, Map.of(), true).variables();
  }

  /**
   * Makes the environment of a command.
   *
   * @param parentEnv the variables of the parent
   * @param own what the program put there itself: passes, or is an error
   * @param filtered whether anything but {@code block} keeps the parent's variables out
   * @throws IllegalArgumentException if one of the program's own is blocked, or set to another
   *     value
   */
  public Selection select(
      Map<String, String> parentEnv, Map<String, String> own, boolean filtered) {
    Map<String, String> result = new LinkedHashMap<>();
    List<String> dropped = new ArrayList<>();
    for (Map.Entry<String, String> entry : parentEnv.entrySet()) {
      String name = entry.getKey();
      if (passes(name, entry.getValue(), filtered)) {
        result.put(name, entry.getValue());
      } else if (!own.containsKey(name) && !set.containsKey(name)) {
        dropped.add(name);
      }
    }
    for (Map.Entry<String, String> entry : own.entrySet()) {
      checkAllowed(entry.getKey(), entry.getValue());
      result.put(entry.getKey(), entry.getValue());
    }
    result.putAll(set);
    Collections.sort(dropped);
    return new Selection(result, dropped);
  }

  private void checkAllowed(String name, String value) {
    checkOwn(name, value);
    String other = set.get(name);
    if (other != null && !other.equals(value)) {
      throw new IllegalArgumentException(
          "this program gives the command the environment variable "
              + Text.quote(name)
              + ", and the policy's environment.set gives it another value; leave one of them out");
    }
    if (other == null && NamePattern.matchesAny(block, name)) {
      throw new IllegalArgumentException(
          "this program gives the command the environment variable "
              + Text.quote(name)
              + ", which the policy's environment.block keeps out; leave one of them out");
    }
  }

  private static boolean canBeHandedOver(String name) {
    return !name.isEmpty() && name.indexOf('=') < 0 && name.indexOf('\0') < 0;
  }

  private boolean passes(String name, String value, boolean filtered) {
    // A name with '=' would arrive in the child as another variable, one that was never looked at
    // here.
    if (!canBeHandedOver(name) || value.indexOf('\0') >= 0) {
      return false;
    }
    if (NamePattern.matchesAny(block, name)) {
      return false;
    }
    if (!filtered || NamePattern.matchesAny(pass, name)) {
      return true;
    }
    return switch (inherit) {
      case TRUE -> {
        Known known = known(name, value);
        yield !known.keptOutByName() && !known.secret();
      }
      case LISTED -> ListedNames.contains(name) && !known(name, value).secret();
      case FALSE -> false;
    };
  }

  /** The same variables come with every start, and hundreds of words are tried on each. */
  private static Known known(String name, String value) {
    Known known = KNOWN.get(name);
    if (known != null && known.value().equals(value)) {
      return known;
    }
    boolean byName =
        known != null
            ? known.keptOutByName()
            : CodeLoadingVariables.contains(name) || SecretVariables.contains(name);
    Known found = new Known(value, byName, SecretValues.looksSecret(name, value));
    if ((known != null || KNOWN.size() < MOST_KNOWN) && value.length() <= LONGEST_KNOWN) {
      KNOWN.put(name, found);
    }
    return found;
  }
}
