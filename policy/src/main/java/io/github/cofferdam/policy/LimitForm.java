package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A limit of each process: a number, a text as {@link LimitText} has them, or a soft and a hard
 * one.
 */
final class LimitForm implements Form<Limit> {
  private static final String SOFT = "soft";
  private static final String HARD = "hard";

  private final Resource resource;

  LimitForm(Resource resource) {
    this.resource = resource;
  }

  @Override
  public Optional<Limit> read(TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    return value == null ? Optional.empty() : Optional.ofNullable(limit(section, key, value));
  }

  private @Nullable Limit limit(TomlSection section, String key, Object value) {
    if (section.isTable(key)) {
      TomlSection pair = section.section(key);
      Long soft = side(pair, SOFT);
      Long hard = side(pair, HARD);
      if (!pair.has(SOFT) || !pair.has(HARD)) {
        section.fail(key, "a table of limits needs both soft and hard");
      }
      if (soft == null || hard == null) {
        return null;
      }
      try {
        return new Limit(soft, hard);
      } catch (IllegalArgumentException e) {
        section.fail(key, String.valueOf(e.getMessage()));
        return null;
      }
    }
    if (value instanceof String text && text.indexOf(':') >= 0) {
      try {
        return LimitText.limit(resource, text);
      } catch (IllegalArgumentException e) {
        section.fail(key, String.valueOf(e.getMessage()));
        return null;
      }
    }
    Long single = number(section, key, resource, value);
    return single == null ? null : LimitText.of(resource, single);
  }

  private @Nullable Long side(TomlSection pair, String key) {
    Object value = pair.value(key);
    return value == null ? null : number(pair, key, resource, value);
  }

  /** {@return one number in a resource's unit, null after a report} */
  static @Nullable Long number(TomlSection section, String key, Resource resource, Object value) {
    try {
      if (value instanceof Long number && number >= 0) {
        LimitText.check(resource, number);
        return number;
      }
      if (value instanceof String text) {
        return LimitText.value(resource, text);
      }
    } catch (IllegalArgumentException e) {
      section.fail(key, String.valueOf(e.getMessage()));
      return null;
    }
    section.wrong(key, LimitText.expected(resource.unit()), value);
    return null;
  }

  @Override
  public void write(TomlText out, String key, Limit value) {
    out.plain(
        key,
        LimitText.of(resource, value.soft()).equals(value)
            ? number(value.soft())
            : "{ soft = " + number(value.soft()) + ", hard = " + number(value.hard()) + " }");
  }

  private static String number(long value) {
    return value == Limit.UNLIMITED ? "\"unlimited\"" : Long.toString(value);
  }

  @Override
  public Map<String, Object> schema() {
    String text = LimitText.pattern(resource.unit());
    Map<String, Object> number = Schema.of("type", "integer", "minimum", 0);
    Map<String, Object> side = Schema.either(number, Schema.pattern(text));
    return Schema.either(
        number,
        Schema.pattern("(" + text + ")(:(" + text + "))?"),
        Schema.table(Schema.of(SOFT, side, HARD, side), List.of(SOFT, HARD)));
  }
}
