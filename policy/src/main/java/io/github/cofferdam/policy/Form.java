package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** How the value of a key stands in a file. What is the same for many keys is made here. */
interface Form<T> {
  /**
   * Reads a value; what is wrong with it is reported, and then it counts as absent.
   *
   * @param key the spelling that is used
   * @param each what every text of the value must pass besides
   */
  Optional<T> read(TomlSection section, String key, Consumer<String> each);

  /** Writes a value such that it reads back. */
  void write(TomlText out, String key, T value);

  /**
   * {@return whether a value is written as a table of its own, behind the keys of the one around}
   */
  default boolean isTable(T value) {
    return false;
  }

  /** {@return what editors may know of it, in the words of JSON Schema} */
  Map<String, Object> schema();

  /** {@return true or false} */
  static Form<Boolean> flag() {
    return new Form<>() {
      @Override
      public Optional<Boolean> read(TomlSection section, String key, Consumer<String> each) {
        return section.bool(key);
      }

      @Override
      public void write(TomlText out, String key, Boolean value) {
        out.plain(key, value.toString());
      }

      @Override
      public Map<String, Object> schema() {
        return Schema.of("type", "boolean");
      }
    };
  }

  /** {@return a path as policies have it} */
  static Form<String> path() {
    return text(PolicyPath::check, ".+");
  }

  /**
   * {@return a text}
   *
   * @param check throws IllegalArgumentException
   * @param pattern what every right one matches, for editors
   */
  static Form<String> text(Consumer<String> check, String pattern) {
    return new Form<>() {
      @Override
      public Optional<String> read(TomlSection section, String key, Consumer<String> each) {
        return section.string(key, check.andThen(each));
      }

      @Override
      public void write(TomlText out, String key, String value) {
        out.text(key, value);
      }

      @Override
      public Map<String, Object> schema() {
        return Schema.pattern(pattern);
      }
    };
  }

  /**
   * {@return a list of texts}
   *
   * @param check throws IllegalArgumentException
   * @param pattern what every right one matches, for editors
   */
  static Form<List<String>> texts(Consumer<String> check, String pattern) {
    return new Form<>() {
      @Override
      public Optional<List<String>> read(TomlSection section, String key, Consumer<String> each) {
        return Optional.of(section.strings(key, check.andThen(each)));
      }

      @Override
      public void write(TomlText out, String key, List<String> value) {
        out.texts(key, value);
      }

      @Override
      public Map<String, Object> schema() {
        return Schema.of("type", "array", "items", Schema.pattern(pattern));
      }
    };
  }
}
