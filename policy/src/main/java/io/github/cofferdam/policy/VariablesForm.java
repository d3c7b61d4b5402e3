package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Environment variables and their values: a table with any keys. */
final class VariablesForm implements Form<Map<String, String>> {
  @Override
  public Optional<Map<String, String>> read(TomlSection around, String key, Consumer<String> each) {
    TomlSection section = around.section(key);
    Map<String, String> variables = new LinkedHashMap<>();
    for (String name : List.copyOf(section.keys())) {
      section
          .string(name, value -> Environment.checkSet(name, value))
          .ifPresent(value -> variables.put(name, value));
    }
    return Optional.of(variables);
  }

  @Override
  public boolean isTable(Map<String, String> value) {
    return true;
  }

  @Override
  public void write(TomlText out, String key, Map<String, String> value) {
    out.subtable(key);
    value.forEach((name, text) -> out.text(TomlText.quote(name), text));
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.of("type", "object", "additionalProperties", Schema.of("type", "string"));
  }
}
