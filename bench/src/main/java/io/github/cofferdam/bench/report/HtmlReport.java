package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bench.result.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/** The page: a summary, every section with plots and tables, and how it was measured. */
final class HtmlReport {
  /** What the figures are; in the Markdown report, too. */
  static final String HOW_TO_READ =
      "Ratio: median of the ratios to the group's first within each round, with its interval of"
          + " 95 % confidence. p10, p90, p99: 10, 90 and 99 of 100 samples are below. Spread: range"
          + " of the middle half of the samples, as a share of the median.";

  /** Nothing is loaded, nothing is run, whatever a text in the result says. */
  private static final String CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

  private static final String STYLE = "report.css";

  private final BenchResult result;
  private final Markup page = new Markup();

  private HtmlReport(BenchResult result) {
    this.result = result;
  }

  static String of(BenchResult result) {
    var report = new HtmlReport(result);
    report.write();
    return "<!DOCTYPE html>\n" + report.page.end();
  }

  private void write() {
    page.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en");
    page.open("head").empty("meta", "charset", "utf-8");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.empty("meta", "http-equiv", "Content-Security-Policy", "content", CONTENT_POLICY);
    page.element("title", "Cofferdam benchmark, " + result.started());
    page.open("style").verbatim("\n" + style()).close().close();
    page.open("body");
    header();
    page.open("main");
    for (int i = 0; i < result.sections().size(); i++) {
      section(result.sections().get(i), id(i));
    }
    commands();
    tools();
    noise();
    again();
    page.close().close().close();
  }

  private static String id(int section) {
    return "section-" + (section + 1);
  }

