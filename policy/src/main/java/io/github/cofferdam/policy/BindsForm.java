package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Paths of the host, and where they are seen: a string, or a table if what is there may be changed.
 */
final class BindsForm implements Form<List<Filesystem.Bind>> {
  @Override
  public Optional<List<Filesystem.Bind>> read(
      TomlSection around, String key, Consumer<String> each) {
    TomlSection section = around.section(key);
    List<Filesystem.Bind> binds = new ArrayList<>();
    for (String host : List.copyOf(section.keys())) {
      Object value = section.value(host);
      Optional<String> inside;
      boolean writable = false;
      if (section.isTable(host)) {
        TomlSection table = section.section(host);
        inside = table.string("path");
        if (!table.has("path")) {
          table.fail("path", "missing; it says where the command sees what is bound");
        }
        writable = table.bool("writable").orElse(false);
      } else if (value instanceof String text) {
        inside = Optional.of(text);
      } else {
        inside =
            section.wrong(host, "a path, or a table { path = \"/x\", writable = true }", value);
      }
      if (inside.isPresent()) {
        bind(section, host, inside.get(), writable, binds);
      }
    }
    return Optional.of(binds);
  }

  private static void bind(
      TomlSection section,
      String host,
      String inside,
      boolean writable,
      List<Filesystem.Bind> binds) {
    try {
      Filesystem.Bind bind = new Filesystem.Bind(host, inside, writable);
      for (Filesystem.Bind other : binds) {
        if (other.inside().equals(inside)) {
          throw new IllegalArgumentException(Filesystem.boundTwice(bind));
        }
      }
      binds.add(bind);
    } catch (IllegalArgumentException e) {
      section.fail(host, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public boolean isTable(List<Filesystem.Bind> value) {
    return true;
  }

  @Override
  public void write(TomlText out, String key, List<Filesystem.Bind> value) {
    out.subtable(key);
    for (Filesystem.Bind bind : value) {
      String inside = TomlText.quote(bind.inside());
      out.plain(
          TomlText.quote(bind.host()),
          bind.writable() ? "{ path = " + inside + ", writable = true }" : inside);
    }
  }

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> inside = Schema.pattern("/.+");
    return Schema.of(
        "type",
        "object",
        "additionalProperties",
        Schema.either(
            inside,
            Schema.table(
                Schema.of("path", inside, "writable", Schema.of("type", "boolean")),
                List.of("path"))));
  }
}
