package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Test cases of other compilers. They stand beside the project, not in it, for their licences'
 * sake.
 */
final class Vectors {
  /** In place of null. */
  static final String NULL = "";

  private Vectors() {}

  /** The content of a file: maps, lists, strings, numbers as text, booleans, {@link #NULL}. */
  static Map<String, Object> read(String name) throws Exception {
    Path file = Path.of("../../shared/vectors", name);
    if (!Files.exists(file)) {
      assertNull(System.getenv("CI"), () -> file + " is missing, which CI must have");
      assumeTrue(
          false, file + " is missing: test cases of other compilers stand beside the project");
    }
    try (JsonParser parser =
        new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(file))) {
      parser.nextToken();
      return map(value(parser));
    }
  }

  @SuppressWarnings("unchecked") // what value() builds
  static Map<String, Object> map(@Nullable Object value) {
    return value == null || value.equals(NULL) ? Map.of() : (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked") // what value() builds
  static List<Object> list(@Nullable Object value) {
    return value == null || value.equals(NULL) ? List.of() : (List<Object>) value;
  }

  static String text(@Nullable Object value) {
    return String.valueOf(value);
  }

  /** Decimal, or hexadecimal with 0x; all 64 bits. */
  static long number(@Nullable Object value) {
    String text = text(value);
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseUnsignedLong(text);
  }

  static long[] numbers(@Nullable Object values) {
    return list(values).stream().mapToLong(Vectors::number).toArray();
  }

  private static Object value(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        var map = new LinkedHashMap<String, Object>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_NULL -> NULL;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> parser.getString();
    };
  }
}
