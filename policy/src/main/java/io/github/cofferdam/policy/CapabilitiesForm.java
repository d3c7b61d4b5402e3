package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.documents.TomlSection;
import io.github.cofferdam.namespaces.Capability;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Names of capabilities, in any of the spellings that {@link Capability#of} takes. */
final class CapabilitiesForm implements Form<Collection<Capability>> {
  @Override
  public Optional<Collection<Capability>> read(
      TomlSection section, String key, Consumer<String> each) {
    List<String> names = section.strings(key, CapabilitiesForm::parse);
    return Optional.of(names.stream().map(Capability::of).toList());
  }

  private static void parse(String name) {
    try {
      Capability.of(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "no capability is called "
              + Text.quote(name)
              + Nearest.of(name.toLowerCase(Locale.ROOT), names())
                  .map(near -> "; did you mean \"" + near + "\"?")
                  .orElse("; they are listed in capabilities(7)"),
          e);
    }
  }

  private static List<String> names() {
    return Stream.of(Capability.values()).map(Capability::key).toList();
  }

  @Override
  public void write(TomlText out, String key, Collection<Capability> value) {
    out.texts(key, value.stream().map(Capability::key).toList());
  }

  @Override
  public Map<String, Object> schema() {
    return Schema.of(
        "type",
        "array",
        "items",
        Schema.either(Schema.of("enum", names()), Schema.pattern("([Cc][Aa][Pp]_)?[A-Za-z_]+")));
  }
}
