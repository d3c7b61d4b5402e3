package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A limit of all processes together: a number, or a text as {@link LimitText} has them. */
final class TreeLimitForm implements Form<Long> {
  private final TreeLimit limit;

  TreeLimitForm(TreeLimit limit) {
    this.limit = limit;
  }

  @Override
  public Optional<Long> read(TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    try {
      if (value instanceof Long number) {
        TreeLimits.check(limit, number);
        return Optional.of(number);
      }
      if (value instanceof String text) {
        return Optional.of(LimitText.value(limit, text));
      }
    } catch (IllegalArgumentException e) {
      section.fail(key, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    return section.wrong(key, LimitText.expected(limit), value);
  }

  @Override
  public void write(TomlText out, String key, Long value) {
    out.plain(key, value.toString());
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.either(
        Schema.of("type", "integer", "minimum", 1), Schema.pattern(LimitText.pattern(limit)));
  }
}
