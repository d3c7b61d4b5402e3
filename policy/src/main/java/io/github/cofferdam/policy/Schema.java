package io.github.cofferdam.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pieces of a JSON Schema (2020-12), and their text. Written by hand, as the TOML is: only this
 * module's own words are in it.
 */
final class Schema {
  private final StringBuilder out = new StringBuilder();

  private Schema() {}

  /** What is JSON already. */
  record Json(String text) {}

  /** {@return an object of keys and values in turn, in this order} */
  static Map<String, Object> of(Object... keysAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return object;
  }

  /** {@return what is one of these} */
  static Map<String, Object> either(Object... schemas) {
    return of("anyOf", List.of(schemas));
  }

  /** {@return a text that matches as a whole} */
  static Map<String, Object> pattern(String pattern) {
    return of("type", "string", "pattern", "^(" + pattern + ")$");
  }

  /** {@return a table with these keys and no others} */
  static Map<String, Object> table(Map<String, Object> keys, List<String> required) {
    Map<String, Object> table = of("type", "object", "properties", keys);
    if (!required.isEmpty()) {
      table.put("required", required);
    }
    table.put("additionalProperties", false);
    return table;
  }

  /** {@return the text, with a line end} */
  static String text(Map<String, Object> schema) {
    var writer = new Schema();
    writer.value(schema, "\n");
    return writer.out.append('\n').toString();
  }

  private void value(Object value, String line) {
    switch (value) {
      case Map<?, ?> object -> {
        String inner = line + "  ";
        String before = "{" + inner;
        for (Map.Entry<?, ?> entry : object.entrySet()) {
          out.append(before);
          string(String.valueOf(entry.getKey()));
          out.append(": ");
          value(entry.getValue(), inner);
          before = "," + inner;
        }
        out.append(line).append('}');
      }
      case List<?> list -> {
        String before = "[";
        for (Object element : list) {
          out.append(before);
          value(element, line);
          before = ", ";
        }
        out.append(list.isEmpty() ? "[]" : "]");
      }
      case String text -> string(text);
      case Json json -> out.append(json.text());
      default -> out.append(value);
    }
  }

  private void string(String text) {
    out.append('"').append(text.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
  }
}
