package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Tool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a result says, in sentences that are made from its figures. */
final class Sentences {
  /** The section that the summary and the picture are about. */
  private static final String MAIN = "start";

  private Sentences() {}

  static boolean isMain(Section section) {
    return section.id().equals(MAIN) && section.form() == Section.Form.COMPARISON;
  }

  /** {@return the main comparison's findings; empty if there is no comparison with figures} */
  static String summary(BenchResult result) {
    Optional<Section> main = result.sections().stream().filter(Sentences::isMain).findFirst();
    if (main.isEmpty()) {
      return "";
    }
    Optional<Group> group =
        Group.of(main.get(), result.tools()).stream().filter(x -> !x.rows().isEmpty()).findFirst();
    return group.map(x -> main.get().title() + ", " + sentence(x)).orElse("");
  }

  private static String sentence(Group group) {
    var text = new StringBuilder();
    Group.Row first = group.rows().getFirst();
    text.append(group.name()).append(": ");
    if (first.role() != Role.FIRST) {
      text.append(group.first()).append(" has no figures, so there are no ratios. ");
    } else {
      text.append(first.label())
          .append(verb(group.measure()))
          .append(Unit.figure(group.measure(), first.statistics().median()))
          .append(" (median of ")
          .append(first.statistics().count())
          .append(first.statistics().count() == 1 ? " round). " : " rounds). ");
    }
    ranked(text, group, Role.OURS, "Cofferdam's");
    ranked(text, group, Role.OTHER, "other");
    return text.toString().strip();
  }

  private static String verb(Measure measure) {
    return switch (measure) {
      case WALL_TIME, CPU_TIME -> " takes ";
      case RATE -> " does ";
      case PEAK_MEMORY, MEMORY, DESCRIPTORS, THREADS -> " needs ";
    };
  }

  /** Says which of a kind is the best, and which the worst. */
  private static void ranked(StringBuilder text, Group group, Role role, String whose) {
    Comparator<Group.Row> order =
        Comparator.comparingDouble(row -> row.ratio().map(Ratio::value).orElse(0.0));
    List<Group.Row> rows =
        group.rows().stream()
            .filter(row -> row.role() == role && row.ratio().isPresent())
            .sorted(group.measure().lessIsBetter() ? order : order.reversed())
            .toList();
    if (rows.isEmpty()) {
      return;
    }
    if (rows.size() == 1) {
      text.append("The one ")
          .append(whose.equals("other") ? "other" : "of Cofferdam")
          .append(" way, ");
      times(text, rows.getFirst());
      text.append(". ");
      return;
    }
    text.append("Of ").append(whose).append(' ').append(rows.size()).append(" ways the best is ");
    times(text, rows.getFirst());
    text.append(" and the worst ");
    times(text, rows.getLast());
    text.append(". ");
  }

  private static void times(StringBuilder text, Group.Row row) {
    Ratio ratio = row.ratio().orElseThrow();
    text.append(row.label()).append(" with ").append(Unit.ratio(ratio.value())).append('×');
    ratio
        .interval()
        .ifPresent(x -> text.append(" (95\u00a0%: ").append(Table.interval(x)).append(')'));
  }

  /** {@return one sentence about a section; empty if it has no figures that can be compared} */
  static String of(Section section, BenchResult result) {
    return switch (section.form()) {
      case COMPARISON -> comparison(Group.of(section, result.tools()));
      case CURVE -> curve(Curves.of(section), section, result.tools());
    };
  }

  private static String comparison(List<Group> groups) {
    record Found(Group group, Group.Row row, double ratio) {
      String words() {
        return Unit.ratio(ratio) + "× (" + row.label() + ", " + group.name() + ")";
      }
    }
    var found = new ArrayList<Found>();
    for (Group group : groups) {
      for (Group.Row row : group.rows()) {
        if (row.role() == Role.OURS && row.ratio().isPresent()) {
          found.add(new Found(group, row, row.ratio().get().value()));
        }
      }
    }
    if (found.isEmpty()) {
      return "";
    }
    found.sort(Comparator.comparingDouble(Found::ratio));
    List<String> firsts = groups.stream().map(Group::first).distinct().toList();
    String compared = firsts.size() == 1 ? firsts.getFirst() : "the first of each group";
    return found.size() == 1
        ? found.getFirst().words() + " of " + compared + "."
        : "from "
            + found.getFirst().words()
            + " to "
            + found.getLast().words()
            + " of "
            + compared
            + ".";
  }

  private static String curve(List<Curves> all, Section section, List<Tool> tools) {
    var parts = new ArrayList<String>();
    for (Curves curves : all) {
      if (curves.lines().isEmpty()) {
        continue;
      }
      Curves.Line line =
          curves.lines().stream()
              .filter(x -> Role.of(x.label(), tools) == Role.OURS)
              .findFirst()
              .orElse(curves.lines().getFirst());
      Curves.Point from = line.points().getFirst();
      Curves.Point to = line.points().getLast();
      parts.add(
          String.format(
              Locale.ROOT,
              "%s%s %s at %s and %s at %s",
              line.label(),
              all.size() == 1 ? "" : ", " + curves.measure().text(),
              Unit.figure(curves.measure(), from.statistics().median()),
              Unit.parameter(from.at()),
              Unit.figure(curves.measure(), to.statistics().median()),
              Unit.parameter(to.at())));
      if (parts.size() == 3) {
        break;
      }
    }
    return parts.isEmpty()
        ? ""
        : String.join("; ", parts)
            + (section.parameter().isBlank() ? "" : " (" + section.parameter() + ")")
            + ".";
  }
}
