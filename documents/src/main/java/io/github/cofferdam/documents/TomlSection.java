package io.github.cofferdam.documents;

import io.github.cofferdam.libraries.tomlj.TomlArray;
import io.github.cofferdam.libraries.tomlj.TomlPosition;
import io.github.cofferdam.libraries.tomlj.TomlTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One table of a TOML text. Every getter makes its key a known one and reports a value of the wrong
 * kind with its place; the value then counts as absent, so that reading goes on and finds the next
 * problem.
 */
public final class TomlSection {
  private final TomlReader reader;
  private final String path;
  private final @Nullable TomlTable table;

  /**
   * Everything that may stand here, and the part of it that messages list: aliases are not offered.
   */
  private final Set<String> known = new LinkedHashSet<>();

  private final Set<String> shown = new LinkedHashSet<>();
  private final Map<String, Boolean> tables = new HashMap<>();

  /** Where the table itself stands: the place of what is missing in it. */
  private final @Nullable TomlPosition start;

  TomlSection(
      TomlReader reader, String path, @Nullable TomlTable table, @Nullable TomlPosition start) {
    this.reader = reader;
    this.path = path;
    this.table = table;
    this.start = start;
    reader.register(this);
  }

  /** {@return what reads the text that this is a table of} */
  public TomlReader reader() {
    return reader;
  }

  Set<String> known() {
    return known;
  }

  Set<String> shown() {
    return shown;
  }

  /** {@return the keys that are there, in the order of the file} */
  public Set<String> keys() {
    return table == null ? Set.of() : table.keySet();
  }

  /** {@return the keys that are there and that nobody asked for} */
  List<String> unknown() {
    List<String> unknown = new ArrayList<>(keys());
    unknown.removeAll(known);
    return unknown;
  }

  /** {@return whether a key is there}; that does not make it a known one */
  public boolean has(String key) {
    return table != null && table.contains(List.of(key));
  }

  /** {@return whether a key is there and is a table} */
  public boolean isTable(String key) {
    return get(key) instanceof TomlTable;
  }

  /** {@return the key with this table's path before it} */
  public String dotted(String key) {
    String name = isBare(key) ? key : Text.quote(key);
    return path.isEmpty() ? name : path + "." + name;
  }

  /** {@return the key as a message names it: tables in brackets} */
  String display(String key) {
    return tables.getOrDefault(key, false) ? "[" + dotted(key) + "]" : dotted(key);
  }

  String unknownText(String key) {
    return get(key) instanceof TomlTable
        ? "unknown table [" + dotted(key) + "]"
        : "unknown key " + dotted(key);
  }

  /** {@return how many problems there are so far, in the whole text} */
  public int problems() {
    return reader.problems().size();
  }

  /** Reports a problem with a key of this table: {@code key: message}. */
  public void fail(String key, String message) {
    report(key, dotted(key) + ": " + message);
  }

  /** Reports a problem at the place of a key, or of the table when the key is not there. */
  public void report(String key, String message) {
    TomlPosition at = position(key);
    add(at == null ? start : at, dotted(key), message);
  }

  /** {@return the place of a key, or of the table when the key is not there} */
  public TextPlaces.Place place(String key) {
    TomlPosition at = position(key);
    TomlPosition known = at == null ? start : at;
    return known == null
        ? new TextPlaces.Place(1, 1)
        : new TextPlaces.Place(known.line(), known.column());
  }

  private @Nullable TomlPosition position(String key) {
    return table == null ? null : table.inputPositionOf(List.of(key));
  }

  private void add(@Nullable TomlPosition at, String key, String message) {
    reader.problems().add(at == null ? 1 : at.line(), at == null ? 1 : at.column(), key, message);
  }

  /** Makes a key known that is understood and refused: this version cannot do what it asks for. */
  public void refuse(String key, String reason) {
    known.add(key);
    if (has(key)) {
      fail(key, reason);
    }
  }

  /** {@return the value as the parser gives it, null when it is not there} */
  @Nullable
  public Object value(String key) {
    know(key);
    return get(key);
  }

  /** {@return the value of an alias, which messages do not offer} */
  @Nullable
  public Object hiddenValue(String key) {
    known.add(key);
    return get(key);
  }

  /** {@return a truth value; empty when it is not there or is something else} */
  public Optional<Boolean> bool(String key) {
    Object value = value(key);
    if (value instanceof Boolean flag) {
      return Optional.of(flag);
    }
    return wrong(key, "true or false", value);
  }

  /** {@return a string; empty when it is not there or is something else} */
  public Optional<String> string(String key) {
    Object value = value(key);
    if (value instanceof String text) {
      return Optional.of(text);
    }
    return wrong(key, "a string", value);
  }

