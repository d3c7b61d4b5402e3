package io.github.cofferdam.policy;

import io.github.cofferdam.documents.HiddenCharacters;
import java.util.List;

/** TOML that is being written, table by table. A table of which nothing is written is left out. */
final class TomlText {
  private final StringBuilder out = new StringBuilder();
  private String table = "";
  private boolean begun;

  /** From here on everything stands in this table. */
  void table(String name) {
    table = name;
    begun = false;
  }

  /** From here on everything stands in this table within the one that was begun before. */
  void subtable(String key) {
    header("[" + table + "." + key + "]");
  }

  /** The same for one more table of an array. */
  void element(String key) {
    header("[[" + table + "." + key + "]]");
  }

  private void header(String header) {
    out.append(out.isEmpty() ? "" : "\n").append(header).append('\n');
    begun = true;
  }

  /** Writes a value as it is. */
  void plain(String key, String value) {
    if (!begun) {
      header("[" + table + "]");
    }
    out.append(key).append(" = ").append(value).append('\n');
  }

  void text(String key, String value) {
    plain(key, quote(value));
  }

  void texts(String key, List<String> values) {
    plain(key, "[" + String.join(", ", values.stream().map(TomlText::quote).toList()) + "]");
  }

  /** {@return a basic string; everything that could hide something from a reader is escaped} */
  static String quote(String text) {
    var out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (HiddenCharacters.isHidden(c)) {
        HiddenCharacters.escape(out, c);
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
