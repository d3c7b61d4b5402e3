package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;

/** Whether a figure changed between two results. */
enum Verdict {
  /** It changed for the better. */
  BETTER,
  /** It changed for the worse. */
  WORSE,
  /** No difference seen: there may be one that is too small for so few samples. */
  SAME,
  /** Too few samples to say. */
  UNKNOWN;

  /**
   * What a change has to be larger than, as a share. Below, a difference between two builds may be
   * real, but is as likely one of where their code happens to lie in memory.
   */
  static final double LEAST_EFFECT = 0.03;

  /** Judges by the ratio of the figure after to the figure before. */
  static Verdict of(Measure measure, Ratio ratio) {
    if (ratio.interval().isEmpty()) {
      return UNKNOWN;
    }
    boolean more = ratio.interval().get().low() > 1 && ratio.value() > 1 + LEAST_EFFECT;
    boolean less = ratio.interval().get().high() < 1 && ratio.value() < 1 / (1 + LEAST_EFFECT);
    if (!more && !less) {
      return SAME;
    }
    return less == measure.lessIsBetter() ? BETTER : WORSE;
  }

  /** {@return the verdict in the words that fit the measure} */
  String words(Measure measure) {
    boolean speed =
        measure == Measure.WALL_TIME || measure == Measure.CPU_TIME || measure == Measure.RATE;
    return switch (this) {
      case BETTER -> speed ? "faster" : "less";
      case WORSE -> speed ? "slower" : "more";
      case SAME -> "no difference seen";
      case UNKNOWN -> "too few samples";
    };
  }
}
