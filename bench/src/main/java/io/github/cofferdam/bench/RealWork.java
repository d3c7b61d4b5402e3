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

/** How much slower real programs run behind walls, wall by wall. */
final class RealWork implements Question {
  /** What the others are compared with. */
  private static final String UNCONFINED = "unconfined, by ProcessBuilder";

  private final SearchPath path;

  RealWork() {
    this(SearchPath.ofEnvironment());
  }

  /** Looks for the programs elsewhere. */
  RealWork(SearchPath path) {
    this.path = path;
  }

  /**
   * How much is measured.
   *
   * @param checkedOut files of the git checkout
   * @param archived files that tar reads
   * @param classes that are compiled
   * @param maven whether Maven compiles them too
   * @param inserts transactions of sqlite
   * @param requests over HTTP
   * @param rounds how often each piece of work is done in each way
   */
  record Size(
      int checkedOut,
      int archived,
      int classes,
      boolean maven,
      int inserts,
      int requests,
      int rounds) {
    static Size of(Effort effort) {
      return switch (effort) {
        case QUICK -> new Size(5_000, 5_000, 20, false, 500, 2_000, 3);
        case FULL -> new Size(50_000, 100_000, 200, true, 20_000, 40_000, 10);
      };
    }
  }

  /** Makes a piece of work ready. */
  private interface Preparation {
    Work by(WorkSupply supply) throws IOException, InterruptedException, MissingException;
  }

  /** Does the work once. */
  private interface Way {
    /** Returns what went wrong, if something did. */
    Optional<String> run(boolean errors) throws IOException, InterruptedException;
  }

  @Override
  public String id() {
    return "work";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var findings = new Findings();
    var pieces = new LinkedHashMap<String, Preparation>();
    pieces.put("git status", WorkSupply::gitStatus);
    pieces.put("tar", WorkSupply::tar);
    pieces.put("javac", WorkSupply::javac);
    pieces.put("mvn compile", WorkSupply::maven);
    pieces.put("sqlite", WorkSupply::sqlite);
    pieces.put("HTTP", WorkSupply::http);
    int begun = 0;
    for (Map.Entry<String, Preparation> piece : pieces.entrySet()) {
      String name = piece.getKey();
      double done = (double) begun++ / pieces.size();
      progress.at(name + ": getting ready", done);
      // Its files stay until the next one begins.
      try (TemporaryFolder folder = TemporaryFolder.create()) {
        var supply = new WorkSupply(folder.path(), size, path);
        try {
          Work work = piece.getValue().by(supply);
          measure(work, folder, supply.environment(), size, findings, progress, done);
        } catch (MissingException e) {
          findings.series(name, UNCONFINED, List.of(name)).missing(e.getMessage());
        }
      }
    }
    return new Section(
        id(),
        "Real work, confined and not",
        "Each round does the same work once in each way, from start to end: unconfined, and behind"
            + " one wall after the other. Files are in the page cache, output is thrown away."
            + " Processor time is that of all processes of the work. Full isolation is six"
            + " namespaces, a root of its own in which the host's files are read-only but for the"
            + " work's folder, a network of its own with a loopback, Landlock and seccomp.",
        Section.Form.COMPARISON,
        "",
        findings.toList());
  }

  private static void measure(
      Work work,
      TemporaryFolder folder,
      Map<String, String> environment,
      Size size,
      Findings findings,
      Progress progress,
      double done)
      throws IOException, InterruptedException {
    var names = new ArrayList<String>();
    var ways = new ArrayList<Way>();
    names.add(UNCONFINED);
    ways.add(errors -> unconfined(work, environment, errors));
    Walls walls = Walls.writable(folder.path());
    for (Layer layer : List.of(Layer.LANDLOCK, Layer.SECCOMP, Layer.BOTH, Layer.FULL)) {
      LaunchPlan plan =
          walls
              .plan(layer, work.argv().getFirst(), work.argv())
              .environment(environment)
              .directory(work.directory().toString())
              .build();
      names.add(layer.text());
      ways.add(errors -> confined(plan, errors));
    }
    // Not measured: fills caches, and finds out what does not work.
    for (int i = 0; i < ways.size(); i++) {
      progress.at(work.name() + ": trying", done);
      Findings.Samples samples = findings.series(work.name(), names.get(i), work.argv());
      ways.get(i).run(true).ifPresent(samples::missing);
    }
    for (int round = 0; round < size.rounds(); round++) {
      progress.at(work.name() + ", round " + (round + 1) + " of " + size.rounds(), done);
      for (int i = 0; i < ways.size(); i++) {
        int way = (i + round) % ways.size();
        Findings.Samples samples = findings.series(work.name(), names.get(way), work.argv());
        if (samples.isMissing()) {
          continue;
        }
        long processor = ChildTime.nanos();
        long start = System.nanoTime();
        Optional<String> failure = ways.get(way).run(false);
        samples.add(Measure.WALL_TIME, System.nanoTime() - start);
        samples.add(Measure.CPU_TIME, ChildTime.nanos() - processor);
        failure.ifPresent(samples::missing);
      }
    }
  }

  private static Optional<String> unconfined(
      Work work, Map<String, String> environment, boolean errors)
      throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(work.argv())
            .directory(work.directory().toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(errors ? Redirect.PIPE : Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      String text = errors ? text(process.getErrorStream()) : "";
      return failure(process.waitFor(), text);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static Optional<String> confined(LaunchPlan plan, boolean errors)
      throws InterruptedException {
    var streams =
        new StdioSet(
            Stdio.discard(), Stdio.discard(), Optional.of(errors ? Stdio.pipe() : Stdio.discard()));
    try (Launched launched = Launcher.start(plan, streams)) {
      String text =
          launched.stream(2).isPresent() ? text(new FdInputStream(launched.stream(2).get())) : "";
      return failure(launched.await().shellCode(), text);
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
