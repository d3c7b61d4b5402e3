package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tables of a report: what is in their cells is the same in HTML and in Markdown.
 *
 * @param caption what is in it
 * @param heads the columns' heads
 * @param rows each with as many cells as there are heads; the first one names the row
 */
record Table(String caption, List<String> heads, List<Row> rows) {
  private static final String NOTHING = "–";

  /** A row, with how it is shown. */
  record Row(String style, List<Cell> cells) {}

  /**
   * One cell.
   *
   * @param value the figure in full, if the text is a rounded one
   */
  record Cell(String text, Optional<Double> value) {
    static Cell of(String text) {
      return new Cell(text, Optional.empty());
    }

    static Cell of(Unit unit, double figure) {
      return new Cell(unit.number(figure), Optional.of(figure));
    }
  }

  /** {@return all about a group of a comparison} */
  static Table of(Group group, String caption) {
    Unit unit = group.unit();
    var heads = new ArrayList<String>();
    heads.add("Way");
    heads.add(
        unit.head(
            group.measure() == Measure.WALL_TIME ? "Median" : capital(group.measure().text())));
    heads.addAll(List.of("Ratio", "95 %", "p10", "p90", "p99"));
    for (Measure other : group.others()) {
      heads.add(group.unit(other).head(capital(other.text())));
    }
    heads.addAll(List.of("Spread", "Rounds"));
    var rows = new ArrayList<Row>();
    for (Group.Row row : group.rows()) {
      Statistics statistics = row.statistics();
      var cells = new ArrayList<Cell>();
      cells.add(Cell.of(row.label()));
      cells.add(Cell.of(unit, statistics.median()));
      cells.add(
          row.ratio()
              .map(x -> new Cell(Unit.ratio(x.value()), Optional.of(x.value())))
              .orElse(Cell.of(NOTHING)));
      cells.add(Cell.of(interval(row)));
      cells.add(Cell.of(unit, statistics.p10()));
      cells.add(Cell.of(unit, statistics.p90()));
      cells.add(Cell.of(unit, statistics.p99()));
      for (Measure other : group.others()) {
        Double figure = row.others().get(other);
        cells.add(figure == null ? Cell.of(NOTHING) : Cell.of(group.unit(other), figure));
      }
      cells.add(spread(statistics));
      cells.add(Cell.of(String.valueOf(statistics.count())));
      rows.add(new Row(row.role().style(), cells));
    }
    return new Table(caption, heads, rows);
  }

  private static String interval(Group.Row row) {
    return row.role() == Role.FIRST
        ? NOTHING
        : row.ratio().flatMap(Ratio::interval).map(Table::interval).orElse(NOTHING);
  }

  private static Cell spread(Statistics statistics) {
    return statistics.spread().isEmpty()
        ? Cell.of(NOTHING)
        : Cell.of(Unit.percent(statistics.spread().getAsDouble()));
  }

  static String interval(Interval interval) {
    return Unit.ratio(interval.low()) + "–" + Unit.ratio(interval.high());
  }

  /** {@return every point of a plot of curves} */
  static Table points(Curves curves, String parameter, String caption) {
    Unit unit = curves.unit();
    List<String> heads =
        List.of(
            "Way", parameter, unit.head("Median"), "95 %", "p10", "p90", "p99", "Spread", "Rounds");
    var rows = new ArrayList<Row>();
    for (Curves.Line line : curves.lines()) {
      for (Curves.Point point : line.points()) {
        Statistics statistics = point.statistics();
        String interval =
            statistics
                .interval()
                .map(x -> unit.number(x.low()) + "–" + unit.number(x.high()))
                .orElse(NOTHING);
        rows.add(
            new Row(
                "",
                List.of(
                    Cell.of(line.label()),
                    Cell.of(Unit.parameter(point.at())),
                    Cell.of(unit, statistics.median()),
                    Cell.of(interval),
                    Cell.of(unit, statistics.p10()),
                    Cell.of(unit, statistics.p90()),
                    Cell.of(unit, statistics.p99()),
                    spread(statistics),
                    Cell.of(String.valueOf(statistics.count())))));
      }
    }
    return new Table(caption, heads, rows);
  }

  /** {@return the medians alone: a row for each value of the parameter, a column for each curve} */
  static Table medians(Curves curves, String parameter, String caption) {
    Unit unit = curves.unit();
    var heads = new ArrayList<String>();
    heads.add(parameter);
    curves.lines().forEach(line -> heads.add(unit.head(line.label())));
    var rows = new ArrayList<Row>();
    for (double at : curves.parameters()) {
      var cells = new ArrayList<Cell>();
      cells.add(Cell.of(Unit.parameter(at)));
      for (Curves.Line line : curves.lines()) {
        cells.add(line.at(at).map(x -> Cell.of(unit, x.median())).orElse(Cell.of(NOTHING)));
      }
      rows.add(new Row("", cells));
    }
    return new Table(caption, heads, rows);
  }

  static String capital(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + text.substring(1);
  }

  /** Writes the table; where it is too wide, it alone is scrolled. */
  void html(Markup page) {
    page.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    page.open("table").element("caption", caption);
    page.open("thead").open("tr");
    for (String head : heads) {
      page.element("th", head, "scope", "col");
    }
    page.close().close().open("tbody");
    for (Row row : rows) {
      page.open("tr", "class", row.style);
      page.element("th", row.cells.getFirst().text, "scope", "row");
      for (Cell cell : row.cells.subList(1, row.cells.size())) {
        page.open("td");
        if (cell.value.isPresent()) {
          data(page, cell.value.get(), cell.text);
        } else {
          page.text(cell.text);
        }
        page.close();
      }
      page.close();
    }
    page.close().close().close();
  }

  /** A rounded figure, with the one that it was. */
  static void data(Markup page, double value, String text) {
    page.element("data", text, "value", String.valueOf(value));
  }

  /** {@return the table as GitHub's Markdown has it, without its caption} */
  String markdown() {
    var text = new StringBuilder();
    for (String head : heads) {
      text.append("| ").append(Markdown.text(head)).append(' ');
    }
    text.append("|\n|---").append("|--:".repeat(heads.size() - 1)).append("|\n");
    for (Row row : rows) {
      for (Cell cell : row.cells) {
        text.append("| ").append(Markdown.text(cell.text)).append(' ');
      }
      text.append("|\n");
    }
    return text.toString();
  }
}
