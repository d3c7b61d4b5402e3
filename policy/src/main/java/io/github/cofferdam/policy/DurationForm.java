package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A time as {@link Durations} reads it, or a number of seconds.
 *
 * @param alsoZero whether it may be zero
 */
record DurationForm(boolean alsoZero) implements Form<Duration> {
  @Override
  public Optional<Duration> read(TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    try {
      return switch (value) {
        case Long seconds when alsoZero && seconds == 0 -> Optional.of(Duration.ZERO);
        case Long seconds -> Optional.of(Durations.ofSeconds(seconds));
        case String text -> Optional.of(parse(text));
        case null, default ->
            section.wrong(key, "a duration such as \"30s\", or a number of seconds", value);
      };
    } catch (IllegalArgumentException e) {
      section.fail(key, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Duration parse(String text) {
    return alsoZero ? Durations.parseAlsoZero(text) : Durations.parse(text);
  }

  @Override
  public void write(TomlText out, String key, Duration value) {
    out.text(key, Durations.show(value));
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.either(
        Schema.of("type", "integer", "minimum", alsoZero ? 0 : 1),
        Schema.pattern("[0-9]+(ms|s|m|h)?"));
  }
}
