package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Medians and ratios of a run, for those who wait for it at a terminal. */
final class ResultTable {
  private ResultTable() {}

  static void print(PrintWriter out, BenchResult result) {
    for (Section section : result.sections()) {
      out.println();
      out.println(section.title());
      String group = "";
      List<Double> base = List.of();
      for (Series series : section.series()) {
        Measure measure = firstMeasure(series);
        List<Double> samples = series.samples().getOrDefault(measure, List.of());
        if (!series.group().equals(group)) {
          group = series.group();
          base = samples;
          out.println("  " + group);
        }
        String label =
            series.label()
                + series
                    .at()
                    .map(at ->
                        " (%s %s)"
                            .formatted(section.parameter(), at % 1 == 0 ? at.longValue() : at))
                    .orElse("");
        String ratio =
            section.form() == Section.Form.COMPARISON && !base.isEmpty()
                ? "%8.2f".formatted(median(ratios(samples, base)))
                : "";
        out.println(
            series
                .missing()
                .map(why -> "    %-38s %s".formatted(label, why))
                .orElseGet(() ->
                    "    %-38s%14s%s".formatted(label, text(median(samples), measure), ratio)));
      }
    }
  }

  /** What the table shows of a series that has several measures. */
  private static Measure firstMeasure(Series series) {
    for (Measure measure : Measure.values()) {
      if (series.samples().containsKey(measure)) {
        return measure;
      }
    }
    return Measure.WALL_TIME;
  }

  /** To the first series, round by round. */
  private static List<Double> ratios(List<Double> samples, List<Double> base) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < Math.min(samples.size(), base.size()); i++) {
      ratios.add(samples.get(i) / base.get(i));
    }
    return ratios;
  }

  private static double median(List<Double> samples) {
    List<Double> sorted = samples.stream().sorted().toList();
    int middle = sorted.size() / 2;
    if (sorted.isEmpty()) {
      return Double.NaN;
    }
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String text(double figure, Measure measure) {
    return switch (measure.unit()) {
      case "ns" ->
          figure < 1e7
              ? String.format(Locale.ROOT, "%.0f us", figure / 1e3)
              : String.format(Locale.ROOT, "%.1f ms", figure / 1e6);
      case "B" -> String.format(Locale.ROOT, "%.1f MiB", figure / (1 << 20));
      default -> String.format(Locale.ROOT, "%.1f%s", figure, measure.unit());
    };
  }
}
