package io.github.cofferdam.sandbox;

import io.github.cofferdam.documents.Text;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What stands for something else in the variables that a policy sets: {@code $HOME}, {@code
 * $TMPDIR} and {@code $WORKSPACE}, which it cannot know, or the same in braces. Any other {@code $}
 * stands for itself, and {@code $$HOME} for the text {@code $HOME}.
 */
final class SetVariables {
  private static final List<String> NAMES = List.of("HOME", "TMPDIR", "WORKSPACE");

  private final Map<String, String> known = new HashMap<>();

  /** Says what a name stands for; it keeps the meaning that it had before. */
  SetVariables with(String name, String value) {
    known.putIfAbsent(name, value);
    return this;
  }

  /** {@return another one, which knows the same so far} */
  SetVariables copy() {
    var copy = new SetVariables();
    copy.known.putAll(known);
    return copy;
  }

  /** {@return a text with all of its names replaced; empty if one of them stands for nothing} */
  Optional<String> expand(String text) {
    var out = new StringBuilder();
    int from = 0;
    int dollar = text.indexOf('$');
    while (dollar >= 0) {
      out.append(text, from, dollar);
      from = dollar;
      boolean escaped = text.startsWith("$$", dollar);
      Optional<String> name = nameAt(text, dollar + (escaped ? 2 : 1));
      if (name.isEmpty()) {
        out.append('$');
        from = dollar + 1;
      } else {
        boolean braces = text.charAt(dollar + (escaped ? 2 : 1)) == '{';
        int end = dollar + (escaped ? 2 : 1) + name.get().length() + (braces ? 2 : 0);
        if (escaped) {
          out.append(text, dollar + 1, end);
        } else if (known.containsKey(name.get())) {
          out.append(known.get(name.get()));
        } else {
          return Optional.empty();
        }
        from = end;
      }
      dollar = text.indexOf('$', from);
    }
    return Optional.of(out.append(text, from, text.length()).toString());
  }

  /** A name that ends where it could not go on. */
  private static Optional<String> nameAt(String text, int at) {
    for (String name : NAMES) {
      if (text.startsWith("{" + name + "}", at)) {
        return Optional.of(name);
      }
      int end = at + name.length();
      if (text.startsWith(name, at) && (end == text.length() || !isInName(text.charAt(end)))) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  private static boolean isInName(char c) {
    return c == '_' || (c < 0x80 && Character.isLetterOrDigit(c));
  }

  /**
   * Replaces what was set, HOME and TMPDIR first, since others may name them.
   *
   * @param set as the policy has it
   * @param own names that were given to the command itself, and stay as they are
   * @param environment what the command gets
   * @throws RefusedException if a name stands for nothing
   */
  void replace(Map<String, String> set, Set<String> own, Map<String, String> environment)
      throws RefusedException {
    var left = new LinkedHashMap<>(set);
    left.keySet().removeAll(own);
    for (String first : List.of("HOME", "TMPDIR")) {
      String text = left.remove(first);
      if (text != null) {
        replace(first, text, environment);
      }
      String value = environment.get(first);
      if (value != null) {
        known.put(first, value);
      }
    }
    for (Map.Entry<String, String> each : left.entrySet()) {
      replace(each.getKey(), each.getValue(), environment);
    }
  }

  private void replace(String name, String value, Map<String, String> environment)
      throws RefusedException {
    String expanded =
        expand(value)
            .orElseThrow(() ->
                new RefusedException(
                    "environment.set gives "
                        + name
                        + " the value "
                        + Text.quote(value)
                        + ", and nobody knows a HOME; set that, or write $$HOME for the text"));
    environment.replace(name, expanded);
  }
}
