package io.github.cofferdam.bench;

import io.github.cofferdam.bench.WorkSupply.MissingException;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How much slower real programs run behind walls, wall by wall. */
final class RealWork implements Question {
  /** What the others are compared with. */
  private static final String UNCONFINED = "unconfined, by ProcessBuilder";

  /** In the order in which they are done. */
  private static final Map<String, Preparation> ALL = new LinkedHashMap<>();

  static {
    ALL.put("git status", WorkSupply::gitStatus);
    ALL.put("tar", WorkSupply::tar);
    ALL.put("javac", WorkSupply::javac);
    ALL.put("mvn compile", WorkSupply::maven);
    ALL.put("sqlite", WorkSupply::sqlite);
    ALL.put("HTTP", WorkSupply::http);
  }

  private final SearchPath path;
  private final Set<String> chosen;

  RealWork(SearchPath path) {
    this(path, ALL.keySet());
  }

  /**
   * Does less.
   *
   * @param path where programs are looked for
   * @param chosen names of the pieces of work that are done
   */
  RealWork(SearchPath path, Set<String> chosen) {
    this.path = path;
    this.chosen = Set.copyOf(chosen);
  }

  /** Makes a piece of work ready. */
  private interface Preparation {
    Work by(WorkSupply supply) throws IOException, InterruptedException, MissingException;
  }

  /** Does the work once. */
  private interface Way {
    /** Returns what went wrong, if something did. */
    Optional<String> run() throws IOException, InterruptedException;
  }

  @Override
  public String id() {
    return "work";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(WorkSize.of(effort), progress);
  }

  Section measure(WorkSize size, Progress progress) throws Exception {
    var findings = new Findings();
    int begun = 0;
    for (Map.Entry<String, Preparation> piece : ALL.entrySet()) {
      String name = piece.getKey();
      if (!chosen.contains(name)) {
        continue;
      }
      double done = (double) begun++ / chosen.size();
      progress.at(name + ": getting ready", done);
      // Its files stay until the next one begins.
      try (TemporaryFolder folder = TemporaryFolder.create()) {
        var supply = new WorkSupply(folder.path(), size, path);
        try {
          Work work = piece.getValue().by(supply);
          measure(work, folder, supply.environment(), size, findings, progress, done);
        } catch (MissingException e) {
          findings.series(name, UNCONFINED, List.of(name)).missing(e.reason());
        }
      }
    }
    return new Section(
        id(),
        "Real work, confined and not",
        "Each round does the same work once in each way, from start to end: unconfined, and behind"
            + " one wall after the other. Files are in the page cache, output is thrown away,"
            + " errors are read by a pipe. Processor time is that of all processes of the work."
            + " Full isolation is six namespaces, a root of its own in which the host's files are"
            + " read-only but for the work's folder, a network of its own with a loopback, Landlock"
            + " and seccomp.",
        Section.Form.COMPARISON,
        "",
        findings.toList());
  }

  private static void measure(
      Work work,
      TemporaryFolder folder,
      Map<String, String> environment,
      WorkSize size,
      Findings findings,
      Progress progress,
      double done)
      throws IOException, InterruptedException {
    var names = new ArrayList<String>();
    var ways = new ArrayList<Way>();
    names.add(UNCONFINED);
    ways.add(() -> unconfined(work, environment));
    @SuppressWarnings("resource") // It holds nothing for these layers.
    Walls walls = Walls.writable(folder.path());
    for (Layer layer : List.of(Layer.LANDLOCK, Layer.SECCOMP, Layer.BOTH, Layer.ALONE)) {
      LaunchPlan plan =
          walls
              .plan(layer, work.argv().getFirst(), work.argv())
              .environment(environment)
              .directory(work.directory().toString())
              .build();
      names.add(layer.text());
      ways.add(() -> confined(plan));
    }
    for (String name : names) {
      findings.series(work.name(), name, work.argv());
    }
    progress.at(work.name() + ": once to fill caches", done);
    ways.getFirst().run();
    for (var rounds = new Rounds(size.rounds(), size.limit()); rounds.next(); ) {
      progress.at(work.name() + ", round " + (rounds.number() + 1), done);
      for (int i = 0; i < ways.size(); i++) {
        int way = (i + rounds.number()) % ways.size();
        Findings.Samples samples = findings.series(work.name(), names.get(way), work.argv());
        if (samples.isMissing()) {
          continue;
        }
        double processor = CpuTime.ofChildren();
        long start = System.nanoTime();
        Optional<String> failure = ways.get(way).run();
        samples.add(Measure.WALL_TIME, (double) (System.nanoTime() - start));
        samples.add(Measure.CPU_TIME, CpuTime.ofChildren() - processor);
        failure.ifPresent(samples::missing);
      }
    }
  }

  private static Optional<String> unconfined(Work work, Map<String, String> environment)
      throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(work.argv())
            .directory(work.directory().toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      String errors = text(process.getErrorStream());
      return failure(process.waitFor(), errors);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static Optional<String> confined(LaunchPlan plan) throws InterruptedException {
    var streams = new StdioSet(Stdio.discard(), Stdio.discard(), Optional.of(Stdio.pipe()));
    try (Launched launched = Launcher.start(plan, streams)) {
      String errors = text(new FdInputStream(launched.stream(2).orElseThrow()));
      return failure(launched.await().shellCode(), errors);
    } catch (IOException e) {
      return Optional.of("could not be started: " + e.getMessage());
    }
  }

  private static Optional<String> failure(int status, String errors) {
    return status == 0
        ? Optional.empty()
        : Optional.of("ended with status " + status + ": " + Errors.lastLine(errors));
  }

  private static String text(InputStream stream) throws IOException {
    return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
  }
}