  /** {@return a string that passes a check which throws IllegalArgumentException} */
  public Optional<String> string(String key, Consumer<String> check) {
    Optional<String> text = string(key);
    return text.isPresent() && passes(key, text.get(), check) ? text : Optional.empty();
  }

  /** {@return one of an enum's values} */
  public <E> Optional<E> choice(String key, E[] values, Function<E, String> name) {
    String text = string(key).orElse(null);
    if (text == null) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    for (E value : values) {
      if (name.apply(value).equals(text)) {
        return Optional.of(value);
      }
      names.add(name.apply(value));
    }
    String near = Nearest.of(text, names).map(n -> "; did you mean \"" + n + "\"?").orElse(null);
    fail(
        key,
        "unknown value "
            + Text.quote(text)
            + (near != null ? near : "; valid: \"" + String.join("\", \"", names) + "\""));
    return Optional.empty();
  }

  /** {@return the strings of an array that pass a check which throws IllegalArgumentException} */
  public List<String> strings(String key, Consumer<String> check) {
    return elements(
        key,
        "an array of strings",
        "a string",
        value -> {
          if (!(value instanceof String text)) {
            return Optional.empty();
          }
          check.accept(text);
          return Optional.of(text);
        });
  }

  /**
   * {@return what the elements of an array mean}
   *
   * @param all what the value is to be, for messages
   * @param one what each element is to be, for messages
   * @param meaning of one element as the parser gives it; empty if it is of the wrong kind. It
   *     throws IllegalArgumentException for what is wrong with one of the right kind
   */
  public <E> List<E> elements(
      String key, String all, String one, Function<Object, Optional<E>> meaning) {
    Object value = value(key);
    List<E> elements = new ArrayList<>();
    if (!(value instanceof TomlArray array)) {
      var _ = wrong(key, all, value);
      return elements;
    }
    for (int i = 0; i < array.size() && reader.problems().size() < TomlReader.MAX_PROBLEMS; i++) {
      String element = dotted(key) + "[" + i + "]";
      try {
        Optional<E> known = meaning.apply(array.get(i));
        if (known.isEmpty()) {
          String found = "expected " + one + ", found " + describe(array.get(i));
          add(array.inputPositionOf(i), element, element + ": " + found);
        }
        known.ifPresent(elements::add);
      } catch (IllegalArgumentException e) {
        add(array.inputPositionOf(i), element, element + ": " + e.getMessage());
      }
    }
    return elements;
  }

  /** {@return a table; an empty one when it is not there} */
  public TomlSection section(String key) {
    tables.put(key, true);
    Object value = value(key);
    if (!(value instanceof TomlTable child)) {
      var _ = wrong(key, "a table", value);
      return new TomlSection(reader, dotted(key), null, null);
    }
    return new TomlSection(reader, dotted(key), child, position(key));
  }

  /** {@return the tables of an array of tables} */
  public List<TomlSection> sections(String key) {
    List<TomlSection> sections = new ArrayList<>();
    Object value = value(key);
    if (!(value instanceof TomlArray array)) {
      var _ = wrong(key, "an array of tables, [[" + dotted(key) + "]]", value);
      return sections;
    }
    for (int i = 0; i < array.size(); i++) {
      String element = dotted(key) + "[" + i + "]";
      if (array.get(i) instanceof TomlTable child) {
        sections.add(new TomlSection(reader, element, child, array.inputPositionOf(i)));
      } else {
        String found = "expected a table, found " + describe(array.get(i));
        add(array.inputPositionOf(i), element, element + ": " + found);
      }
    }
    return sections;
  }

  /**
   * Reports a value of the wrong kind; an absent one is fine. Always empty, for the callers'
   * convenience.
   */
  public <T> Optional<T> wrong(String key, String expected, @Nullable Object found) {
    if (found != null) {
      fail(key, "expected " + expected + ", found " + describe(found));
    }
    return Optional.empty();
  }

  /** {@return whether a check accepts; otherwise its message is reported} */
  public <T> boolean passes(String key, T value, Consumer<T> check) {
    try {
      check.accept(value);
      return true;
    } catch (IllegalArgumentException e) {
      fail(key, String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void know(String key) {
    // An alias stays hidden when its value is read.
    if (known.add(key)) {
      shown.add(key);
    }
  }

  private @Nullable Object get(String key) {
    return table == null ? null : table.get(List.of(key));
  }

  private static String describe(Object value) {
    return switch (value) {
      case String text -> "the string " + Text.quote(text);
      case Long number -> "the integer " + number;
      case Double number -> "the number " + number;
      case Boolean flag -> "the boolean " + flag;
      case TomlArray array -> "an array";
      case TomlTable child -> "a table";
      default -> "a date or time";
    };
  }

  private static boolean isBare(String key) {
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
        return false;
      }
    }
    return !key.isEmpty() && key.length() <= 60;
  }
}
