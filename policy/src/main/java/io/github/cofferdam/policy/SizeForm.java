package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import io.github.cofferdam.rlimit.Resource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A number of bytes above zero. */
final class SizeForm implements Form<Long> {
  @Override
  public Optional<Long> read(TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    Long size = value == null ? null : LimitForm.number(section, key, Resource.FILE_SIZE, value);
    if (size == null) {
      return Optional.empty();
    }
    if (size < 1) {
      section.fail(key, "must be above zero, and not unlimited");
      return Optional.empty();
    }
    return Optional.of(size);
  }

  @Override
  public void write(TomlText out, String key, Long value) {
    out.plain(key, value.toString());
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.either(
        Schema.of("type", "integer", "minimum", 1),
        Schema.pattern(LimitText.pattern(Resource.Unit.BYTES)));
  }
}