  private static String style() {
    try (InputStream style = HtmlReport.class.getResourceAsStream(STYLE)) {
      return new String(Objects.requireNonNull(style).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void header() {
    page.open("header").element("h1", "Cofferdam benchmark");
    if (result.quick()) {
      page.open("p", "class", "quick").element("strong", "Quick run");
      page.text(": few rounds, to try it out. Intervals are wide, and p99 is about the maximum.");
      page.close();
    }
    String summary = Sentences.summary(result);
    if (!summary.isEmpty()) {
      page.element("p", summary, "class", "lead");
    }
    machine(result.machine());
    page.open("nav", "aria-label", "Sections").open("ul");
    for (int i = 0; i < result.sections().size(); i++) {
      Section section = result.sections().get(i);
      page.open("li").element("a", section.title(), "href", "#" + id(i));
      String finding = Sentences.isMain(section) ? "" : Sentences.of(section, result);
      if (!finding.isEmpty()) {
        page.text(": " + finding);
      }
      page.close();
    }
    for (String[] end :
        new String[][] {
          {"commands", "Command lines"},
          {"tools", "Tools"},
          {"noise", "Noise"},
          {"again", "How to repeat it"}
        }) {
      page.open("li").element("a", end[1], "href", "#" + end[0]).close();
    }
    page.close().close().close();
  }

  private void machine(Machine machine) {
    page.open("dl", "class", "machine");
    fact("Processor", machine.cpu() + ", " + machine.cpus() + " usable");
    fact("Memory", Unit.tick(Measure.MEMORY, (double) machine.memory()));
    fact("System", machine.distribution() + ", Linux " + machine.kernel());
    fact("Java", machine.java());
    fact("Cofferdam", machine.cofferdam());
    fact("User", machine.uid() == 0 ? "root (uid 0)" : "uid " + machine.uid());
    fact("Begun", result.started() + (result.quick() ? ", quick" : ""));
    if (!machine.notes().isEmpty()) {
      fact("Notes", String.join("; ", machine.notes()));
    }
    page.close();
  }

  private void fact(String name, String text) {
    page.open("div").element("dt", name).element("dd", text).close();
  }

  private void section(Section section, String id) {
    page.open("section", "id", id, "aria-labelledby", id + "-title");
    page.element("h2", section.title(), "id", id + "-title");
    page.element("p", section.about(), "class", "about");
    switch (section.form()) {
      case COMPARISON -> comparison(section);
      case CURVE -> curves(section);
    }
    page.close();
  }

  private void comparison(Section section) {
    List<Group> groups = Group.of(section, result.tools());
    if (groups.isEmpty()) {
      nothing();
      return;
    }
    if (groups.stream().anyMatch(group -> !group.rows().isEmpty())) {
      key(groups);
    }
    for (Group group : groups) {
      String title = group.name().isBlank() ? section.title() : group.name();
      if (!group.rows().isEmpty()) {
        GroupPlot.write(page, group, title);
        Table.of(group, title + ": " + group.measure().text()).html(page);
      } else {
        page.element("h3", title);
      }
      absent(group.absent());
    }
  }

  /** What the marks of the plots mean, drawn with the same marks. */
  private void key(List<Group> groups) {
    boolean ours = has(groups, Role.OURS);
    boolean first = has(groups, Role.FIRST);
    boolean other = has(groups, Role.OTHER);
    page.open("ul", "class", "key");
    if (first) {
      dot("first", "what the others are compared with (dashed line: its median)");
    }
    if (ours) {
      dot("ours", "Cofferdam");
    }
    if (other) {
      dot("other", "other tools");
    }
    page.open("li", "class", "other");
    drawing("64");
    page.empty("line", "class", "range", "x1", "4", "x2", "46", "y1", "10", "y2", "10");
    page.empty("line", "class", "p99", "x1", "60", "x2", "60", "y1", "4", "y2", "16");
    page.empty("circle", "class", "median", "cx", "20", "cy", "10", "r", "5").close();
    page.element("span", "median, p10 to p90, p99 (›: beyond the axis)").close().close();
  }

  private static boolean has(List<Group> groups, Role role) {
    return groups.stream()
        .anyMatch(group -> group.rows().stream().anyMatch(row -> row.role() == role));
  }

  private void dot(String role, String text) {
    page.open("li", "class", role);
    drawing("14");
    page.empty("circle", "class", "median", "cx", "7", "cy", "10", "r", "5").close();
    page.element("span", text).close();
  }

  private void drawing(String width) {
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "aria-hidden",
        "true",
        "width",
        width,
        "height",
        "20");
  }

  private void curves(Section section) {
    List<Curves> all = Curves.of(section);
    if (all.isEmpty()) {
      nothing();
    }
    for (Curves curves : all) {
      String title = title(section, curves);
      if (curves.lines().isEmpty()) {
        page.element("h3", title);
      } else {
        CurvePlot.write(page, section, curves, title, result.tools());
        Table.points(curves, parameter(section), title).html(page);
      }
      absent(curves.absent());
    }
  }

  private void nothing() {
    page.element("p", "Nothing was measured.", "class", "absent");
  }

  static String parameter(Section section) {
    return section.parameter().isBlank() ? "Parameter" : Table.capital(section.parameter());
  }

  static String title(Section section, Curves curves) {
    String group = curves.group().isBlank() ? section.title() : curves.group();
    return curves.lines().isEmpty() ? group : group + ": " + curves.measure().text();
  }

  private void absent(List<Absent> all) {
    if (all.isEmpty()) {
      return;
    }
    page.open("div", "class", "absent").element("p", "Not measured:").open("ul");
    Absent.byReason(all)
        .forEach((reason, labels) ->
            page.open("li").element("strong", labels).text(": " + reason).close());
    page.close().close();
  }

  private void commands() {
    page.open("section", "id", "commands").element("h2", "Command lines");
    boolean none = true;
    for (Section section : result.sections()) {
      record Call(String group, String command) {}
      // Those that share a command line, in order.
      var calls = new LinkedHashMap<Call, Set<String>>();
      for (Series series : section.series()) {
        if (!series.command().isEmpty()) {
          boolean ofAllPoints =
              section.series().stream()
                  .filter(x -> x.label().equals(series.label()) && x.group().equals(series.group()))
                  .allMatch(x -> x.command().equals(series.command()));
          calls
              .computeIfAbsent(
                  new Call(series.group(), CommandLine.of(series.command())),
                  x -> new LinkedHashSet<>())
              .add(ofAllPoints ? series.label() : Absent.name(series));
        }
      }
      if (calls.isEmpty()) {
        continue;
      }
      none = false;
      page.element("h3", section.title());
      page.open("dl", "class", "commands");
      calls.forEach((call, labels) -> {
        page.open("div").open("dt").text(String.join(", ", labels));
        if (!call.group.isBlank()) {
          page.text(" ").element("span", call.group);
        }
        page.close().open("dd").element("code", call.command).close().close();
      });
      page.close();
    }
    if (none) {
      page.element("p", "None was recorded.");
    }
    page.close();
  }

  private void tools() {
    page.open("section", "id", "tools").element("h2", "Tools");
    List<Tool> here = result.tools().stream().filter(x -> x.missing().isEmpty()).toList();
    List<Tool> missing = result.tools().stream().filter(x -> x.missing().isPresent()).toList();
    if (here.isEmpty()) {
      page.element("p", "No other tool was compared with.");
    } else {
      page.open("dl", "class", "machine");
      here.forEach(tool -> fact(tool.name(), tool.version().orElse("version not known")));
      page.close();
    }
    if (!missing.isEmpty()) {
      page.element("h3", "Not compared with");
      page.open("dl", "class", "machine");
      missing.forEach(tool -> fact(tool.name(), tool.missing().orElse("")));
      page.close();
    }
    page.close();
  }

  /** How far the samples of a section scatter: every series' own spread is in its table. */
  private void noise() {
    page.open("section", "id", "noise").element("h2", "Noise");
    page.element("p", HOW_TO_READ);
    page.element(
        "p",
        "A ratio's interval holds for any distribution (order statistics), as long as rounds do not"
            + " depend on each other; a machine that gets slower during the run changes medians,"
            + " but hardly ratios within a round. Fewer than six rounds have no interval.");
    var rows = new ArrayList<Table.Row>();
    for (Section section : result.sections()) {
      List<Scatter> all = scatter(section);
      if (!all.isEmpty()) {
        Scatter most = all.getLast();
        rows.add(
            new Table.Row(
                "",
                List.of(
                    Table.Cell.of(section.title()),
                    Table.Cell.of(Unit.percent(all.getFirst().spread)),
                    Table.Cell.of(Unit.percent(all.get(all.size() / 2).spread)),
                    Table.Cell.of(Unit.percent(most.spread)),
                    Table.Cell.of(most.label))));
      }
    }
    if (!rows.isEmpty()) {
      new Table(
              "Spread of the series of each section",
              List.of("Section", "Lowest", "Middle", "Highest", "Highest of"),
              rows)
          .html(page);
    }
    page.close();
  }

  /** How far the samples of a series are apart. */
  private record Scatter(String label, double spread) {}

  /** {@return the spreads of a section, the least first} */
  private List<Scatter> scatter(Section section) {
    var all = new ArrayList<Scatter>();
    switch (section.form()) {
      case COMPARISON -> {
        for (Group group : Group.of(section, result.tools())) {
          group.rows().forEach(row -> add(all, row.label(), row.statistics()));
        }
      }
      case CURVE -> {
        for (Curves curves : Curves.of(section)) {
          for (Curves.Line line : curves.lines()) {
            line.points()
                .forEach(point ->
                    add(
                        all,
                        line.label() + " at " + Unit.parameter(point.at()),
                        point.statistics()));
          }
        }
      }
    }
    all.sort(Comparator.comparingDouble(Scatter::spread));
    return all;
  }

  private static void add(List<Scatter> all, String label, Statistics statistics) {
    statistics.spread().ifPresent(spread -> all.add(new Scatter(label, spread)));
  }

  private void again() {
    page.open("section", "id", "again").element("h2", "How to repeat it");
    page.open("p").text("Run ");
    page.element(
        "code",
        String.format(Locale.ROOT, "./cofferdam bench%s", result.quick() ? " --quick" : ""));
    page.text(" on a machine with nothing else to do, and compare two results with ");
    page.element("code", "./cofferdam bench compare OLD.json NEW.json");
    page.text(
        ". Every figure here is computed from the result's JSON file, which has each sample in the"
            + " order in which it was taken; a rounded ratio has the full one in the page's"
            + " source.");
    page.close().close();
  }
}
