package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is written about keys elsewhere is what {@link PolicyKeys} says. */
class PolicyKeysTest {
  private static final Path ROOT = Path.of(System.getProperty("cofferdam.root", ".."));
  private static final Path SCHEMA = ROOT.resolve("docs/policy.schema.json");
  private static final Pattern HEADING = Pattern.compile("(?:## |`\\[)\\[(\\w+(?:\\.\\w+)?)\\].*");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern DEFAULT =
      Pattern.compile("`[^`]+` \\(default\\)|default (?:true|false)\\b");

  /** The keys of every table, and what a schema says of each. */
  private static Map<String, Map<String, Object>> described() {
    Map<String, Map<String, Object>> tables = new LinkedHashMap<>();
    for (PolicyTable<?> table : PolicyKeys.tables()) {
      Map<String, Object> described = new LinkedHashMap<>();
      table.describe(described);
      tables.put(table.name(), properties(get(described, table.name())));
    }
    tables.put("network.command_rules", properties(get(new RulesForm().schema(), "items")));
    tables.put("network.allow", properties(get(new NetworkRulesForm().schema(), "items")));
    return tables;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object object) {
    return (Map<String, Object>) object;
  }

  private static Object get(Map<String, Object> object, String key) {
    return Objects.requireNonNull(object.get(key), key);
  }

  private static Map<String, Object> properties(Object schema) {
    return map(get(map(schema), "properties"));
  }

  /** The rows of docs/policy.md, by table and key. */
  private static Map<String, Map<String, String>> rows() throws IOException {
    Map<String, Map<String, String>> rows = new TreeMap<>();
    String table = "";
    for (String line : Files.readAllLines(ROOT.resolve("docs/policy.md"))) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        table = Objects.requireNonNull(heading.group(1));
      } else if (line.startsWith("| `")) {
        Matcher key = QUOTED.matcher(line.substring(0, line.indexOf('|', 1)));
        while (key.find()) {
          String name = Objects.requireNonNull(key.group(1));
          Map<String, String> ofTable = rows.computeIfAbsent(table, t -> new TreeMap<>());
          assertNull(ofTable.put(name, line), () -> "two rows for " + name);
        }
      }
    }
    return rows;
  }

  @Test
  void everyKeyHasARowAndEveryRowAKey() throws IOException {
    Map<String, Map<String, String>> rows = rows();
    var wrong = new ArrayList<String>();
    described()
        .forEach((table, keys) -> {
          Map<String, String> ofTable = rows.getOrDefault(table, Map.of());
          Set<String> aliases = new HashSet<>();
          for (PolicyTable<?> each : PolicyKeys.tables()) {
            if (each.name().equals(table)) {
              for (PolicyKey<?, ?> key : each.keys()) {
                aliases.addAll(key.aliases());
                String row = ofTable.getOrDefault(key.name(), "");
                key.aliases().stream()
                    .filter(alias -> !row.contains("`" + alias + "`"))
                    .forEach(alias -> wrong.add("no word of " + alias + " at " + key.name()));
              }
            }
          }
          var expected = new TreeSet<>(keys.keySet());
          expected.removeAll(aliases);
          if (!expected.equals(ofTable.keySet())) {
            wrong.add(table + " has the keys " + expected + " and rows for " + ofTable.keySet());
          }
        });
    assertEquals(List.of(), wrong);
    assertEquals(described().keySet(), new HashSet<>(rows.keySet()));
  }

  @Test
  void defaultsAreThoseOfTheDocuments() throws IOException {
    Map<String, Map<String, String>> rows = rows();
    var compared = new ArrayList<String>();
    var wrong = new ArrayList<String>();
    described()
        .forEach((table, keys) ->
            keys.forEach((key, schema) -> {
              Map<String, Object> is = map(schema);
              boolean choice = is.containsKey("enum") || "boolean".equals(is.get("type"));
              if (choice && is.get("default") instanceof Schema.Json standard) {
                String row = rows.getOrDefault(table, Map.of()).getOrDefault(key, "");
                compared.add(key);
                if (!standard.text().equals(written(row))) {
                  wrong.add(table + "." + key + " is " + standard.text() + " and not as in " + row);
                }
              }
            }));
    assertEquals(List.of(), wrong);
    assertTrue(compared.size() > 12, compared::toString);
  }

  /** The default that a row names. */
  private static String written(String row) {
    Matcher said = DEFAULT.matcher(row);
    return said.find() ? said.group().replaceAll("[` ()]|default", "") : "";
  }

  /** Written anew with {@code -Dcofferdam.schema=write}. */
  @Test
  void theCommittedSchemaIsUpToDate() throws IOException {
    if ("write".equals(System.getProperty("cofferdam.schema"))) {
      Files.writeString(SCHEMA, PolicyKeys.schema());
    }
    assertEquals(
        PolicyKeys.schema(),
        Files.readString(SCHEMA),
        "docs/policy.schema.json is not what PolicyKeys says; write it anew with"
            + " mvn -pl policy -am test -Dtest=PolicyKeysTest -Dcofferdam.schema=write"
            + " -Dsurefire.failIfNoSpecifiedTests=false");
  }

  @Test
  void everyOptionHasANameOfItsOwn() {
    List<PolicyOption> options = PolicyKeys.options();
    var names = new HashSet<String>();
    for (PolicyOption option : options) {
      assertTrue(option.name().matches("--[a-z-]+"), option.name());
      assertTrue(names.add(option.name()), option.name());
      assertTrue(option.help().endsWith("."), option.help());
    }
    assertEquals(31, options.size());
  }
}
