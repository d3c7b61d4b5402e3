package io.github.cofferdam.documents;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** Strict reading of one JSON text: no comments, no key twice, nothing after the end. */
public final class JsonReader {
  /** Keys and values together; a profile that was written out at length has some ten thousand. */
  static final int MAX_NODES = 200_000;

  private final Problems problems;
  private final TextPlaces places;
  private final JsonParser parser;
  private int nodes;

  private JsonReader(TextPlaces places, Problems problems, JsonParser parser) {
    this.places = places;
    this.problems = problems;
    this.parser = parser;
  }

  /**
   * {@return the value that a text consists of}
   *
   * @param places those of the text
   * @param problems gets what is wrong with it
   * @throws DocumentException if it is not JSON, or an object has a key twice
   */
  public static JsonNode read(TextPlaces places, Problems problems) throws DocumentException {
    try (JsonParser parser =
        new JsonFactory().createParser(ObjectReadContext.empty(), places.text())) {
      var reader = new JsonReader(places, problems, parser);
      JsonNode root = reader.value(parser.nextToken(), 1);
      if (parser.nextToken() != null) {
        throw reader.failure(reader.offset(), "text after the end of the JSON value");
      }
      problems.throwIfAny();
      return root;
    } catch (JacksonException e) {
      TokenStreamLocation location = e.getLocation();
      long at = location == null ? -1 : location.getCharOffset();
      places.report(
          problems,
          at < 0 ? places.text().length() : (int) at,
          null,
          "invalid JSON: " + withoutAdvice(String.valueOf(e.getOriginalMessage())));
      problems.throwIfAny();
      throw e;
    }
  }

  /** What the parser says to programmers helps nobody here. */
  private static String withoutAdvice(String message) {
    int end = message.length();
    for (String advice : List.of(" (start marker", ": enable `", " (not recognized")) {
      int at = message.indexOf(advice);
      end = at < 0 ? end : Math.min(end, at);
    }
    return message.substring(0, end);
  }

  private int offset() {
    return (int) parser.currentTokenLocation().getCharOffset();
  }

  private DocumentException failure(int offset, String message) throws DocumentException {
    places.report(problems, offset, null, message);
    problems.throwIfAny();
    throw new IllegalStateException(message);
  }

  private JsonNode value(@Nullable JsonToken token, int depth) throws DocumentException {
    int offset = offset();
    if (depth > TomlScan.MAX_DEPTH) {
      throw failure(offset, "nested more than " + TomlScan.MAX_DEPTH + " levels deep");
    }
    if (++nodes > MAX_NODES) {
      throw failure(offset, "more than " + MAX_NODES + " keys and values");
    }
    return switch (token) {
      case START_OBJECT -> members(offset, depth);
      case START_ARRAY -> {
        var elements = new ArrayList<JsonNode>();
        for (JsonToken next = parser.nextToken();
            next != JsonToken.END_ARRAY;
            next = parser.nextToken()) {
          elements.add(value(next, depth + 1));
        }
        yield new JsonNode.Elements(offset, List.copyOf(elements));
      }
      case VALUE_STRING -> new JsonNode.Quoted(offset, parser.getString());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNode.Digits(offset, parser.getString());
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> new JsonNode.Word(offset, parser.getString());
      case null -> throw failure(places.text().length(), "invalid JSON: the text ends too early");
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
          throw failure(offset, "invalid JSON: " + token);
    };
  }

  private JsonNode members(int offset, int depth) throws DocumentException {
    Map<String, JsonNode.Member> members = new LinkedHashMap<>();
    for (JsonToken next = parser.nextToken();
        next == JsonToken.PROPERTY_NAME;
        next = parser.nextToken()) {
      int at = offset();
      nodes++;
      String key = parser.getString();
      JsonNode value = value(parser.nextToken(), depth + 1);
      JsonNode.Member first = members.putIfAbsent(key, new JsonNode.Member(at, value));
      if (first != null) {
        places.report(
            problems,
            at,
            key,
            "duplicate key " + Text.quote(key) + ", first at " + places.at(first.offset()));
      }
    }
    return new JsonNode.Members(offset, members);
  }
}
