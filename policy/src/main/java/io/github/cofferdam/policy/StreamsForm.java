package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Kinds of standard streams. */
final class StreamsForm implements Form<Set<StreamKind>> {
  @Override
  public Optional<Set<StreamKind>> read(TomlSection section, String key, Consumer<String> each) {
    List<String> words = section.strings(key, StreamsForm::kind);
    return Optional.of(words.stream().map(StreamsForm::kind).collect(Collectors.toSet()));
  }

  private static StreamKind kind(String word) {
    for (StreamKind kind : StreamKind.values()) {
      if (kind.key().equals(word)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("must be one of \"" + String.join("\", \"", words()) + "\"");
  }

  private static List<String> words() {
    return Stream.of(StreamKind.values()).map(StreamKind::key).toList();
  }

  @Override
  public void write(TomlText out, String key, Set<StreamKind> value) {
    out.texts(key, value.stream().map(StreamKind::key).toList());
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.of("type", "array", "items", Schema.of("enum", words()));
  }
}
