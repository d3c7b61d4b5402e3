package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bench.result.Tool;
import java.util.List;
import java.util.Locale;

/** Whose way of doing something a series is. */
enum Role {
  /** What the others of its group are compared with. */
  FIRST,
  /** A way of this project. */
  OURS,
  /** A tool that is compared with. */
  OTHER;

  /** Ways that are not ours, and are called by another name than that of the tool's project. */
  private static final List<String> OTHERS =
      List.of("ProcessBuilder", "posix_spawn", "JNA", "JNR", "libseccomp", "unshare", "runsc");

  /**
   * A result does not say whose way a series is. The first of a comparison is what it is compared
   * with; another one is ours unless its label has the name of a tool in it, or a tool's name has
   * the label in it, whole words each.
   */
  static Role of(Section section, Series series, List<Tool> tools) {
    if (section.form() == Section.Form.COMPARISON && isFirstOfSeveral(section, series)) {
      return FIRST;
    }
    return of(series.label(), tools);
  }

  /** {@return whose way it is by its label alone} */
  static Role of(String text, List<Tool> tools) {
    String label = words(text);
    for (Tool tool : tools) {
      String name = words(tool.name());
      if (!name.isBlank() && (label.contains(name) || name.contains(label))) {
        return OTHER;
      }
    }
    return OTHERS.stream().map(Role::words).anyMatch(label::contains) ? OTHER : OURS;
  }

  private static boolean isFirstOfSeveral(Section section, Series series) {
    List<Series> group =
        section.series().stream().filter(x -> x.group().equals(series.group())).toList();
    return group.size() > 1 && group.getFirst().label().equals(series.label());
  }

  /** {@return its class in a page's markup} */
  String style() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return the words of the text between blanks, and blanks at both ends} */
  private static String words(String text) {
    return " " + text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}_]+", " ").strip() + " ";
  }
}
