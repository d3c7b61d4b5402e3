package io.github.cofferdam.documents;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines and columns of a text. */
public final class TextPlaces {
  private final String text;
  private final List<Integer> lineStarts = new ArrayList<>();

  /**
   * The places of a text.
   *
   * @param text as it was decoded; offsets count its {@code char}s
   */
  public TextPlaces(String text) {
    this.text = text;
    lineStarts.add(0);
    for (int i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) {
      lineStarts.add(i + 1);
    }
  }

  /**
   * A place.
   *
   * @param line counted from 1
   * @param column counted in characters from 1
   */
  public record Place(int line, int column) {
    /** {@return line and column, such as {@code 3:7}} */
    @Override
    public String toString() {
      return line + ":" + column;
    }
  }

  String text() {
    return text;
  }

  Place at(int offset) {
    int end = Math.clamp(offset, 0, text.length());
    int found = Collections.binarySearch(lineStarts, end);
    int line = found >= 0 ? found : -found - 2;
    return new Place(line + 1, text.codePointCount(lineStarts.get(line), end) + 1);
  }

  void report(Problems problems, int offset, @Nullable String key, String message) {
    Place place = at(offset);
    problems.add(place.line(), place.column(), key, message);
  }
}
