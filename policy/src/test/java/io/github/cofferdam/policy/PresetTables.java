package io.github.cofferdam.policy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of presets as tables of Markdown: what they say, and why. */
final class PresetTables {
  static final String BEGIN = "<!-- From here on: as the files say, by PresetTest. -->\n";

  private static final Pattern SAID = Pattern.compile("  \"(.+)\", # (.+)");
  private static final Pattern SET = Pattern.compile("(\\w+) = \"(.+)\"(?: # (.+))?");
  private static final Pattern LIST = Pattern.compile("(\\w+) = \\[");

  private PresetTables() {}

  static String of(Preset... presets) {
    var out = new StringBuilder(BEGIN);
    for (Preset preset : presets) {
      out.append("\n## ").append(preset.key()).append("\n\n").append(preset.summary()).append("\n");
      table(out, preset.text());
      preset
          .basicText()
          .ifPresent(text -> {
            out.append("\n").append(text, 2, text.indexOf('\n')).append("\n");
            table(out, text);
          });
    }
    return out.toString();
  }

  private static void table(StringBuilder out, String file) {
    out.append("\n| | what | why |\n|---|---|---|\n");
    String list = "";
    for (String line : file.lines().toList()) {
      Matcher begin = LIST.matcher(line);
      Matcher said = SAID.matcher(line);
      Matcher set = SET.matcher(line);
      if (begin.matches()) {
        list = "`" + begin.group(1) + "`";
      } else if (said.matches()) {
        row(out, list, said.group(1), said.group(2));
      } else if (set.matches() && set.group(3) != null) {
        row(out, "`set`", set.group(1) + "=" + set.group(2), set.group(3));
      } else if (set.matches()) {
        row(out, "`" + set.group(1) + "`", set.group(2), "what it is for");
      }
    }
  }

  private static void row(StringBuilder out, String list, String what, String why) {
    out.append("| ").append(list).append(" | `").append(what).append("` | ").append(why);
    out.append(" |\n");
  }
}
