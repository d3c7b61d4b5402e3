package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Series;

/** A series without figures, and why. */
record Absent(String label, String reason) {
  static Absent of(Series series) {
    String label =
        series.at().map(at -> series.label() + " at " + Unit.parameter(at)).orElse(series.label());
    return new Absent(label, series.missing().orElse("no figures"));
  }
}
