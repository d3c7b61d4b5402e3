package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.seccomp.Action;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Actions as TOML writes them: {@code allow}, {@code errno(EPERM)}, {@code trace(7)}. */
final class ActionText {
  private static final Map<String, Action> PLAIN = new LinkedHashMap<>();

  static {
    PLAIN.put("allow", Action.allow());
    PLAIN.put("log", Action.log());
    PLAIN.put("notify", Action.userNotification());
    PLAIN.put("trap", Action.trap());
    PLAIN.put("kill_thread", Action.killThread());
    PLAIN.put("kill_process", Action.killProcess());
  }

  private static final class Names {
    static final Map<String, Errno> ERRORS = errors();

    private static Map<String, Errno> errors() {
      var errors = new TreeMap<String, Errno>();
      for (Errno errno : Errno.values()) {
        if (errno != Errno.UNKNOWN) {
          errors.put(errno.name(), errno);
        }
      }
      // Second names in asm-generic/errno.h and, for ENOTSUP, in the C library.
      errors.put("EWOULDBLOCK", Errno.EAGAIN);
      errors.put("EDEADLOCK", Errno.EDEADLK);
      errors.put("ENOTSUP", Errno.EOPNOTSUPP);
      return errors;
    }
  }

  private ActionText() {}

  static Optional<Errno> errno(String name) {
    return Optional.ofNullable(Names.ERRORS.get(name));
  }

  /**
   * Reads an action.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Action parse(String text) {
    Action plain = PLAIN.get(text);
    if (plain != null) {
      return plain;
    }
    if (text.startsWith("errno(") && text.endsWith(")")) {
      String error = text.substring("errno(".length(), text.length() - 1).strip();
      Optional<Errno> named = errno(error);
      if (named.isPresent()) {
        return Action.errno(named.get());
      }
      if (error.isEmpty() || !Character.isDigit(error.charAt(0))) {
        throw new IllegalArgumentException(
            "unknown error "
                + Text.quote(error)
                + Nearest.of(error, Names.ERRORS.keySet())
                    .map(near -> "; did you mean " + near + "?")
                    .orElse("; write a name such as EPERM, or a number from 1 to 4095"));
      }
      int number = number(error);
      if (number == 0) {
        throw new IllegalArgumentException("error 0 would fake a success; write \"allow\"");
      }
      return Action.errno(number);
    }
    if (text.startsWith("trace(") && text.endsWith(")")) {
      return Action.trace(number(text.substring("trace(".length(), text.length() - 1).strip()));
    }
    String near =
        Nearest.of(text, PLAIN.keySet()).map(n -> "; did you mean \"" + n + "\"?").orElse(null);
    throw new IllegalArgumentException(
        "unknown action "
            + Text.quote(text)
            + (near != null
                ? near
                : "; valid: \"errno(EPERM)\", \"trace(0)\", \""
                    + String.join("\", \"", PLAIN.keySet())
                    + "\""));
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a number, found " + Text.quote(text), e);
    }
  }
}
