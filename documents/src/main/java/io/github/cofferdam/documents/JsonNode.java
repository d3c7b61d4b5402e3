package io.github.cofferdam.documents;

import java.util.List;
import java.util.Map;

/** A piece of a JSON text, and where it begins: the offset of its first character. */
public sealed interface JsonNode {
  /** {@return where it begins, in characters from the beginning of the text} */
  int offset();

  /** {@return what a message calls it, such as {@code the number 7}} */
  String describe();

  /** An object; its keys in the order of the text, each once. */
  record Members(int offset, Map<String, Member> members) implements JsonNode {
    @Override
    public String describe() {
      return "an object";
    }
  }

  /** A key of an object, and its value. */
  record Member(int offset, JsonNode value) {}

  /** An array. */
  record Elements(int offset, List<JsonNode> elements) implements JsonNode {
    @Override
    public String describe() {
      return "an array";
    }
  }

  /** A string. */
  record Quoted(int offset, String text) implements JsonNode {
    @Override
    public String describe() {
      return "the string " + Text.quote(text);
    }
  }

  /** A number, as it is written. */
  record Digits(int offset, String digits) implements JsonNode {
    @Override
    public String describe() {
      return "the number " + (digits.length() > 40 ? digits.substring(0, 40) + "..." : digits);
    }
  }

  /** True, false or null. */
  record Word(int offset, String word) implements JsonNode {
    @Override
    public String describe() {
      return word;
    }
  }
}
