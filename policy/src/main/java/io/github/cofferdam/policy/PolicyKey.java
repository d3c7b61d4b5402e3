package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * One key of a table: all that is known of it. {@link ReachKeys} and {@link RunKeys} make them.
 *
 * @param <R> the record that the table is read to
 * @param <T> what the key says
 */
final class PolicyKey<R, T> {
  private final String name;
  private final String help;
  private final Form<T> form;
  private final Function<R, Optional<T>> get;
  private final BiFunction<R, T, R> set;
  private List<String> aliases = List.of();
  private boolean last;
  private Function<R, Consumer<String>> check = record -> text -> {};
  private final List<Option<R>> options = new ArrayList<>();

  /**
   * A key.
   *
   * @param help one sentence, for editors
   * @param get empty for what is not written
   * @param set throws IllegalArgumentException for what contradicts the rest of the record
   */
  PolicyKey(
      String name,
      String help,
      Form<T> form,
      Function<R, Optional<T>> get,
      BiFunction<R, T, R> set) {
    this.name = name;
    this.help = help;
    this.form = form;
    this.get = get;
    this.set = set;
  }

  /** An option of the command line that changes what this key says. */
  record Option<R>(
      String name,
      String label,
      String help,
      boolean repeatable,
      BiFunction<R, List<String>, R> set) {}

  /** Other spellings, which are understood and not offered. */
  PolicyKey<R, T> alias(String... names) {
    aliases = List.of(names);
    return this;
  }

  /** It is set when all others are, since it means nothing without one of them. */
  PolicyKey<R, T> last() {
    last = true;
    return this;
  }

  /** What every text of the value must pass besides, by what was read before. */
  PolicyKey<R, T> check(Function<R, Consumer<String>> value) {
    check = value;
    return this;
  }

  /** An option that replaces what the file says. */
  PolicyKey<R, T> option(
      String option, String label, String text, BiFunction<R, String, R> replace) {
    options.add(
        new Option<>(
            option,
            label,
            text,
            false,
            (record, values) -> replace.apply(record, values.getFirst())));
    return this;
  }

  /** An option without a value. */
  PolicyKey<R, T> flag(String option, String text, UnaryOperator<R> change) {
    options.add(new Option<>(option, "", text, false, (record, values) -> change.apply(record)));
    return this;
  }

  /** An option that can be given several times, and adds to what the file says. */
  PolicyKey<R, T> options(
      String option, String label, String text, BiFunction<R, List<String>, R> add) {
    options.add(new Option<>(option, label, text, true, add));
    return this;
  }

  String name() {
    return name;
  }

  List<String> aliases() {
    return aliases;
  }

  List<Option<R>> options() {
    return options;
  }

  boolean isLast() {
    return last;
  }

  /**
   * Reads the key.
   *
   * @param before what was read of the table so far
   * @return what it changes
   */
  UnaryOperator<R> read(TomlSection section, R before) {
    String used = section.value(name) == null ? "" : name;
    boolean twice = false;
    for (String alias : aliases) {
      if (section.hiddenValue(alias) != null) {
        if (!used.isEmpty()) {
          section.fail(alias, "another spelling of " + section.dotted(name) + "; use one of them");
          twice = true;
        }
        used = alias;
      }
    }
    if (twice) {
      return record -> record;
    }
    String spelling = used.isEmpty() ? name : used;
    Optional<T> value = form.read(section, spelling, check.apply(before));
    return record -> value.map(said -> changed(section, spelling, record, said)).orElse(record);
  }

  private R changed(TomlSection section, String spelling, R record, T value) {
    try {
      return set.apply(record, value);
    } catch (IllegalArgumentException e) {
      section.fail(spelling, String.valueOf(e.getMessage()));
      return record;
    }
  }

  /** Writes what a record says, if that is a table of its own, or if it is none. */
  void write(TomlText out, R record, boolean table) {
    get.apply(record)
        .filter(value -> form.isTable(value) == table)
        .ifPresent(value -> form.write(out, name, value));
  }

  /** Adds what editors may know of it, its other spellings included. */
  void describe(Map<String, Object> properties, R standard) {
    Map<String, Object> schema = Schema.of("description", help);
    schema.putAll(form.schema());
    var out = new TomlText();
    write(out, standard, false);
    String text = out.toString();
    if (!text.isEmpty()) {
      // Flags, numbers, words and empty lists are the same in JSON.
      schema.put("default", new Schema.Json(text.substring(text.indexOf(" = ") + 3).strip()));
    }
    properties.put(name, schema);
    for (String alias : aliases) {
      Map<String, Object> other = Schema.of("description", "The same as " + name + ".");
      other.putAll(form.schema());
      properties.put(alias, other);
    }
  }
}
