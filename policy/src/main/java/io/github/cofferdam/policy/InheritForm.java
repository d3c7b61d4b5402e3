package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Yes, no, or the word for the list. */
final class InheritForm implements Form<Environment.Inherit> {
  private static final String LISTED = "listed";

  @Override
  public Optional<Environment.Inherit> read(
      TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    if (value instanceof Boolean all) {
      return Optional.of(all ? Environment.Inherit.TRUE : Environment.Inherit.FALSE);
    }
    return LISTED.equals(value)
        ? Optional.of(Environment.Inherit.LISTED)
        : section.wrong(key, "true, false or \"" + LISTED + "\"", value);
  }

  @Override
  public void write(TomlText out, String key, Environment.Inherit value) {
    switch (value) {
      case TRUE, FALSE -> out.plain(key, value.key());
      case LISTED -> out.text(key, value.key());
    }
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.of("enum", List.of(true, false, LISTED));
  }
}
