package io.github.cofferdam.sandbox;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Paths that a policy grants or blocks, as written: {@code ~} and relative paths are resolved when
 * a sandbox is made.
 *
 * @param readOnly files and trees that may be read
 * @param readExecute files and trees that may be read and executed
 * @param readWrite files and trees that may be read and changed
 * @param blocked files and trees that stay closed, also inside a grant
 */
public record Filesystem(
    List<String> readOnly, List<String> readExecute, List<String> readWrite, List<String> blocked) {

  /** Nothing granted and nothing blocked beyond what the mode says. */
  static final Filesystem DEFAULT = new Filesystem(List.of(), List.of(), List.of(), List.of());

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException when a path is empty, has control characters, {@code ~user} or
   *     <code>${VAR}</code> in it, or stands in two lists
   */
  public Filesystem {
    readOnly = List.copyOf(readOnly);
    readExecute = List.copyOf(readExecute);
    readWrite = List.copyOf(readWrite);
    blocked = List.copyOf(blocked);
    Map<String, String> seen = new HashMap<>();
    add(seen, "read_only", readOnly);
    add(seen, "read_execute", readExecute);
    add(seen, "read_write", readWrite);
    add(seen, "blocked", blocked);
  }

  private static void add(Map<String, String> seen, String list, List<String> paths) {
    for (String path : paths) {
      PathText.check(path);
      String other = seen.putIfAbsent(path, list);
      if (other != null && !other.equals(list)) {
        throw new IllegalArgumentException(contradiction(path, other, list));
      }
    }
  }

  /** {@return the message for a path that stands in two lists} */
  static String contradiction(String path, String first, String second) {
    return Text.quote(path)
        + " stands in both "
        + first
        + " and "
        + second
        + "; a path can be in one list only";
  }
}
