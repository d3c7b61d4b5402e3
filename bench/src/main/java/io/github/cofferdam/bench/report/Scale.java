package io.github.cofferdam.bench.report;

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
  private static final double[] STEPS = {1, 2, 5, 10};

  /** {@return an axis that has room for all of the figures} */
  static Scale over(Collection<Double> figures) {
    double least = figures.stream().mapToDouble(x -> x).min().orElse(0);
    double most = figures.stream().mapToDouble(x -> x).max().orElse(1);
    double smallest = figures.stream().mapToDouble(x -> x).filter(x -> x > 0).min().orElse(1);
    if (least >= 0 && most / smallest > WIDE) {
      return logarithmic(smallest, most, least == 0);
    }
    return linear(Math.min(0, least), Math.max(0, most));
  }

  /** {@return an axis of a parameter, of which measured values are marked where there is room} */
  static Scale ofParameter(Collection<Double> values) {
    Scale scale = over(values);
    if (!scale.logarithmic) {
      return scale;
    }
    var measured = new TreeSet<>(values);
    double low = measured.higher(0.0);
    var whole = new Scale(true, scale.zeroApart, low, measured.last(), List.of());
    var ticks = new ArrayList<Double>();
    for (double value : measured) {
      if (ticks.isEmpty() || whole.place(value) - whole.place(ticks.getLast()) >= ROOM) {
        ticks.add(value);
      }
    }
    return new Scale(true, scale.zeroApart, low, measured.last(), ticks);
  }

  private static Scale linear(double least, double most) {
    double range = most - least == 0 ? 1 : most - least;
    double step = step(range / MOST_TICKS);
    double low = Math.floor(least / step) * step;
    double high = most - least == 0 ? low + range : Math.ceil(most / step) * step;
    var ticks = new ArrayList<Double>();
    for (long i = Math.round(low / step); i <= Math.round(high / step); i++) {
      ticks.add(i * step);
    }
    return new Scale(false, false, low, high, ticks);
  }

  /** {@return the first round figure that is not below} */
  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double step : STEPS) {
      if (step * power >= least * (1 - 1e-9)) {
        return step * power;
      }
    }
    return 10 * power;
  }

  private static Scale logarithmic(double smallest, double most, boolean zero) {
    int from = (int) Math.floor(Math.log10(smallest));
    int to = (int) Math.ceil(Math.log10(most));
    var ticks = new TreeSet<Double>();
    int every = (to - from) / MOST_TICKS + 1;
    for (int power = from; power <= to; power += every) {
      ticks.add(Math.pow(10, power));
      if (to - from <= 2) {
        ticks.add(2 * Math.pow(10, power));
        ticks.add(5 * Math.pow(10, power));
      }
    }
    // From the round figure below the smallest to the one above the largest.
    double low = ticks.stream().filter(x -> x <= smallest * (1 + 1e-9)).toList().getLast();
    double high = Math.pow(10, to);
    for (double tick : ticks) {
      if (tick >= most * (1 - 1e-9)) {
        high = tick;
        break;
      }
    }
    double end = high;
    var shown = new ArrayList<>(ticks.stream().filter(x -> x >= low && x <= end).toList());
    if (zero) {
      shown.addFirst(0.0);
    }
    return new Scale(true, zero, low, high, shown);
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
