package io.github.cofferdam.launcher;

/**
 * Size of a terminal's window, in characters.
 *
 * @param rows 1 to 65535
 * @param columns 1 to 65535
 */
public record TerminalSize(int rows, int columns) {
  /** What terminals have had since they were made of glass: 24 rows of 80 columns. */
  public static final TerminalSize DEFAULT = new TerminalSize(24, 80);

  private static final int MAX = 0xffff;

  /**
   * A size.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public TerminalSize {
    if (rows < 1 || rows > MAX || columns < 1 || columns > MAX) {
      throw new IllegalArgumentException("not a terminal's size: " + rows + " x " + columns);
    }
  }
}
