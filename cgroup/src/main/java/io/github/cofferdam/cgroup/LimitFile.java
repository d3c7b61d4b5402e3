package io.github.cofferdam.cgroup;

import java.util.List;
import java.util.OptionalLong;

/**
 * The file that sets a limit, in one version.
 *
 * @param controller what a group must have for the file to be there; empty if no controller of this
 *     version does that
 * @param name of the file, in the group's directory
 * @param form how the limit is written
 */
record LimitFile(String controller, String name, Form form) {
  static final LimitFile NONE = new LimitFile("", "", Form.NUMBER);

  /** Length of the periods in which CPU time is shared out, in microseconds: the default. */
  private static final long PERIOD = 100_000;

  /** How a limit is written. */
  enum Form {
    /** As it is. */
    NUMBER,
    /** Percents of a CPU, as quota and period: {@code 50000 100000}. */
    SHARE,
    /** Percents of a CPU, as a quota; the period has a file of its own. */
    QUOTA,
    /** A line for each device, see {@link IoLimit}. */
    RATES
  }

  /**
   * What is written to a file.
   *
   * @param file its name
   * @param text what is written
   */
  record Setting(String file, String text) {}

  /** {@return what sets the limit, one after the other} */
  List<Setting> settings(long limit) {
    return switch (form) {
      case NUMBER -> List.of(new Setting(name, Long.toString(limit)));
      case SHARE -> List.of(new Setting(name, quota(limit) + " " + PERIOD));
      case QUOTA ->
          List.of(
              new Setting("cpu.cfs_period_us", Long.toString(PERIOD)),
              new Setting(name, Long.toString(quota(limit))));
      case RATES -> throw new IllegalStateException(name + " takes rates of devices");
    };
  }

  /** {@return what sets rates of devices} */
  List<Setting> settings(List<IoLimit> rates) {
    return rates.stream().map(rate -> new Setting(name, rate.line())).toList();
  }

  private static long quota(long percent) {
    return percent * PERIOD / 100;
  }

  /** {@return the limit that stands in the file; empty if it says that there is none} */
  OptionalLong limit(String text) {
    String[] words = text.strip().split(" ", 2);
    if (words[0].isEmpty() || words[0].equals("max")) {
      return OptionalLong.empty();
    }
    return switch (form) {
      case NUMBER -> OptionalLong.of(Long.parseLong(words[0]));
      case SHARE ->
          words.length < 2
              ? OptionalLong.empty()
              : OptionalLong.of(
                  Math.max(1, Long.parseLong(words[0]) * 100 / Long.parseLong(words[1])));
      case QUOTA, RATES -> OptionalLong.empty();
    };
  }
}
