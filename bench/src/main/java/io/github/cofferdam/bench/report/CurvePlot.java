package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Tool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The plot of curves over a parameter: a line for each label, with a mark of its own shape at every
 * point and the interval of the median around it. As in {@link GroupPlot}, places are percentages
 * of the page's width.
 */
final class CurvePlot {
  /** Height of the part between the axes, in pixels. */
  private static final int HEIGHT = 240;

  /** Room above it for half a line of text, and below it for the parameter's axis. */
  private static final int ABOVE = 10;

  private static final int BELOW = 24;

  /** Ways to break a line. */
  private static final int BREAKS = 3;

  private static final List<String> SHAPES =
      List.of(
          "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z",
          "M-4 -4H4V4H-4Z",
          "M0 -5.5L5 4H-5Z",
          "M-2.5 -5H2.5V5H-2.5Z",
          "M0 5.5L5 -4H-5Z",
          "M-1.7 -5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5V-1.7H-1.7Z",
          "M-5 -2.5H5V2.5H-5Z",
          "M0 -6L5 0L0 6L-5 0Z");

  private CurvePlot() {}

  /** What a line looks like: its colour goes with its shape, so that neither is needed alone. */
  private record Style(int shape, int broken) {
    String classes() {
      return "line" + shape + " broken" + broken;
    }
  }

  /** Ours begin with the colour that is ours in other plots, others with grey. */
  private static List<Style> styles(Curves curves, List<Tool> tools) {
    var styles = new ArrayList<Style>();
    var free = new ArrayDeque<Style>();
    int broken = 0;
    for (Curves.Line line : curves.lines()) {
      if (free.isEmpty()) {
        for (int shape = 0; shape < SHAPES.size(); shape++) {
          free.add(new Style(shape, broken % BREAKS));
        }
        broken++;
      }
      boolean ours = Role.of(line.label(), tools) == Role.OURS;
      styles.add(ours ? free.removeFirst() : free.removeLast());
    }
    return styles;
  }

  static void write(Markup page, Section section, Curves curves, String title, List<Tool> tools) {
    List<Style> styles = styles(curves, tools);
    Scale across = Scale.ofParameter(curves.parameters());
    Scale up = curves.scale();
    page.open("figure", "class", "curves");
    page.open("figcaption").element("strong", heading(section, curves)).text(" ");
    page.element("span", caption(section, curves, across, up)).close();
    page.open("ul", "class", "legend");
    for (int i = 0; i < curves.lines().size(); i++) {
      legend(page, curves.lines().get(i), styles.get(i));
    }
    page.close().open("div", "class", "axes");
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "class",
        "up",
        "aria-hidden",
        "true",
        "width",
        "64",
        "height",
        String.valueOf(ABOVE + HEIGHT + BELOW));
    for (double tick : up.ticks()) {
      page.element(
          "text",
          Unit.tick(curves.measure(), tick),
          "class",
          "tick",
          "x",
          "56",
          "y",
          pixels(y(up, tick) + 4),
          "text-anchor",
          "end");
    }
    page.close().open("div", "class", "plot");
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "role",
        "img",
        "width",
        "100%",
        "height",
        String.valueOf(ABOVE + HEIGHT + BELOW));
    page.element("title", title + ": " + curves.measure().text() + " over " + section.parameter());
    page.element("desc", words(curves));
    for (double tick : up.ticks()) {
      line(page, "grid", 0, y(up, tick), 1, y(up, tick));
    }
    for (double tick : across.ticks()) {
      line(page, "grid", across.place(tick), ABOVE, across.place(tick), ABOVE + HEIGHT);
    }
    for (int i = 0; i < curves.lines().size(); i++) {
      curve(page, across, up, curves.lines().get(i), styles.get(i));
    }
    GroupPlot.ticks(
        page, across, across.ticks().stream().map(Unit::parameter).toList(), ABOVE + HEIGHT + 18);
    page.close().close().close();
    page.element("p", parameter(section), "class", "parameter").close();
  }

  private static String heading(Section section, Curves curves) {
    return curves.group().isBlank() ? section.title() : curves.group();
  }

  private static String parameter(Section section) {
    return section.parameter().isBlank() ? "parameter" : section.parameter();
  }

  private static String caption(Section section, Curves curves, Scale across, Scale up) {
    var caption = new StringBuilder(curves.measure().text());
    if (!up.words().isEmpty()) {
      caption.append(" (").append(up.words()).append(')');
    }
    caption.append(" over ").append(parameter(section));
    if (!across.words().isEmpty()) {
      caption.append(" (").append(across.words()).append(')');
    }
    return caption
        .append(curves.measure().lessIsBetter() ? "; less is better" : "; more is better")
        .toString();
  }

  /** {@return both ends of every curve} */
  private static String words(Curves curves) {
    var words = new ArrayList<String>();
    for (Curves.Line line : curves.lines()) {
      Curves.Point from = line.points().getFirst();
      Curves.Point to = line.points().getLast();
      words.add(
          "%s: %s at %s, %s at %s"
              .formatted(
                  line.label(),
                  Unit.figure(curves.measure(), from.statistics().median()),
                  Unit.parameter(from.at()),
                  Unit.figure(curves.measure(), to.statistics().median()),
                  Unit.parameter(to.at())));
    }
    return String.join("; ", words);
  }

  private static void legend(Markup page, Curves.Line line, Style style) {
    page.open("li", "class", style.classes());
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "aria-hidden",
        "true",
        "width",
        "34",
        "height",
        "14");
    page.empty("line", "class", "curve", "x1", "2", "x2", "32", "y1", "7", "y2", "7");
    mark(page, style, "17", 7);
    page.close();
    page.element("span", line.label()).close();
  }

  private static void curve(Markup page, Scale across, Scale up, Curves.Line line, Style style) {
    page.open("g", "class", style.classes());
    Curves.Point before = line.points().getFirst();
    for (Curves.Point point : line.points()) {
      line(
          page,
          "curve",
          across.place(before.at()),
          y(up, before.statistics().median()),
          across.place(point.at()),
          y(up, point.statistics().median()));
      before = point;
    }
    for (Curves.Point point : line.points()) {
      double place = across.place(point.at());
      point
          .statistics()
          .interval()
          .ifPresent(x -> line(page, "range", place, y(up, x.low()), place, y(up, x.high())));
      mark(page, style, GroupPlot.percent(place), y(up, point.statistics().median()));
    }
    page.close();
  }

  /**
   * A shape around a point; a drawing within the drawing, as only its place may be a percentage.
   */
  private static void mark(Markup page, Style style, String x, double y) {
    page.open("svg", "x", x, "y", pixels(y), "width", "1", "height", "1", "class", "mark");
    page.empty("path", "d", SHAPES.get(style.shape)).close();
  }

  private static void line(Markup page, String kind, double x1, double y1, double x2, double y2) {
    page.empty(
        "line",
        "class",
        kind,
        "x1",
        GroupPlot.percent(x1),
        "y1",
        pixels(y1),
        "x2",
        GroupPlot.percent(x2),
        "y2",
        pixels(y2));
  }

  private static double y(Scale up, double figure) {
    return ABOVE + HEIGHT * (1 - up.place(figure));
  }

  private static String pixels(double pixels) {
    return String.format(Locale.ROOT, "%.1f", pixels);
  }
}
