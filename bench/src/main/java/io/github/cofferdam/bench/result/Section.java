package io.github.cofferdam.bench.result;

import java.util.List;

/**
 * One question that was measured.
 *
 * @param id short and stable, such as {@code start}: by it two results are compared
 * @param title the question's name, for people
 * @param about what was done and how to read it, in a few sentences of plain text
 * @param form how its figures belong together
 * @param parameter for curves, what {@link Series#at} is, with its unit; else empty text
 * @param series in the order in which they are shown
 */
public record Section(
    String id, String title, String about, Form form, String parameter, List<Series> series) {
  public Section {
    series = List.copyOf(series);
  }

  /** How a section's figures belong together. */
  public enum Form {
    /**
     * The series of a group did the same in turns: sample {@code n} of each is of round {@code n},
     * and the group's first one is what the others are compared with.
     */
    COMPARISON,

    /** The series with one label are points of one curve over the parameter. */
    CURVE
  }
}
