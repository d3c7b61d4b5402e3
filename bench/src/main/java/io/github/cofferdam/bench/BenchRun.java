package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.ResultFile;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run of the benchmark. After each section the result is written to its folder, so that a run
 * that was ended early has left what it found, and can be gone on with.
 */
final class BenchRun {
  /** The result's file in its folder. */
  static final String RESULT = "result.json";

  private final Path file;
  private final List<String> order;
  private final List<Question> questions;
  private BenchResult result;

  private BenchRun(Path file, List<String> order, List<Question> questions, BenchResult result) {
    this.file = file;
    this.order = order;
    this.questions = questions;
    this.result = result;
  }

  /**
   * Begins a run, or goes on with the one that the folder has.
   *
   * @param folder for the result; made if there is none
   * @param order the ids of all sections that there may be
   * @param questions what is to be measured
   * @throws UsageException if the folder has the result of something else, or one that already
   *     answers these questions
   */
  static BenchRun in(
      Path folder,
      List<String> order,
      List<Question> questions,
      Effort effort,
      Machine machine,
      List<Tool> tools)
      throws IOException, UsageException {
    Path file = folder.resolve(RESULT);
    var fresh =
        new BenchResult(
            BenchResult.FORMAT,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            effort == Effort.QUICK,
            machine,
            tools,
            List.of());
    if (!Files.exists(file)) {
      Files.createDirectories(folder);
      ResultFile.write(file, fresh);
      return new BenchRun(file, order, questions, fresh);
    }
    BenchResult before = read(file);
    Optional<String> difference = difference(before, fresh);
    if (difference.isPresent()) {
      throw new UsageException(
          file + " is of another run: " + difference.get() + "; give another --output");
    }
    var run = new BenchRun(file, order, questions, before);
    if (run.open().isEmpty()) {
      throw new UsageException(
          file
              + " has all of these sections already, and is never overwritten; give another"
              + " --output");
    }
    return run;
  }

  /** Reads a result that somebody has named. */
  static BenchResult read(Path file) throws UsageException {
    try {
      return ResultFile.read(file);
    } catch (NoSuchFileException e) {
      throw new UsageException(file + ": no such file");
    } catch (IOException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /** What makes figures of two runs no figures of one; notes are of a moment, and do not count. */
  private static Optional<String> difference(BenchResult before, BenchResult now) {
    if (before.quick() != now.quick()) {
      return Optional.of(before.quick() ? "it was made with --quick" : "it was not --quick");
    }
    Machine there = before.machine();
    Machine here = now.machine();
    return differs("processor", there.cpu(), here.cpu())
        .or(() -> differs("number of processors", there.cpus(), here.cpus()))
        .or(() -> differs("memory", there.memory(), here.memory()))
        .or(() -> differs("kernel", there.kernel(), here.kernel()))
        .or(() -> differs("distribution", there.distribution(), here.distribution()))
        .or(() -> differs("Java", there.java(), here.java()))
        .or(() -> differs("Cofferdam", there.cofferdam(), here.cofferdam()))
        .or(() -> differs("user", there.uid(), here.uid()))
        .or(() -> differs("tools", before.tools(), now.tools()));
  }

  private static Optional<String> differs(String what, Object there, Object here) {
    return there.equals(here)
        ? Optional.empty()
        : Optional.of("its " + what + ": " + there + "; now: " + here);
  }

  /** {@return the questions that have no answer yet} */
  List<Question> open() {
    List<String> answered = result.sections().stream().map(Section::id).toList();
    return questions.stream().filter(question -> !answered.contains(question.id())).toList();
  }

  /**
   * Measures what is open. A section that fails is left open; the others are measured all the same.
   *
   * @return why sections have failed, by their names; empty if none has
   */
  Map<String, Exception> measure(Effort effort, ProgressDisplay display)
      throws IOException, InterruptedException {
    var failures = new LinkedHashMap<String, Exception>();
    for (Question question : open()) {
      Section section;
      try {
        section = question.measure(effort, display.begin(question.id()));
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        endIfToldTo();
        display.failed(e);
        failures.put(question.id(), e);
        continue;
      }
      endIfToldTo();
      keep(section);
      display.end();
    }
    return failures;
  }

  /**
   * Pressing Ctrl-C also ends what is being measured: that is no finding. While it ends, the
   * virtual machine takes no more hooks; there is no other way to ask.
   */
  private static void endIfToldTo() throws InterruptedException {
    try {
      var hook = new Thread(() -> {});
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      throw new InterruptedException("told to end");
    }
  }

  /** {@return what was found, now and before} */
  BenchResult result() {
    return result;
  }

  /** Sections have the order of the questions, whenever they were measured. */
  private void keep(Section section) throws IOException {
    var sections = new ArrayList<>(result.sections());
    sections.add(section);
    sections.sort(Comparator.comparingInt(each -> order.indexOf(each.id())));
    result =
        new BenchResult(
            result.format(),
            result.started(),
            result.quick(),
            result.machine(),
            result.tools(),
            sections);
    ResultFile.write(file, result);
  }
}
