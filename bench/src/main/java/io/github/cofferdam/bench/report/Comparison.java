package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Two results, figure by figure: what changed from the earlier to the later one.
 *
 * <p>Each figure is compared in two ways. By the medians alone, a machine that was slower as a
 * whole during one of the runs looks like a regression. So where a group has a first series, the
 * ratios to it within each round are compared as well; this comparison without drift decides where
 * there is one. A change counts if the interval of 95 % around its ratio excludes 1 and it is
 * larger than 3 %. Of figures that did not change, one in 20 is outside its interval by chance.
 */
public final class Comparison {
  private final BenchResult before;
  private final BenchResult after;
  private final List<Change> changes = new ArrayList<>();
  private final List<String> onlyBefore = new ArrayList<>();
  private final List<String> onlyAfter = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** Where a series is in its result. */
  private record Found(Section section, Series series) {
    /** {@return the first of the series' group, of a comparison; empty if it is that one itself} */
    Optional<Series> first() {
      if (section.form() != Section.Form.COMPARISON) {
        return Optional.empty();
      }
      Series first =
          section.series().stream()
              .filter(x -> x.group().equals(series.group()))
              .findFirst()
              .orElse(series);
      return first.label().equals(series.label()) ? Optional.empty() : Optional.of(first);
    }
  }

  private Comparison(BenchResult before, BenchResult after) {
    this.before = before;
    this.after = after;
  }

  /**
   * Compares two results.
   *
   * @throws IllegalArgumentException if a sample is not a finite number
   */
  public static Comparison of(BenchResult before, BenchResult after) {
    var comparison = new Comparison(before, after);
    comparison.compare();
    return comparison;
  }

  private void compare() {
    Map<Change.Name, Found> earlier = series(before);
    Map<Change.Name, Found> later = series(after);
    var names = new LinkedHashSet<>(earlier.keySet());
    names.addAll(later.keySet());
    for (Change.Name name : names) {
      for (Measure measure : Measure.values()) {
        Optional<Found> was = found(earlier, name, measure);
        Optional<Found> is = found(later, name, measure);
        if (was.isPresent() && is.isPresent()) {
          changes.add(change(name, measure, was.get(), is.get()));
        } else if (was.isPresent()) {
          onlyBefore.add(name.words() + ": " + measure.text());
        } else if (is.isPresent()) {
          onlyAfter.add(name.words() + ": " + measure.text());
        }
      }
    }
    warn("processor", before.machine().cpu(), after.machine().cpu());
    warn("number of processors", before.machine().cpus(), after.machine().cpus());
    warn("memory", before.machine().memory(), after.machine().memory());
    warn("kernel", before.machine().kernel(), after.machine().kernel());
    warn("distribution", before.machine().distribution(), after.machine().distribution());
    warn("Java", before.machine().java(), after.machine().java());
    warn("user", before.machine().uid(), after.machine().uid());
    warn("quick run", before.quick(), after.quick());
  }

  private void warn(String what, Object earlier, Object later) {
    if (!earlier.equals(later)) {
      warnings.add("not the same " + what + ": " + earlier + ", then " + later);
    }
  }

  /** A name that is there twice is taken once. */
  private static Map<Change.Name, Found> series(BenchResult result) {
    var all = new LinkedHashMap<Change.Name, Found>();
    for (Section section : result.sections()) {
      for (Series series : section.series()) {
        all.putIfAbsent(
            new Change.Name(section.id(), series.group(), series.label(), series.at()),
            new Found(section, series));
      }
    }
    return all;
  }

  private static Optional<Found> found(
      Map<Change.Name, Found> all, Change.Name name, Measure measure) {
    return Optional.ofNullable(all.get(name))
        .filter(found -> !Group.samples(found.series, measure).isEmpty());
  }

  private Change change(Change.Name name, Measure measure, Found earlier, Found later) {
    Statistics was = Statistics.of(Group.samples(earlier.series, measure));
    Statistics is = Statistics.of(Group.samples(later.series, measure));
    return new Change(
        name,
        measure,
        Role.of(later.section, later.series, after.tools()) == Role.OURS,
        was.median(),
        is.median(),
        Ratio.ofMedians(is, was),
        relative(measure, earlier, later));
  }

  private static Optional<Ratio> relative(Measure measure, Found earlier, Found later) {
    Optional<Series> firstBefore = earlier.first();
    Optional<Series> firstAfter = later.first();
    if (firstBefore.isEmpty()
        || firstAfter.isEmpty()
        || !firstBefore.get().label().equals(firstAfter.get().label())) {
      return Optional.empty();
    }
    List<Double> was = rounds(measure, earlier.series, firstBefore.get());
    List<Double> is = rounds(measure, later.series, firstAfter.get());
    return was.isEmpty() || is.isEmpty()
        ? Optional.empty()
        : Ratio.ofMedians(Statistics.of(is), Statistics.of(was));
  }

  private static List<Double> rounds(Measure measure, Series series, Series first) {
    return Ratio.rounds(Group.samples(series, measure), Group.samples(first, measure));
  }

  List<Change> changes() {
    return List.copyOf(changes);
  }

  List<String> onlyBefore() {
    return List.copyOf(onlyBefore);
  }

