package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * How figures of one kind are written.
 *
 * @param name the unit's name, such as µs; empty for counts
 * @param size how many of the measure's own units it is
 * @param decimals digits behind the point
 */
record Unit(String name, double size, int decimals) {
  private static final int MOST_DECIMALS = 3;
  private static final int DIGITS = 3;
  private static final double MOST = 1e6;

  private static List<Unit> of(Measure measure) {
    return switch (measure) {
      case WALL_TIME, CPU_TIME ->
          List.of(
              new Unit("ns", 1, 0),
              new Unit("µs", 1e3, 0),
              new Unit("ms", 1e6, 0),
              new Unit("s", 1e9, 0));
      case PEAK_MEMORY, MEMORY ->
          List.of(
              new Unit("B", 1, 0),
              new Unit("KiB", 1L << 10, 0),
              new Unit("MiB", 1L << 20, 0),
              new Unit("GiB", 1L << 30, 0));
      case RATE -> List.of(new Unit("/s", 1, 0), new Unit("M/s", 1e6, 0), new Unit("G/s", 1e9, 0));
      case DESCRIPTORS, THREADS -> List.of(new Unit("", 1, 0));
    };
  }

  /**
   * The one unit of a table's column, so that a longer number is a larger one.
   *
   * @param typical the figure that the unit is chosen for
   * @param figures what is in the column; the smallest gets three digits where that takes no more
   *     than three decimals
   */
  static Unit ofColumn(Measure measure, double typical, Collection<Double> figures) {
    Unit unit = largestIn(measure, Math.abs(typical));
    double smallest =
        figures.stream().mapToDouble(Math::abs).filter(x -> x > 0).min().orElse(unit.size);
    boolean whole = figures.stream().allMatch(x -> x == Math.rint(x));
    int decimals =
        whole && unit.size == 1
            ? 0
            : DIGITS - 1 - (int) Math.floor(Math.log10(smallest / unit.size));
    return new Unit(unit.name, unit.size, Math.clamp(decimals, 0, MOST_DECIMALS));
  }

  private static Unit largestIn(Measure measure, double figure) {
    List<Unit> units = of(measure);
    Unit best = units.getFirst();
    for (Unit unit : units) {
      if (figure >= unit.size) {
        best = unit;
      }
    }
    return best;
  }

  /** {@return the figure alone} */
  String number(double figure) {
    String number = String.format(Locale.ROOT, "%,." + decimals + "f", figure / size);
    return number.equals("-0") ? "0" : number;
  }

  /** {@return a measure's name and this unit, as the head of a column} */
  String head(String what) {
    return name.isEmpty() ? what : what + ", " + name;
  }

  /** {@return the figure with three digits and the unit that fits it best} */
  static String figure(Measure measure, double figure) {
    if (figure == 0) {
      return "0";
    }
    // Rounded first, where units are powers of ten: 999.9 µs are 1.00 ms, but 1024 bytes no 1020.
    double rounded = Scale.Round.of(measure) == Scale.Round.DECIMAL ? digits(figure) : figure;
    Unit unit = largestIn(measure, Math.abs(rounded));
    double shown = rounded / unit.size;
    // Beyond the largest unit there is no room for all digits.
    String number =
        Math.abs(shown) < MOST ? significant(shown) : String.format(Locale.ROOT, "%.2e", shown);
    boolean counts = unit.name.isEmpty();
    if (counts && number.contains(".") && figure == Math.rint(figure)) {
      number = number.substring(0, number.indexOf('.'));
    }
    // Not broken between number and unit; rates are written together.
    return number + (counts || unit.name.equals("/s") ? "" : "\u00a0") + unit.name;
  }

  /** {@return the figure without zeros at its end, for an axis} */
  static String tick(Measure measure, double figure) {
    return shortened(figure(measure, figure));
  }

  /** {@return a ratio, or another number without a unit, with three digits} */
  static String ratio(double ratio) {
    return ratio == 0 ? "0" : significant(ratio);
  }

  /** {@return a share of one in percent} */
  static String percent(double share) {
    String number =
        String.format(Locale.ROOT, share > 0 && share < 0.0995 ? "%.1f" : "%,.0f", share * 100);
    return number + "\u00a0%";
  }

  /** {@return a parameter's value: whole, or with three digits} */
  static String parameter(double value) {
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    return whole ? String.format(Locale.ROOT, "%,.0f", value) : shortened(significant(value));
  }

  private static String shortened(String number) {
    return number.replaceFirst("(\\.\\d*?)0+(?!\\d)", "$1").replaceFirst("\\.(?!\\d)", "");
  }

  private static double digits(double figure) {
    return new BigDecimal(figure).round(new MathContext(DIGITS)).doubleValue();
  }

  private static String significant(double number) {
    double magnitude = Math.abs(digits(number));
    if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e15)) {
      return String.format(Locale.ROOT, "%.2e", number);
    }
    int decimals = DIGITS - 1 - (int) Math.floor(Math.log10(magnitude));
    return String.format(Locale.ROOT, "%,." + Math.max(0, decimals) + "f", number);
  }
}
