package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.landlock.LandlockLayer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What it costs to open a file behind Landlock, by how deep it lies beneath what is granted. */
final class LandlockDepth implements Question {
  private static final int RULES = 10;
  private static final String GROUP = "open a file";

  /**
   * How much is measured.
   *
   * @param depths how many directories are between the file and the one that is granted
   * @param rounds how often
   * @param opens how many times a file is opened, which one sample is the mean of
   * @param limit how long all of it may take
   */
  record Size(List<Integer> depths, int rounds, int opens, Duration limit) {
    Size {
      depths = List.copyOf(depths);
    }

    static Size of(Effort effort) {
      List<Integer> depths = List.of(1, 4, 8, 16, 32);
      return switch (effort) {
        case QUICK -> new Size(depths, 15, 2_000, Duration.ofSeconds(3));
        case FULL -> new Size(depths, 100, 10_000, Duration.ofSeconds(60));
      };
    }
  }

  @Override
  public String id() {
    return "landlock-depth";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var findings = new Findings();
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      var rules = new LandlockRules(folder.path());
      LandlockLayer layer = rules.layer(RULES);
      var files = new LinkedHashMap<Integer, Path>();
      for (int depth : size.depths()) {
        files.put(depth, rules.file(depth));
        LandlockRules.warmUp(rules.file(depth), size.opens());
      }
      List<String> command = List.of("openat and close", RULES + " rules");
      for (var rounds = new Rounds(size.rounds(), size.limit()); rounds.next(); ) {
        progress.at("opening files", rounds.done());
        for (Map.Entry<Integer, Path> file : files.entrySet()) {
          int depth = file.getKey();
          LandlockRules.openFreely(
              findings.point(GROUP, "no Landlock", depth, command), file.getValue(), size.opens());
          LandlockRules.open(
              findings.point(GROUP, "Landlock", depth, command),
              layer,
              file.getValue(),
              size.opens());
        }
      }
    }
    return new Section(
        id(),
        "Cost of Landlock by depth",
        "A thread of its own enters one layer of "
            + RULES
            + " rules, and opens and closes a file. The kernel walks from the file up to the"
            + " directory that is granted, so the deeper the file the more it has to look up; the"
            + " path itself is longer too, which costs the same without Landlock.",
        Section.Form.CURVE,
        "directories between the file and what is granted",
        findings.toList());
  }
}
