package io.github.cofferdam.documents;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One object of a JSON text. As {@link TomlSection}: every getter makes its key a known one, and a
 * value of the wrong kind is reported with its place and then counts as absent. So does null, as it
 * does in Go.
 */
public final class JsonSection {
  private static final Pattern PLAIN = Pattern.compile("[\\w$@-]{1,60}");

  private final TextPlaces places;
  private final Problems problems;
  private final String path;
  private final int offset;
  private final Map<String, JsonNode.Member> members;
  private final Set<String> known = new LinkedHashSet<>();

  /**
   * An object's keys, of which none is known yet.
   *
   * @param places those of the text, for messages
   * @param problems gets what is wrong with it
   * @param path the dotted key that leads to it; empty for the whole text
   * @param node what was read
   */
  public JsonSection(TextPlaces places, Problems problems, String path, JsonNode.Members node) {
    this.places = places;
    this.problems = problems;
    this.path = path;
    this.offset = node.offset();
    this.members = node.members();
  }

  /** {@return where the object begins} */
  public TextPlaces.Place place() {
    return places.at(offset);
  }

  /** {@return all of its keys, in the order of the text}; makes none of them known */
  public Set<String> keys() {
    return members.keySet();
  }

  /** {@return whether a key is there with a value that is not null} */
  public boolean has(String key) {
    return node(key) != null;
  }

  /** {@return the key with the path to it, as messages name it}; quoted if it is no plain word */
  public String dotted(String key) {
    String name = PLAIN.matcher(key).matches() ? key : Text.quote(key);
    return path.isEmpty() ? name : path + "." + name;
  }

  /** Reports a problem with a value, or with the object if there is no such value. */
  public void fail(String key, String message) {
    JsonNode node = node(key);
    fail(node == null ? offset : node.offset(), dotted(key), message);
  }

  private void fail(int at, String key, String message) {
    places.report(problems, at, key, key.isEmpty() ? message : key + ": " + message);
  }

  @Nullable JsonNode node(String key) {
    known.add(key);
    JsonNode.Member member = members.get(key);
    return member == null
            || (member.value() instanceof JsonNode.Word word && word.word().equals("null"))
        ? null
        : member.value();
  }

  private <T> Optional<T> wrong(String key, String expected, JsonNode found) {
    fail(key, "expected " + expected + ", found " + found.describe());
    return Optional.empty();
  }

  /** {@return a string; empty if it is absent, or something else and reported} */
  public Optional<String> text(String key) {
    return switch (node(key)) {
      case null -> Optional.empty();
      case JsonNode.Quoted text -> Optional.of(text.text());
      case JsonNode other -> wrong(key, "a string", other);
    };
  }

  /**
   * {@return a whole number of 64 bits without a sign} Empty if it is absent, or something else and
   * reported.
   */
  public Optional<Long> number(String key) {
    JsonNode node = node(key);
    if (node instanceof JsonNode.Digits digits) {
      try {
        return Optional.of(Long.parseUnsignedLong(digits.digits()));
      } catch (NumberFormatException e) {
        return wrong(key, "a whole number from 0 to 18446744073709551615", node);
      }
    }
    return node == null ? Optional.empty() : wrong(key, "a whole number", node);
  }

  /** {@return an array of strings}, without those elements that are none, which are reported */
  public List<String> texts(String key) {
    var texts = new ArrayList<String>();
    List<JsonNode> elements = elements(key, "an array of strings");
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof JsonNode.Quoted text) {
        texts.add(text.text());
      } else {
        wrongElement(key, i, "a string", elements.get(i));
      }
    }
    return texts;
  }

  /** {@return an array of objects}, without those elements that are none, which are reported */
  public List<JsonSection> sections(String key) {
    var sections = new ArrayList<JsonSection>();
    List<JsonNode> elements = elements(key, "an array of objects");
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof JsonNode.Members object) {
        sections.add(new JsonSection(places, problems, dotted(key) + "[" + i + "]", object));
      } else {
        wrongElement(key, i, "an object", elements.get(i));
      }
    }
    return sections;
  }

  /** {@return an object; empty if it is absent, or something else and reported} */
  public Optional<JsonSection> section(String key) {
    return switch (node(key)) {
      case null -> Optional.empty();
      case JsonNode.Members object ->
          Optional.of(new JsonSection(places, problems, dotted(key), object));
      case JsonNode other -> wrong(key, "an object", other);
    };
  }

  private List<JsonNode> elements(String key, String expected) {
    return switch (node(key)) {
      case null -> List.of();
      case JsonNode.Elements array -> array.elements();
      case JsonNode other -> {
        var _ = wrong(key, expected, other);
        yield List.of();
      }
    };
  }

  private void wrongElement(String key, int index, String expected, JsonNode found) {
    fail(
        found.offset(),
        dotted(key) + "[" + index + "]",
        "expected " + expected + ", found " + found.describe());
  }

  /** One of a few names, or what is meant by it. */
  <T> Optional<T> choice(String key, Map<String, T> values) {
    String text = text(key).orElse(null);
    if (text == null) {
      return Optional.empty();
    }
    T value = values.get(text);
    if (value == null) {
      fail(key, "unknown value " + Text.quote(text) + suggestion(text, values.keySet()));
    }
    return Optional.ofNullable(value);
  }

  /**
   * {@return the end of a message on an unknown word: the nearest valid one, else all of them}
   *
   * @param text the word
   * @param values those that are valid
   */
  public static String suggestion(String text, Set<String> values) {
    return Nearest.of(text, values)
        .map(near -> "; did you mean \"" + near + "\"?")
        .orElse("; valid: \"" + String.join("\", \"", values) + "\"");
  }

  /** Makes keys known that say nothing. */
  public void passOver(String... keys) {
    known.addAll(List.of(keys));
  }

  /**
   * Reports keys that nobody asked for and that look like a misspelt one, for such a one changes
   * what the profile says; passes over others, as container engines do.
   *
   * @param remarks gets those
   */
  public void reportUnknown(String source, List<String> remarks) {
    for (Map.Entry<String, JsonNode.Member> member : members.entrySet()) {
      String key = member.getKey();
      if (known.contains(key) || problems.size() >= TomlReader.MAX_PROBLEMS) {
        continue;
      }
      int at = member.getValue().offset();
      String unknown = "unknown key " + dotted(key);
      Nearest.of(key, known)
          .ifPresentOrElse(
              near ->
                  places.report(
                      problems, at, dotted(key), unknown + "; did you mean " + dotted(near) + "?"),
              () -> remarks.add(source + ":" + places.at(at) + ": " + unknown + " is not used"));
    }
  }
}
