package io.github.cofferdam.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A page of the manual, section 1, in the language of groff's macros {@code man}. */
final class ManPage {
  private final CommandPage page;
  private final List<CommandPage> others;
  private final String version;
  private final StringBuilder out = new StringBuilder();

  private ManPage(CommandPage page, List<CommandPage> others, String version) {
    this.page = page;
    this.others = others;
    this.version = version;
  }

  /**
   * {@return the page of a command}
   *
   * @param all which it can refer to
   */
  static String of(CommandPage page, List<CommandPage> all, String version) {
    return new ManPage(page, all, version).text();
  }

  static String fileName(CommandPage page) {
    return page.title() + ".1";
  }

  private String text() {
    // No date: the same sources make the same page.
    line(".TH " + quoted(page.title()) + " 1 \"\" " + quoted("cofferdam " + version));
    section("NAME");
    line(escape(page.title()) + " \\- " + escape(page.description()));
    section("SYNOPSIS");
    line(paragraph(page.synopsis()));
    section("DESCRIPTION");
    line(paragraph(page.description()));
    if (!page.remarks().isEmpty()) {
      line(".PP");
      line(paragraph(page.remarks()));
    }
    arguments();
    options();
    commands();
    if (!page.exitStatus().isEmpty()) {
      section("EXIT STATUS");
      line(paragraph(page.exitStatus()));
    }
    seeAlso();
    return out.toString();
  }

  private void arguments() {
    if (page.arguments().isEmpty()) {
      return;
    }
    section("ARGUMENTS");
    for (PositionalParamSpec argument : page.arguments()) {
      entry(
          "\\fI" + escape(argument.paramLabel()) + "\\fR",
          CommandPage.text(argument.description()));
    }
  }

  private void options() {
    section("OPTIONS");
    for (OptionSpec option : page.options()) {
      String value = OptionValues.has(option) ? " \\fI" + escape(option.paramLabel()) + "\\fR" : "";
      entry(
          Stream.of(option.names())
              .map(name -> "\\fB" + escape(name) + "\\fR" + value)
              .collect(Collectors.joining(", ")),
          CommandPage.text(option.description()));
    }
  }

  private void commands() {
    if (page.subcommands().isEmpty()) {
      return;
    }
    section("COMMANDS");
    page.subcommands()
        .values()
        .forEach(sub -> entry("\\fB" + escape(sub.title()) + "\\fR(1)", sub.description()));
  }

  private void seeAlso() {
    var related = new ArrayList<String>();
    String parent = page.words().replaceFirst(" \\S+$", "");
    for (CommandPage other : others) {
      boolean above = !other.words().equals(page.words()) && other.words().equals(parent);
      boolean beside =
          !other.words().equals(page.words())
              && page.words().contains(" ")
              && other.words().replaceFirst(" \\S+$", "").equals(parent);
      if (above || beside) {
        related.add(other.title());
      }
    }
    if (related.isEmpty()) {
      return;
    }
    section("SEE ALSO");
    line(
        related.stream()
            .distinct()
            .map(title -> "\\fB" + escape(title) + "\\fR(1)")
            .collect(Collectors.joining(",\n")));
  }

  private void section(String name) {
    line(".SH " + quoted(name));
  }

  private void entry(String term, String description) {
    line(".TP");
    line(term);
    line(paragraph(description));
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  /** A line that begins with a dot or a quotation mark would be a request. */
  private static String paragraph(String text) {
    String escaped = escape(text);
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }

  private static String quoted(String text) {
    return '"' + escape(text).replace("\"", "\\(dq") + '"';
  }

  /** A hyphen that somebody types has to be one on the page, too. */
  private static String escape(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("^", "\\(ha")
        .replace("~", "\\(ti")
        .replace("`", "\\(ga");
  }
}
