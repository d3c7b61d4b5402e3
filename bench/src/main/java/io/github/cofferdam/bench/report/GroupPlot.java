package io.github.cofferdam.bench.report;

import java.util.List;
import java.util.Locale;

/**
 * The plot of a comparison: one row for each series, with its label, a dot for the median on a line
 * from p10 to p90, a tick for p99, and the figures.
 *
 * <p>Every row is a drawing of its own, as wide as there is room, whose places along the axis are
 * percentages: so text keeps its size and wraps at any width of the page.
 *
 * <pre>
 *   label                |----o------    |      figure   ratio
 * </pre>
 */
final class GroupPlot {
  /** A row whose label takes several lines is higher: heights are percentages, too. */
  private static final String HEIGHT = "28";

  /** So many labels of an axis have room on the narrowest screen. */
  private static final int FEW = 4;

  private GroupPlot() {}

  static void write(Markup page, Group group, String title) {
    Scale scale = group.scale();
    page.open("figure", "class", "group");
    page.open("figcaption").element("strong", title).text(" ");
    page.element("span", caption(group, scale)).close();
    page.open("div", "class", "rows");
    for (Group.Row row : group.rows()) {
      row(page, group, scale, row);
    }
    axis(page, group, scale);
    page.close().close();
  }

  private static String caption(Group group, Scale scale) {
    String better = group.measure().lessIsBetter() ? "less is better" : "more is better";
    return group.measure().text()
        + (scale.words().isEmpty() ? "" : ", " + scale.words())
        + "; "
        + better;
  }

  /** {@return the row in words} */
  static String words(Group group, Group.Row row) {
    Statistics statistics = row.statistics();
    String words =
        "%s: median %s, p10 %s, p90 %s, p99 %s"
            .formatted(
                row.label(),
                Unit.figure(group.measure(), statistics.median()),
                Unit.figure(group.measure(), statistics.p10()),
                Unit.figure(group.measure(), statistics.p90()),
                Unit.figure(group.measure(), statistics.p99()));
    return row.role() == Role.FIRST || row.ratio().isEmpty()
        ? words
        : words + ", " + Unit.ratio(row.ratio().get().value()) + " times " + group.first();
  }

  private static void row(Markup page, Group group, Scale scale, Group.Row row) {
    Statistics statistics = row.statistics();
    page.open("div", "class", "row " + row.role().style());
    page.element("div", row.label(), "class", "label");
    page.open("div", "class", "plot");
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "role",
        "img",
        "width",
        "100%",
        "height",
        HEIGHT);
    page.element("title", words(group, row));
    for (double tick : scale.ticks()) {
      vertical(page, "grid", scale.place(tick), "0", "100%");
    }
    reference(page, group, scale);
    page.open("svg", "y", "50%", "width", "100%", "height", "1");
    if (!scale.logarithmic() && scale.low() == 0) {
      // A bar says something only where the axis begins at zero.
      page.empty(
          "rect",
          "class",
          "bar",
          "x",
          "0",
          "y",
          "-6",
          "width",
          at(scale, statistics.median()),
          "height",
          "12");
    }
    horizontal(page, "range", scale.place(statistics.p10()), scale.place(statistics.p90()));
    double p99 = scale.place(statistics.p99());
    if (beyond(scale, statistics.p99())) {
      page.element("text", "›", "class", "beyond", "x", percent(p99), "y", "5", "dx", "3");
    } else {
      vertical(page, "p99", p99, "-6", "6");
    }
    page.empty(
        "circle", "class", "median", "cx", at(scale, statistics.median()), "cy", "0", "r", "5");
    page.close().close().close();
    page.open("div", "class", "figure");
    page.text(Unit.figure(group.measure(), statistics.median())).close();
    page.open("div", "class", "ratio");
    if (row.ratio().isPresent()) {
      Table.data(page, row.ratio().get().value(), Unit.ratio(row.ratio().get().value()));
      page.text("×");
    } else {
      page.text("–");
    }
    page.close().close();
  }

  /** Where the group's first is, through all rows. */
  private static void reference(Markup page, Group group, Scale scale) {
    for (Group.Row row : group.rows()) {
      if (row.role() == Role.FIRST) {
        vertical(page, "reference", scale.place(row.statistics().median()), "0", "100%");
      }
    }
  }

  private static boolean beyond(Scale scale, double figure) {
    return figure > scale.high() * (1 + 1e-9);
  }

  private static void axis(Markup page, Group group, Scale scale) {
    page.open("div", "class", "row axis").open("div", "class", "plot");
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "aria-hidden",
        "true",
        "width",
        "100%",
        "height",
        "22");
    ticks(page, scale, scale.ticks().stream().map(x -> Unit.tick(group.measure(), x)).toList(), 15);
    page.close().close().close();
  }

  /** The labels of an axis; every other one is left out where there is little room. */
  static void ticks(Markup page, Scale scale, List<String> texts, int y) {
    for (int i = 0; i < texts.size(); i++) {
      double place = scale.place(scale.ticks().get(i));
      String anchor = place < 0.03 ? "start" : place > 0.97 ? "end" : "middle";
      page.element(
          "text",
          texts.get(i),
          "class",
          i % 2 == 0 || texts.size() <= FEW ? "tick" : "tick odd",
          "x",
          percent(place),
          "y",
          String.valueOf(y),
          "text-anchor",
          anchor);
    }
  }

  private static void vertical(Markup page, String kind, double place, String from, String to) {
    page.empty(
        "line", "class", kind, "x1", percent(place), "x2", percent(place), "y1", from, "y2", to);
  }

  private static void horizontal(Markup page, String kind, double from, double to) {
    page.empty("line", "class", kind, "x1", percent(from), "x2", percent(to), "y1", "0", "y2", "0");
  }

  private static String at(Scale scale, double figure) {
    return percent(scale.place(figure));
  }

  static String percent(double place) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * place);
  }
}
