package io.github.cofferdam.sandbox;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which environment variables a command sees.
 *
 * <p>In this order: with {@code inherit}, every variable of the parent, except names that look like
 * secrets (such as {@code *TOKEN*}, {@code *_KEY}, {@code AWS_*}, {@code SSH_AUTH_SOCK}) and names
 * that make programs load code (such as {@code LD_*}, {@code JAVA_TOOL_OPTIONS}, {@code BASH_ENV},
 * {@code PYTHONPATH}); {@code pass} lets names through in spite of that, or at all when {@code
 * inherit} is false; {@code block} wins over {@code pass}; {@code set} comes last and wins over
 * everything.
 *
 * @param inherit whether the parent's variables are taken over
 * @param pass names that pass, where {@code *} stands for any run of characters
 * @param block names that never pass, in the same form
 * @param set variables with the value that the command gets
 */
public record Environment(
    boolean inherit, List<String> pass, List<String> block, Map<String, String> set) {

  private static final int MOST_KNOWN = 1000;
  private static final ConcurrentMap<String, Boolean> KEPT_OUT = new ConcurrentHashMap<>();

  /** Inherits all but secrets and code-loading variables. */
  static final Environment DEFAULT = new Environment(true, List.of(), List.of(), Map.of());

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException when a name is empty or has {@code =} or a control character
   *     in it, or a value has a NUL in it
   */
  public Environment {
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

  /** Refuses a variable that the kernel could not hand over as it stands. */
  static void checkSet(String name, String value) {
    NamePattern.check(name);
    if (name.indexOf('*') >= 0) {
      throw new IllegalArgumentException(
          "the environment variable name " + Text.quote(name) + " has '*' in it; set takes names");
    }
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the value of the environment variable " + name + " has a NUL character in it");
    }
    Text.checkUnicode(value);
  }

  /**
   * Makes the environment of a command.
   *
   * @param parentEnv the variables of the parent, such as {@code System.getenv()}
   * @return a new map, in the parent's order, with {@code set} at the end
   */
  public Map<String, String> apply(Map<String, String> parentEnv) {
    Map<String, String> result = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : parentEnv.entrySet()) {
      if (passes(entry.getKey()) && entry.getValue().indexOf('\0') < 0) {
        result.put(entry.getKey(), entry.getValue());
      }
    }
    result.putAll(set);
    return result;
  }

  private boolean passes(String name) {
    // A name with '=' would arrive in the child as another variable, one that was never looked at
    // here.
    if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
      return false;
    }
    if (NamePattern.matchesAny(block, name)) {
      return false;
    }
    return NamePattern.matchesAny(pass, name) || (inherit && !keptOut(name));
  }

  /** The same names come with every start, and a hundred patterns are tried on each. */
  private static boolean keptOut(String name) {
    Boolean known = KEPT_OUT.get(name);
    if (known == null) {
      known = CodeLoadingNames.contains(name) || SecretNames.contains(name);
      if (KEPT_OUT.size() < MOST_KNOWN) {
        KEPT_OUT.put(name, known);
      }
    }
    return known;
  }
}
