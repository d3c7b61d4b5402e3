package io.github.cofferdam.bench;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how far a run is: one line for each section, with what has been done of it, the time that
 * took and about how long the rest will take. On a terminal the line changes in place; elsewhere a
 * new one is written now and then.
 */
final class ProgressDisplay {
  private static final long TERMINAL_NANOS = 100_000_000;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  /** Carriage return; erase to the end of the line (ECMA-48, EL). */
  private static final String AGAIN = "\r\u001b[K";

  /** So that a line is one line on most terminals. */
  private static final int WIDTH = 78;

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier clock;
  private final int sections;

  private int number;
  private String section = "";
  private long begun;
  private long shown;

  /**
   * @param terminal whether lines can change in place
   * @param clock nanoseconds, as of {@link System#nanoTime}
   * @param sections how many there will be
   */
  ProgressDisplay(PrintWriter out, boolean terminal, LongSupplier clock, int sections) {
    this.out = out;
    this.terminal = terminal;
    this.clock = clock;
    this.sections = sections;
  }

  /** A section begins. */
  Progress begin(String id) {
    number++;
    section = "[%d/%d] %s".formatted(number, sections, id);
    begun = clock.getAsLong();
    show("begins");
    return this::at;
  }

  private void at(String what, double done) {
    long now = clock.getAsLong();
    if (now - shown < (terminal ? TERMINAL_NANOS : PLAIN_NANOS)) {
      return;
    }
    double share = Math.clamp(done, 0.0, 1.0);
    long elapsed = now - begun;
    String left =
        share < 0.01 ? "" : ", " + duration((long) (elapsed * (1 - share) / share)) + " left";
    show("%3.0f%% %s%s: %s".formatted(share * 100, duration(elapsed), left, what));
  }

  /** The section has ended. */
  void end() {
    last("100% " + duration(clock.getAsLong() - begun));
  }

  /** The section has failed. */
  void failed(Exception why) {
    last("failed: " + why);
  }

  private void last(String state) {
    show(state);
    if (terminal) {
      out.println();
      out.flush();
    }
  }

  private void show(String state) {
    shown = clock.getAsLong();
    String line = section + "  " + state;
    if (terminal) {
      out.print(AGAIN + (line.length() > WIDTH ? line.substring(0, WIDTH) : line));
    } else {
      out.println(line);
    }
    out.flush();
  }

  private static String duration(long nanos) {
    long seconds = Math.round(nanos / 1e9);
    return seconds < 60
        ? seconds + " s"
        : String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60);
  }
}
