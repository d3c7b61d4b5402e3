package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;
import java.util.Optional;

/**
 * How one figure of one series differs between two results.
 *
 * @param ours whether a change for the worse is a regression of this project
 * @param before the median in the earlier result
 * @param after the median in the later result
 * @param clock the ratio of the medians, after to before; empty if there is none
 * @param relative the same for the ratio to the group's first within each round, from which what
 *     befell the whole machine has gone; empty for the first itself, and for curves
 */
record Change(
    Name name,
    Measure measure,
    boolean ours,
    double before,
    double after,
    Optional<Ratio> clock,
    Optional<Ratio> relative) {
  /** What a series is called in its result. */
  record Name(String section, String group, String label, Optional<Double> at) {
    /** {@return the label, and the point of a curve} */
    String way() {
      return at.map(x -> label + " at " + Unit.parameter(x)).orElse(label);
    }

    String words() {
      return section + ", " + group + ", " + way();
    }
  }

  Verdict byClock() {
    return clock.map(ratio -> Verdict.of(measure, ratio)).orElse(Verdict.UNKNOWN);
  }

  Optional<Verdict> byRelative() {
    return relative.map(ratio -> Verdict.of(measure, ratio));
  }

  /** {@return what counts: the comparison without drift where there is one} */
  Verdict verdict() {
    return byRelative().orElse(byClock());
  }

  /** {@return the verdict, and which of the two comparisons shows it} */
  String words() {
    if (byRelative().isEmpty()) {
      return byClock().words(measure);
    }
    Verdict against = byRelative().get();
    if (against == byClock()) {
      return against == Verdict.BETTER || against == Verdict.WORSE
          ? against.words(measure) + " (both)"
          : against.words(measure);
    }
    if (against == Verdict.SAME || against == Verdict.UNKNOWN) {
      return against.words(measure) + " (medians alone: " + byClock().words(measure) + ")";
    }
    return against.words(measure)
        + " (against the first; medians: "
        + byClock().words(measure)
        + ")";
  }
}
