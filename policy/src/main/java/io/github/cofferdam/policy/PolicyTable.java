package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * One table of a policy file: a record, and a field of {@link Policy}. {@link ReachKeys}, {@link
 * NetworkKeys} and {@link RunKeys} make them.
 *
 * @param <R> the record
 */
final class PolicyTable<R> {
  private final String name;
  private final String help;
  private final Function<Policy.Builder, R> get;
  private final BiConsumer<Policy.Builder, R> set;
  private final List<PolicyKey<R, ?>> keys = new ArrayList<>();
  private final List<PolicyKey.Option<R>> options = new ArrayList<>();
  private final Map<String, String> refused = new LinkedHashMap<>();

  /**
   * A table without keys yet.
   *
   * @param help one sentence, for editors
   */
  PolicyTable(
      String name,
      String help,
      Function<Policy.Builder, R> get,
      BiConsumer<Policy.Builder, R> set) {
    this.name = name;
    this.help = help;
    this.get = get;
    this.set = set;
  }

  String name() {
    return name;
  }

  List<PolicyKey<R, ?>> keys() {
    return keys;
  }

  /** Adds a key that always says something. */
  <T> PolicyKey<R, T> key(
      String key, String text, Form<T> form, Function<R, T> read, BiFunction<R, T, R> write) {
    return optional(key, text, form, record -> Optional.of(read.apply(record)), write);
  }

  /** Adds a key that may say nothing; then it is not written. */
  <T> PolicyKey<R, T> optional(
      String key,
      String text,
      Form<T> form,
      Function<R, Optional<T>> read,
      BiFunction<R, T, R> write) {
    var added = new PolicyKey<R, T>(key, text, form, read, write);
    keys.add(added);
    return added;
  }

  /** Adds an option that changes several of its keys; those of one key stand there. */
  void options(String option, String label, String text, BiFunction<R, List<String>, R> add) {
    options.add(new PolicyKey.Option<>(option, label, text, true, add));
  }

  /** Keys that are understood and refused. */
  void refuse(String reason, String... names) {
    for (String key : names) {
      refused.put(key, reason);
    }
  }

  /** Reads the table, if it is there. */
  void read(TomlSection root, Policy.Builder policy) {
    TomlSection section = root.section(name);
    R record = get.apply(policy);
    List<UnaryOperator<R>> late = new ArrayList<>();
    for (PolicyKey<R, ?> key : keys) {
      UnaryOperator<R> change = key.read(section, record);
      if (key.isLast()) {
        late.add(change);
      } else {
        record = change.apply(record);
      }
    }
    for (UnaryOperator<R> change : late) {
      record = change.apply(record);
    }
    refused.forEach(section::refuse);
    set.accept(policy, record);
  }

  /** Writes the table, unless it says nothing. */
  void write(TomlText out, Policy.Builder policy) {
    R record = get.apply(policy);
    out.table(name);
    for (PolicyKey<R, ?> key : keys) {
      key.write(out, record, false);
    }
    // Behind a table within it, TOML has no way back to this one.
    for (PolicyKey<R, ?> key : keys) {
      key.write(out, record, true);
    }
  }

  /** Adds the options of its keys. */
  void options(List<PolicyOption> all) {
    for (PolicyKey<R, ?> key : keys) {
      key.options().forEach(option -> all.add(bound(option)));
    }
    options.forEach(option -> all.add(bound(option)));
  }

  private PolicyOption bound(PolicyKey.Option<R> option) {
    return new PolicyOption(
        option.name(),
        option.label(),
        option.help(),
        option.repeatable(),
        (policy, values) -> set.accept(policy, option.set().apply(get.apply(policy), values)));
  }

  /** Adds what editors may know of it. */
  void describe(Map<String, Object> properties) {
    R standard = get.apply(Policy.builder());
    Map<String, Object> described = new LinkedHashMap<>();
    for (PolicyKey<R, ?> key : keys) {
      key.describe(described, standard);
    }
    Map<String, Object> table = Schema.of("description", help);
    table.putAll(Schema.table(described, List.of()));
    properties.put(name, table);
  }
}
