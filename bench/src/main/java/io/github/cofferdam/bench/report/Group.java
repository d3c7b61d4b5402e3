package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bench.result.Tool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One group of a comparison, with its figures.
 *
 * @param name what was done
 * @param measure what is compared
 * @param others what else was measured
 * @param first the label of what the others are compared with
 * @param rows the series with figures, in order
 * @param absent those without
 */
record Group(
    String name,
    Measure measure,
    List<Measure> others,
    String first,
    List<Row> rows,
    List<Absent> absent) {
  /**
   * One series.
   *
   * @param ratio to the group's first, of the measure that is compared
   * @param others medians of what else was measured
   */
  record Row(
      Series series,
      Role role,
      Statistics statistics,
      Optional<Ratio> ratio,
      Map<Measure, Double> others) {
    String label() {
      return series.label();
    }
  }

  /** What is compared, if a group has several measures: time, else rate, else the first it has. */
  private static final List<Measure> ORDER =
      List.of(
          Measure.WALL_TIME,
          Measure.RATE,
          Measure.CPU_TIME,
          Measure.PEAK_MEMORY,
          Measure.MEMORY,
          Measure.DESCRIPTORS,
          Measure.THREADS);

  /** {@return the groups of a comparison, in the order in which they were measured} */
  static List<Group> of(Section section, List<Tool> tools) {
    var byName = new LinkedHashMap<String, List<Series>>();
    for (Series series : section.series()) {
      byName.computeIfAbsent(series.group(), x -> new ArrayList<>()).add(series);
    }
    var groups = new ArrayList<Group>();
    byName.forEach((name, all) -> groups.add(of(section, name, all, tools)));
    return groups;
  }

  private static Group of(Section section, String name, List<Series> all, List<Tool> tools) {
    List<Measure> measures =
        ORDER.stream()
            .filter(measure -> all.stream().anyMatch(series -> !samples(series, measure).isEmpty()))
            .toList();
    Measure measure = measures.isEmpty() ? Measure.WALL_TIME : measures.getFirst();
    List<Double> first = samples(all.getFirst(), measure);
    var rows = new ArrayList<Row>();
    var absent = new ArrayList<Absent>();
    for (Series series : all) {
      List<Double> samples = samples(series, measure);
      if (samples.isEmpty()) {
        absent.add(Absent.of(series));
        continue;
      }
      var others = new LinkedHashMap<Measure, Double>();
      for (Measure other : measures) {
        if (other != measure && !samples(series, other).isEmpty()) {
          others.put(other, Statistics.of(samples(series, other)).median());
        }
      }
      rows.add(
          new Row(
              series,
              Role.of(section, series, tools),
              Statistics.of(samples),
              Ratio.perRound(samples, first),
              others));
    }
    return new Group(
        name,
        measure,
        measures.stream().filter(x -> x != measure).toList(),
        all.getFirst().label(),
        rows,
        absent);
  }

  static List<Double> samples(Series series, Measure measure) {
    return series.samples().getOrDefault(measure, List.of());
  }

  /** {@return the rows' medians} */
  List<Double> medians() {
    return rows.stream().map(row -> row.statistics().median()).toList();
  }

  /** {@return the unit of the table's figures, which fits the first} */
  Unit unit() {
    List<Double> medians = medians();
    return Unit.ofColumn(measure, medians.isEmpty() ? 0 : medians.getFirst(), medians);
  }

  /** {@return the unit of another measure's medians} */
  Unit unit(Measure other) {
    List<Double> medians =
        rows.stream().map(row -> row.others().get(other)).filter(x -> x != null).toList();
    return Unit.ofColumn(other, medians.isEmpty() ? 0 : medians.getFirst(), medians);
  }

  /**
   * {@return the axis of the group's plot; an outlier beyond it does not press all else together}
   */
  Scale scale() {
    var figures = new ArrayList<Double>();
    for (Row row : rows) {
      figures.add(row.statistics().p10());
      figures.add(row.statistics().median());
      figures.add(row.statistics().p90());
    }
    Scale scale = Scale.over(figures, Scale.Round.of(measure));
    if (scale.logarithmic()) {
      rows.forEach(row -> figures.add(row.statistics().p99()));
      return Scale.over(figures, Scale.Round.of(measure));
    }
    return scale;
  }
}
