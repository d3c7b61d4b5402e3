package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Series;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A series without figures, and why. */
record Absent(String label, String reason) {
  static Absent of(Series series) {
    return new Absent(name(series), series.missing().orElse("no figures"));
  }

  /** {@return by reason, what is absent for it} */
  static Map<String, String> byReason(List<Absent> all) {
    var reasons = new LinkedHashMap<String, String>();
    for (Absent absent : all) {
      reasons.merge(absent.reason, absent.label, (before, label) -> before + ", " + label);
    }
    return reasons;
  }

  /** {@return the label, and the point of a curve} */
  static String name(Series series) {
    return series
        .at()
        .map(at -> series.label() + " at " + Unit.parameter(at))
        .orElse(series.label());
  }
}
