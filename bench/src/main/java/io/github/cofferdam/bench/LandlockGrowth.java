package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.landlock.LandlockLayer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What Landlock costs by its number of rules: when a file is opened, and to set it up. */
final class LandlockGrowth implements Question {
  private static final int DEPTH = 4;
  private static final String OPENING = "open a file";
  private static final String SETTING_UP = "set up";

  /**
   * How much is measured.
   *
   * @param rules how many rules the layers have
   * @param rounds how often
   * @param opens how many times a file is opened, which one sample is the mean of
   * @param limit how long all of it may take
   */
  record Size(List<Integer> rules, int rounds, int opens, Duration limit) {
    Size {
      rules = List.copyOf(rules);
    }

    static Size of(Effort effort) {
      List<Integer> rules = List.of(1, 10, 100, 1000);
      return switch (effort) {
        case QUICK -> new Size(rules, 10, 2_000, Duration.ofSeconds(4));
        case FULL -> new Size(rules, 100, 10_000, Duration.ofSeconds(90));
      };
    }
  }

  @Override
  public String id() {
    return "landlock";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var findings = new Findings();
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      var rules = new LandlockRules(folder.path());
      Path file = rules.file(DEPTH);
      progress.at("making folders and layers", 0);
      var layers = new LinkedHashMap<Integer, LandlockLayer>();
      for (int count : size.rules()) {
        layers.put(count, rules.layer(count));
      }
      LandlockRules.warmUp(file, size.opens());
      List<String> open = List.of("openat and close of a file", DEPTH + " directories deep");
      for (var rounds = new Rounds(size.rounds(), size.limit()); rounds.next(); ) {
        progress.at("open and set up", rounds.done());
        for (Map.Entry<Integer, LandlockLayer> layer : layers.entrySet()) {
          int count = layer.getKey();
          LandlockRules.openFreely(
              findings.point(OPENING, "no Landlock", count, open), file, size.opens());
          LandlockRules.open(
              findings.point(OPENING, "Landlock", count, open),
              layer.getValue(),
              file,
              size.opens());
          findings
              .point(SETTING_UP, "from the policy on", count, List.of("policy to restricted"))
              .add(Measure.WALL_TIME, setUp(rules, count));
          findings
              .point(SETTING_UP, "compiled before", count, List.of("create, rules, restrict"))
              .add(Measure.WALL_TIME, setUp(layer.getValue()));
        }
      }
    }
    return new Section(
        id(),
        "Cost of Landlock by its rules",
        "A thread of its own enters one layer, and opens and closes a file that one of the layer's"
            + " rules grants: a rule on a folder "
            + DEPTH
            + " directories above it, the others being on other folders. The second group is how"
            + " long it takes to enter the layer: the system calls alone, of a layer that was"
            + " compiled before, and everything from the policy on. Each path is looked at twice,"
            + " to be sure that it is still what it was.",
        Section.Form.CURVE,
        "rules",
        findings.toList());
  }

  private static double setUp(LandlockRules rules, int count) throws Exception {
    return ConfinedThreads.call(() -> {
      long start = System.nanoTime();
      LandlockRules.enter(rules.layer(count));
      return (double) (System.nanoTime() - start);
    });
  }

  private static double setUp(LandlockLayer layer) throws Exception {
    return ConfinedThreads.call(() -> {
      long start = System.nanoTime();
      LandlockRules.enter(layer);
      return (double) (System.nanoTime() - start);
    });
  }
}
