package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** One of the words that an enum's values have. */
final class ChoiceForm<E> implements Form<E> {
  private final E[] values;
  private final Function<E, String> word;

  ChoiceForm(E[] values, Function<E, String> word) {
    this.values = values;
    this.word = word;
  }

  @Override
  public Optional<E> read(TomlSection section, String key, Consumer<String> each) {
    return section.choice(key, values, word);
  }

  @Override
  public void write(TomlText out, String key, E value) {
    out.text(key, word.apply(value));
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.of("enum", words());
  }

  /**
   * {@return what a word on the command line means}
   *
   * @throws IllegalArgumentException when it means nothing
   */
  E parse(String option, String text) {
    for (E value : values) {
      if (word.apply(value).equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        option + " " + text + " is none of: " + String.join(", ", words()));
  }

  private List<String> words() {
    return Stream.of(values).map(word).toList();
  }
}
