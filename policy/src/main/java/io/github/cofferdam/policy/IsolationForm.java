package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The kinds of isolation; two more are known by name, and refused. */
final class IsolationForm implements Form<Isolation> {
  private final ChoiceForm<Isolation> kinds = new ChoiceForm<>(Isolation.values(), Isolation::key);

  @Override
  public Optional<Isolation> read(TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    if ("container".equals(value) || "gvisor".equals(value)) {
      section.fail(
          key, "\"" + value + "\" is not built yet; valid: \"auto\", \"basic\", \"namespace\"");
      return Optional.empty();
    }
    return kinds.read(section, key, each);
  }

  @Override
  public void write(TomlText out, String key, Isolation value) {
    kinds.write(out, key, value);
  }

  @Override
  public Map<String, Object> schema() {
    return kinds.schema();
  }

  /** {@return what a word on the command line means} */
  Isolation parse(String option, String text) {
    return kinds.parse(option, text);
  }
}
