package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The curves of one group and one measure, which share a plot.
 *
 * @param group what was done
 * @param measure what was measured
 * @param lines one for each label with figures, in order
 * @param absent points without figures
 */
record Curves(String group, Measure measure, List<Line> lines, List<Absent> absent) {
  /** One curve, its points by rising parameter. */
  record Line(String label, List<Point> points) {
    /** {@return the figures at a value of the parameter} */
    Optional<Statistics> at(double parameter) {
      return points.stream()
          .filter(point -> point.at() == parameter)
          .map(Point::statistics)
          .findFirst();
    }
  }

  /** One value of the parameter, and the figures there. */
  record Point(double at, Statistics statistics) {}

  /** {@return the section's curves; the points without figures are with a group's first measure} */
  static List<Curves> of(Section section) {
    var byGroup = new LinkedHashMap<String, List<Series>>();
    for (Series series : section.series()) {
      byGroup.computeIfAbsent(series.group(), x -> new ArrayList<>()).add(series);
    }
    var all = new ArrayList<Curves>();
    byGroup.forEach((group, series) -> all.addAll(of(group, series)));
    return all;
  }

  private static List<Curves> of(String group, List<Series> all) {
    List<Absent> absent =
        all.stream()
            .filter(series ->
                series.at().isEmpty() || series.samples().values().stream().allMatch(List::isEmpty))
            .map(Absent::of)
            .toList();
    var curves = new ArrayList<Curves>();
    for (Measure measure : Measure.values()) {
      List<Line> lines = lines(all, measure);
      if (!lines.isEmpty()) {
        curves.add(new Curves(group, measure, lines, curves.isEmpty() ? absent : List.of()));
      }
    }
    return curves.isEmpty()
        ? List.of(new Curves(group, Measure.WALL_TIME, List.of(), absent))
        : curves;
  }

  private static List<Line> lines(List<Series> all, Measure measure) {
    var points = new LinkedHashMap<String, List<Point>>();
    for (Series series : all) {
      List<Double> samples = Group.samples(series, measure);
      if (series.at().isPresent() && !samples.isEmpty()) {
        points
            .computeIfAbsent(series.label(), x -> new ArrayList<>())
            .add(new Point(series.at().get(), Statistics.of(samples)));
      }
    }
    var lines = new ArrayList<Line>();
    points.forEach((label, of) -> {
      of.sort(Comparator.comparingDouble(Point::at));
      lines.add(new Line(label, List.copyOf(of)));
    });
    return lines;
  }

  /** {@return every value of the parameter, rising} */
  List<Double> parameters() {
    var values = new TreeSet<Double>();
    lines.forEach(line -> line.points().forEach(point -> values.add(point.at())));
    return List.copyOf(values);
  }

  /** {@return every point's median} */
  List<Double> medians() {
    return lines.stream()
        .flatMap(line -> line.points().stream())
        .map(point -> point.statistics().median())
        .toList();
  }

  Unit unit() {
    List<Double> medians = medians();
    return Unit.ofColumn(measure, medians.isEmpty() ? 0 : medians.getFirst(), medians);
  }

  /** {@return the axis of the figures} */
  Scale scale() {
    var figures = new ArrayList<Double>();
    for (Line line : lines) {
      for (Point point : line.points()) {
        figures.add(point.statistics().median());
        // A point shows the interval of its median, or nothing.
        point.statistics().interval().ifPresent(x -> figures.add(x.low()));
        point.statistics().interval().ifPresent(x -> figures.add(x.high()));
      }
    }
    return Scale.over(figures, Scale.Round.of(measure));
  }
}
