package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Where figures are along an axis, from 0 to 1.
 *
 * <p>It is linear and begins at zero, unless the largest figure is more than {@value #WIDE} times
 * the smallest above zero: then it is logarithmic. A logarithm knows no zero: where there is one,
 * it gets a place of its own at the beginning.
 *
 * @param logarithmic whether equal distances are equal ratios
 * @param zeroApart whether zero stands before a gap in a logarithmic axis
 * @param low the figure at the beginning, of a logarithmic axis at the beginning behind the gap
 * @param high the figure at the end
 * @param ticks the figures that are marked, rising
 */
record Scale(boolean logarithmic, boolean zeroApart, double low, double high, List<Double> ticks) {
  /** Beyond this ratio of largest to smallest an axis is logarithmic. */
  static final double WIDE = 20;

  /** Where the part behind the gap begins. */
  private static final double GAP = 0.14;

  /** The least distance of two marked values of a parameter. */
  private static final double ROOM = 0.09;

  private static final int MOST_TICKS = 6;

  /** What ticks are multiples of, in powers of ten. */
  private static final List<Double> STEPS = List.of(1.0, 2.0, 5.0);

  /** What a logarithm may be wrong by. */
  private static final double SMALL = 1e-9;

  /** What is round in the figures' unit. */
  enum Round {
    /** Powers of ten, and two and five times them. */
    DECIMAL,
    /** Powers of two, for bytes. */
    BINARY;

    static Round of(Measure measure) {
      return switch (measure) {
        case PEAK_MEMORY, MEMORY -> BINARY;
        case WALL_TIME, CPU_TIME, RATE, DESCRIPTORS, THREADS -> DECIMAL;
      };
    }

    private double base() {
      return this == BINARY ? 2 : 10;
    }

    /** {@return the first round figure that is not below} */
    private double atLeast(double least) {
      double power = Math.pow(base(), Math.floor(Math.log(least) / Math.log(base()) + SMALL));
      for (double step : this == BINARY ? List.of(1.0) : STEPS) {
        if (step * power >= least * (1 - SMALL)) {
          return step * power;
        }
      }
      return base() * power;
    }
  }

  /** {@return an axis that has room for all of the figures} */
  static Scale over(Collection<Double> figures, Round round) {
    double least = figures.stream().mapToDouble(x -> x).min().orElse(0);
    double most = figures.stream().mapToDouble(x -> x).max().orElse(1);
    double smallest = figures.stream().mapToDouble(x -> x).filter(x -> x > 0).min().orElse(1);
    if (least >= 0 && most / smallest > WIDE) {
      return logarithmic(smallest, most, least == 0, round);
    }
    return linear(Math.min(0, least), Math.max(0, most), round);
  }

  /** {@return an axis of a parameter, of which measured values are marked where there is room} */
  static Scale ofParameter(Collection<Double> values) {
    Scale scale = over(values, Round.DECIMAL);
    if (!scale.logarithmic) {
      return scale;
    }
    var measured = new TreeSet<>(values);
    double low = measured.tailSet(0.0, false).first();
    var whole = new Scale(true, scale.zeroApart, low, measured.last(), List.of());
    var ticks = new ArrayList<Double>();
    for (double value : measured) {
      if (ticks.isEmpty() || whole.place(value) - whole.place(ticks.getLast()) >= ROOM) {
        ticks.add(value);
      }
    }
    return new Scale(true, scale.zeroApart, low, measured.last(), ticks);
  }

  private static Scale linear(double least, double most, Round round) {
    double range = most - least == 0 ? 1 : most - least;
    double step = round.atLeast(range / MOST_TICKS);
    double low = Math.floor(least / step) * step;
    double high = most - least == 0 ? low + range : Math.ceil(most / step) * step;
    var ticks = new ArrayList<Double>();
    for (long i = Math.round(low / step); i <= Math.round(high / step); i++) {
      ticks.add(i * step);
    }
    return new Scale(false, false, low, high, ticks);
  }

  private static Scale logarithmic(double smallest, double most, boolean zero, Round round) {
    double power = Math.log(round.base());
    int from = (int) Math.floor(Math.log(smallest) / power + SMALL);
    int to = (int) Math.ceil(Math.log(most) / power - SMALL);
    // Of few powers of ten the parts are marked, too; of many powers not all.
    boolean parts = round == Round.DECIMAL && to - from <= 2;
    int every = (to - from - 1) / MOST_TICKS + 1;
    var marks = new ArrayList<Double>();
    for (int exponent = from; exponent < to + every; exponent += every) {
      for (double part : parts ? STEPS : List.of(1.0)) {
        marks.add(part * Math.pow(round.base(), exponent));
      }
    }
    // From the last mark below all figures to the first one above.
    double low = marks.stream().filter(x -> x <= smallest * (1 + SMALL)).toList().getLast();
    double high = marks.stream().filter(x -> x >= most * (1 - SMALL)).toList().getFirst();
    var ticks = new ArrayList<>(marks.stream().filter(x -> low <= x && x <= high).toList());
    if (zero) {
      ticks.addFirst(0.0);
    }
    return new Scale(true, zero, low, high, ticks);
  }

  /** {@return where a figure is, from 0 to 1; what is beyond an end is at the end} */
  double place(double figure) {
    if (!logarithmic) {
      return Math.clamp((figure - low) / (high - low), 0, 1);
    }
    double begin = zeroApart ? GAP : 0;
    if (figure <= 0) {
      return 0;
    }
    double share = Math.log(figure / low) / Math.log(high / low);
    return Math.clamp(begin + (1 - begin) * share, 0, 1);
  }

  /** {@return how the axis is to be read, in words; empty for the usual one} */
  String words() {
    if (!logarithmic) {
      return "";
    }
    return zeroApart ? "logarithmic scale, zero apart" : "logarithmic scale";
  }
}
