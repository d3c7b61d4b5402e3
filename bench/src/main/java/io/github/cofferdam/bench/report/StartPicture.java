package io.github.cofferdam.bench.report;

import java.util.List;
import java.util.Locale;

/**
 * The plot of one group as a picture of its own, for a README: light or dark as the reader's system
 * is. Its size is fixed, so labels that are too long are cut.
 *
 * <pre>
 *   0          LEFT             RIGHT   FIGURE    WIDTH
 *   | label     | |---o----  |    |  5.18 ms | 5.40× |
 * </pre>
 */
final class StartPicture {
  private static final int WIDTH = 880;
  private static final int MARGIN = 20;
  private static final int LEFT = 350;
  private static final int RIGHT = 690;
  private static final int FIGURE = 785;
  private static final int TOP = 74;
  private static final int ROW = 27;
  private static final int MOST_CHARACTERS = 36;

  private static final String STYLE =
      """
      svg { --back: #fcfbf9; --text: #1d2329; --quiet: #57606a; --grid: #e3e1dc; --ours: #0b6e99;
        --other: #6b747e; --first: #1d2329; }
      @media (prefers-color-scheme: dark) {
        svg { --back: #14181d; --text: #e4e7ea; --quiet: #a0aab4; --grid: #2c343c; --ours: #5cb9e2;
          --other: #8b959f; --first: #e4e7ea; }
      }
      text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
        fill: var(--text); font-variant-numeric: tabular-nums; }
      .title { font-size: 16px; font-weight: 600; }
      .quiet, .tick { fill: var(--quiet); font-size: 12.5px; }
      .back { fill: var(--back); }
      .grid { stroke: var(--grid); }
      .reference { stroke: var(--quiet); stroke-dasharray: 3 3; }
      .ours { --mark: var(--ours); }
      .ours text { fill: var(--ours); font-weight: 600; }
      .other { --mark: var(--other); }
      .first { --mark: var(--first); }
      .range { stroke: var(--mark); stroke-width: 3; stroke-linecap: round; opacity: .55; }
      .p99 { stroke: var(--mark); stroke-width: 1.5; }
      .median { fill: var(--mark); }
      .first .median { fill: var(--back); stroke: var(--mark); stroke-width: 2; }
      .end { text-anchor: end; }
      """;

  private StartPicture() {}

  static String of(String section, Group group) {
    String title = group.name().isBlank() ? section : section + ": " + group.name();
    Scale scale = group.scale();
    List<Group.Row> rows = group.rows();
    int bottom = TOP + ROW * rows.size();
    int height = bottom + 34;
    var page = new Markup();
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + WIDTH + " " + height,
        "width",
        String.valueOf(WIDTH),
        "height",
        String.valueOf(height),
        "role",
        "img",
        "aria-labelledby",
        "title desc");
    page.element("title", title + ", " + group.measure().text(), "id", "title");
    page.element(
        "desc",
        String.join("; ", rows.stream().map(row -> GroupPlot.words(group, row)).toList()),
        "id",
        "desc");
    page.open("style").verbatim("\n" + STYLE).close();
    page.empty(
        "rect",
        "class",
        "back",
        "width",
        String.valueOf(WIDTH),
        "height",
        String.valueOf(height),
        "rx",
        "10");
    text(page, "title", MARGIN, 34, cut(title, 90));
    String words =
        group.measure().text() + (scale.words().isEmpty() ? "" : ", " + scale.words()) + "; ";
    text(page, "quiet", MARGIN, 55, words + "dot: median, line: p10 to p90, tick: p99");
    text(page, "quiet end", WIDTH - MARGIN, 55, "× " + cut(group.first(), MOST_CHARACTERS));
    for (double tick : scale.ticks()) {
      line(page, "grid", x(scale, tick), TOP, x(scale, tick), bottom);
    }
    for (Group.Row row : rows) {
      if (row.role() == Role.FIRST) {
        double x = x(scale, row.statistics().median());
        line(page, "reference", x, TOP, x, bottom);
      }
    }
    for (int i = 0; i < rows.size(); i++) {
      row(page, group, scale, rows.get(i), TOP + ROW * i + ROW / 2);
    }
    for (int i = 0; i < scale.ticks().size(); i++) {
      double tick = scale.ticks().get(i);
      page.element(
          "text",
          Unit.tick(group.measure(), tick),
          "class",
          "tick",
          "x",
          pixels(x(scale, tick)),
          "y",
          pixels(bottom + 18),
          "text-anchor",
          "middle");
    }
    page.close();
    return page.end().strip() + "\n";
  }

  private static void row(Markup page, Group group, Scale scale, Group.Row row, double y) {
    Statistics statistics = row.statistics();
    page.open("g", "class", row.role().style());
    // What is too wide in spite of its number of characters is clipped.
    page.open(
        "svg",
        "x",
        pixels(MARGIN),
        "y",
        pixels(y - ROW / 2.0),
        "width",
        pixels(LEFT - MARGIN - 12),
        "height",
        pixels(ROW));
    page.open("g");
    text(page, "label", 0, ROW / 2.0 + 5, cut(row.label(), MOST_CHARACTERS));
    page.close().close();
    line(page, "range", x(scale, statistics.p10()), y, x(scale, statistics.p90()), y);
    if (statistics.p99() <= scale.high()) {
      line(page, "p99", x(scale, statistics.p99()), y - 6, x(scale, statistics.p99()), y + 6);
    } else {
      text(page, "quiet", RIGHT + 4, y + 4, "›");
    }
    page.empty(
        "circle",
        "class",
        "median",
        "cx",
        pixels(x(scale, statistics.median())),
        "cy",
        pixels(y),
        "r",
        "5");
    text(page, "end", FIGURE, y + 5, Unit.figure(group.measure(), statistics.median()));
    row.ratio()
        .ifPresent(x -> text(page, "end", WIDTH - MARGIN, y + 5, Unit.ratio(x.value()) + "×"));
    page.close();
  }

  private static String cut(String text, int most) {
    if (Plain.width(text) <= most) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, most - 1)).strip() + "…";
  }

  private static double x(Scale scale, double figure) {
    return LEFT + (RIGHT - LEFT) * scale.place(figure);
  }

  private static void text(Markup page, String kind, double x, double y, String text) {
    page.element("text", text, "class", kind, "x", pixels(x), "y", pixels(y));
  }

  private static void line(Markup page, String kind, double x1, double y1, double x2, double y2) {
    page.empty(
        "line",
        "class",
        kind,
        "x1",
        pixels(x1),
        "y1",
        pixels(y1),
        "x2",
        pixels(x2),
        "y2",
        pixels(y2));
  }

  private static String pixels(double pixels) {
    return String.format(Locale.ROOT, "%.1f", pixels);
  }
}
