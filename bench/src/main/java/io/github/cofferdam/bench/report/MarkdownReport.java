package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Tool;
import java.util.ArrayList;
import java.util.List;

/** The tables of a result in Markdown, short enough for a README. */
final class MarkdownReport {
  private MarkdownReport() {}

  static String of(BenchResult result) {
    var out = new StringBuilder("# Cofferdam benchmark\n\n");
    paragraph(out, Sentences.summary(result));
    Machine machine = result.machine();
    paragraph(
        out,
        String.join(
            "; ",
            List.of(
                machine.cpu() + ", " + machine.cpus() + " processors",
                machine.distribution(),
                "Linux " + machine.kernel(),
                "Java " + machine.java(),
                "Cofferdam " + machine.cofferdam(),
                result.started() + (result.quick() ? ", quick run: few rounds" : ""))));
    paragraph(out, HtmlReport.HOW_TO_READ);
    for (Section section : result.sections()) {
      out.append("## ").append(Markdown.text(section.title())).append("\n\n");
      switch (section.form()) {
        case COMPARISON -> comparison(out, section, result.tools());
        case CURVE -> curves(out, section);
      }
    }
    List<Tool> missing = result.tools().stream().filter(x -> x.missing().isPresent()).toList();
    if (!missing.isEmpty()) {
      out.append("Not compared with: ");
      var names = new ArrayList<String>();
      for (Tool tool : missing) {
        names.add(
            Markdown.text(tool.name()) + " (" + Markdown.text(tool.missing().orElse("")) + ")");
      }
      out.append(String.join("; ", names)).append(".\n");
    }
    return out.toString();
  }

  private static void comparison(StringBuilder out, Section section, List<Tool> tools) {
    for (Group group : Group.of(section, tools)) {
      title(out, group.name());
      if (!group.rows().isEmpty()) {
        out.append(Table.of(group, group.name()).markdown()).append('\n');
      }
      absent(out, group.absent());
    }
  }

  private static void curves(StringBuilder out, Section section) {
    for (Curves curves : Curves.of(section)) {
      title(out, HtmlReport.title(section, curves));
      if (!curves.lines().isEmpty()) {
        out.append(Table.medians(curves, HtmlReport.parameter(section), "").markdown())
            .append('\n');
      }
      absent(out, curves.absent());
    }
  }

  private static void title(StringBuilder out, String title) {
    if (!title.isBlank()) {
      out.append("**").append(Markdown.text(title)).append("**\n\n");
    }
  }

  private static void absent(StringBuilder out, List<Absent> all) {
    if (!all.isEmpty()) {
      out.append("Not measured:\n\n");
      Absent.byReason(all)
          .forEach((reason, labels) ->
              out.append("- ")
                  .append(Markdown.text(labels))
                  .append(": ")
                  .append(Markdown.text(reason))
                  .append('\n'));
      out.append('\n');
    }
  }

  private static void paragraph(StringBuilder out, String text) {
    if (!text.isBlank()) {
      out.append(Markdown.text(text)).append("\n\n");
    }
  }
}
