package io.github.cofferdam.documents;

import io.github.cofferdam.libraries.tomlj.Toml;
import io.github.cofferdam.libraries.tomlj.TomlParseError;
import io.github.cofferdam.libraries.tomlj.TomlParseResult;
import java.util.ArrayList;
import java.util.List;

/**
 * Strict reading of one TOML text: whoever reads asks for every key it knows, and what nobody asked
 * for is an error.
 *
 * <p>This class and {@link TomlSection} are the only ones that touch the TOML library, so that its
 * classes are loaded only where there is a policy file.
 */
public final class TomlReader {
  /** After so many problems no more suggestions are searched for. */
  public static final int MAX_SUGGESTIONS = 50;

  /** After so many problems the rest of a list is not looked at. */
  public static final int MAX_PROBLEMS = 500;

  private final Problems problems;
  private final List<TomlSection> sections = new ArrayList<>();

  private TomlReader(Problems problems) {
    this.problems = problems;
  }

  /**
   * {@return the top of a text}
   *
   * @param text the whole of it
   * @param problems gets what is wrong with it, now and when its keys are read
   * @throws DocumentException with all syntax errors; a text with a syntax error is not looked at
   *     further, because what the parser skips would look like missing keys
   */
  public static TomlSection read(String text, Problems problems) throws DocumentException {
    TomlScan.check(text, problems);
    problems.throwIfAny();
    TomlParseResult result = Toml.parse(text);
    for (TomlParseError error : result.errors()) {
      problems.add(
          error.position().line(),
          error.position().column(),
          null,
          message(String.valueOf(error.getMessage())));
    }
    problems.throwIfAny();
    return new TomlSection(new TomlReader(problems), "", result, null);
  }

  /** The usual reason why a letter stands where a value should is a text without quotes. */
  private static String message(String message) {
    boolean bare =
        message.startsWith("Unexpected '")
            && message.endsWith("expected a value")
            && Character.isLetter(message.charAt("Unexpected '".length()));
    return "invalid TOML: " + message + (bare ? " (text stands in double quotes)" : "");
  }

  Problems problems() {
    return problems;
  }

  void register(TomlSection section) {
    sections.add(section);
  }

  /** Reports every key that nobody asked for. */
  public void reportUnknown() {
    for (TomlSection section : sections) {
      for (String key : section.unknown()) {
        section.report(key, section.unknownText(key) + suggestion(section, key));
      }
    }
  }

  private String suggestion(TomlSection section, String key) {
    if (problems.size() >= MAX_SUGGESTIONS) {
      return "";
    }
    String near = Nearest.of(key, section.known()).orElse(null);
    if (near != null) {
      return "; did you mean " + section.display(near) + "?";
    }
    for (TomlSection other : sections) {
      if (other.known().contains(key)) {
        return "; did you mean " + other.dotted(key) + "?";
      }
    }
    return "; valid here: " + String.join(", ", section.shown());
  }
}
