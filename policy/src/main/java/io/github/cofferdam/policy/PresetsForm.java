package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Names of presets. */
final class PresetsForm implements Form<List<Preset>> {
  @Override
  public Optional<List<Preset>> read(TomlSection section, String key, Consumer<String> each) {
    List<String> words = section.strings(key, Preset::of);
    return Optional.of(words.stream().map(Preset::of).toList());
  }

  @Override
  public void write(TomlText out, String key, List<Preset> value) {
    out.texts(key, value.stream().map(Preset::key).toList());
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.of(
        "type",
        "array",
        "items",
        Schema.of("enum", Stream.of(Preset.values()).map(Preset::key).toList()));
  }
}