  List<String> onlyAfter() {
    return List.copyOf(onlyAfter);
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * {@return whether a figure of this project changed for the worse} Where there is a comparison
   * without drift, that one decides; else that of medians, but not between different machines. What
   * other tools do, and what a group is compared with, does not count, nor does what is in one
   * result only.
   */
  public boolean regressed() {
    return changes.stream().anyMatch(this::isRegression);
  }

  private boolean isRegression(Change change) {
    boolean comparable = change.relative().isPresent() || sameMachine();
    return change.ours() && comparable && change.verdict() == Verdict.WORSE;
  }

  /** {@return whether times of both results may be compared at all} */
  private boolean sameMachine() {
    Machine one = before.machine();
    Machine other = after.machine();
    return one.cpu().equals(other.cpu())
        && one.cpus() == other.cpus()
        && one.memory() == other.memory();
  }

  /** {@return the comparison for a terminal, in aligned columns} */
  public String text() {
    var out = new StringBuilder();
    out.append("before  ").append(of(before)).append("\nafter   ").append(of(after)).append('\n');
    warnings.forEach(warning -> out.append("warning: ").append(Plain.line(warning)).append('\n'));
    tables()
        .forEach((title, rows) -> {
          out.append('\n').append(Plain.line(title)).append('\n');
          columns(out, rows);
        });
    only(out, "Only before", onlyBefore);
    only(out, "Only after", onlyAfter);
    out.append('\n');
    conclusion().forEach(sentence -> out.append(sentence).append('\n'));
    // Nothing is broken into lines here.
    return out.toString().replace('\u00a0', ' ');
  }

  private static String of(BenchResult result) {
    return Plain.line(result.started() + ", Cofferdam " + result.machine().cofferdam());
  }

  private static void columns(StringBuilder out, List<List<String>> rows) {
    var widths = new ArrayList<Integer>();
    for (int column = 0; column < rows.getFirst().size(); column++) {
      int at = column;
      widths.add(
          rows.stream().mapToInt(row -> Plain.width(Plain.line(row.get(at)))).max().orElse(0));
    }
    for (List<String> row : rows) {
      var line =
          new StringBuilder("  ").append(Plain.left(Plain.line(row.getFirst()), widths.getFirst()));
      for (int column = 1; column < row.size(); column++) {
        String cell = Plain.line(row.get(column));
        boolean last = column == row.size() - 1;
        line.append("  ").append(last ? cell : Plain.right(cell, widths.get(column)));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static void only(StringBuilder out, String title, List<String> names) {
    if (!names.isEmpty()) {
      out.append('\n').append(title).append(":\n");
      names.forEach(name -> out.append("  ").append(Plain.line(name)).append('\n'));
    }
  }

  /** {@return the comparison as GitHub's Markdown has it} */
  public String markdown() {
    var out = new StringBuilder("# Cofferdam benchmark, compared\n\n");
    out.append("- before: ").append(Markdown.text(of(before)));
    out.append("\n- after: ").append(Markdown.text(of(after))).append("\n\n");
    for (String warning : warnings) {
      out.append("**Warning:** ").append(Markdown.text(warning)).append("\n\n");
    }
    tables()
        .forEach((title, rows) -> {
          out.append("## ").append(Markdown.text(title)).append("\n\n");
          for (int i = 0; i < rows.size(); i++) {
            rows.get(i).forEach(cell -> out.append("| ").append(Markdown.text(cell)).append(' '));
            out.append("|\n");
            if (i == 0) {
              out.append("|---")
                  .append("|--:".repeat(rows.getFirst().size() - 2))
                  .append("|---|\n");
            }
          }
          out.append('\n');
        });
    onlyMarkdown(out, "Only before", onlyBefore);
    onlyMarkdown(out, "Only after", onlyAfter);
    return out.append(Markdown.text(String.join(" ", conclusion()))).append('\n').toString();
  }

  private static void onlyMarkdown(StringBuilder out, String title, List<String> names) {
    if (!names.isEmpty()) {
      out.append(title).append(":\n\n");
      names.forEach(name -> out.append("- ").append(Markdown.text(name)).append('\n'));
      out.append('\n');
    }
  }

  /** {@return by title, a head and the rows under it} */
  private Map<String, List<List<String>>> tables() {
    var tables = new LinkedHashMap<String, List<List<String>>>();
    for (Change change : changes) {
      Change.Name name = change.name();
      String group = name.group().isBlank() ? "" : ", " + name.group();
      tables
          .computeIfAbsent(
              name.section() + group + ": " + change.measure().text(),
              title -> {
                var rows = new ArrayList<List<String>>();
                rows.add(
                    List.of("", "before", "after", "ratio", "95 %", "to first", "95 %", "verdict"));
                return rows;
              })
          .add(
              List.of(
                  name.way(),
                  Unit.figure(change.measure(), change.before()),
                  Unit.figure(change.measure(), change.after()),
                  value(change.clock()),
                  interval(change.clock()),
                  value(change.relative()),
                  interval(change.relative()),
                  change.words() + (isRegression(change) ? " !" : "")));
    }
    return tables;
  }

  private static String value(Optional<Ratio> ratio) {
    return ratio.map(x -> Unit.ratio(x.value())).orElse("–");
  }

  private static String interval(Optional<Ratio> ratio) {
    return ratio.flatMap(Ratio::interval).map(Table::interval).orElse("–");
  }

  /** {@return what it comes to, in sentences} */
  private List<String> conclusion() {
    long regressions = changes.stream().filter(this::isRegression).count();
    return List.of(
        changes.size()
            + (changes.size() == 1 ? " figure" : " figures")
            + " in both: "
            + count(Verdict.BETTER)
            + " better, "
            + count(Verdict.WORSE)
            + " worse, "
            + count(Verdict.SAME)
            + " without a difference seen, "
            + count(Verdict.UNKNOWN)
            + " with too few samples.",
        "A change counts if its interval of 95 % excludes 1 and it is larger than 3 %.",
        "Where there are ratios to the group's first in the same round, those decide: the machine's"
            + " drift is not in them.",
        "Regressions of Cofferdam, marked with !: " + regressions + ".");
  }

  private long count(Verdict verdict) {
    return changes.stream().filter(change -> change.verdict() == verdict).count();
  }
}
