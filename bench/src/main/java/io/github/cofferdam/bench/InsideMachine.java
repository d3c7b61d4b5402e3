package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bindings.Arch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What runs inside the virtual machine, by JMH: the benchmarks of this package. */
final class InsideMachine implements Question {
  private static final String CALL = "a system call (getppid)";
  private static final String FILTER = "a filter (the baseline)";
  private static final String LANDLOCK = "a Landlock layer of ten rules";
  private static final String POLICY = "a policy";
  private static final String OURS = "Cofferdam";

  private final SearchPath path;

  InsideMachine(SearchPath path) {
    this.path = path;
  }

  /**
   * How much is measured.
   *
   * @param forks virtual machines for each benchmark; 0 to use this one
   * @param warmUps iterations that do not count
   * @param iterations that do, each of which is one sample
   * @param millis how long each takes
   */
  record Size(int forks, int warmUps, int iterations, int millis) {
    static Size of(Effort effort) {
      return switch (effort) {
        case QUICK -> new Size(0, 1, 4, 80);
        case FULL -> new Size(1, 4, 10, 500);
      };
    }
  }

  /**
   * A benchmark, and where its figures go.
   *
   * @param method class and method
   * @param parameters of the benchmark's class
   */
  private record Benchmarked(
      String group, String label, String method, Map<String, String> parameters) {}

  @Override
  public String id() {
    return "inside";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var findings = new Findings();
    List<Benchmarked> all = all();
    for (int i = 0; i < all.size(); i++) {
      Benchmarked one = all.get(i);
      progress.at(one.method(), (double) i / all.size());
      Findings.Samples samples =
          findings.series(one.group(), one.label(), List.of("JMH", one.method()));
      if (one.method().endsWith(".loopInC") && path.find(CProgram.COMPILER.file()).isEmpty()) {
        samples.missing(CProgram.COMPILER.missing());
        continue;
      }
      run(one, size, samples);
    }
    return new Section(
        id(),
        "Inside the virtual machine",
        "Means of iterations of JMH, per operation. A quick run measures in the virtual machine"
            + " that runs it, where one benchmark's compiled code is in another's way: such figures"
            + " are right to the order of magnitude. The ways of a group do not take turns.",
        Section.Form.COMPARISON,
        "",
        findings.toList());
  }

  private static List<Benchmarked> all() {
    var all = new ArrayList<Benchmarked>();
    String call = "SyscallBenchmark.";
    all.add(new Benchmarked(CALL, "loop in C", call + "loopInC", Map.of()));
    all.add(new Benchmarked(CALL, "plain downcall", call + "foreign", Map.of()));
    all.add(new Benchmarked(CALL, "Cofferdam, syscall(2)", call + "bindings", Map.of()));
    all.add(new Benchmarked(CALL, "Cofferdam, C function", call + "bindingsFunction", Map.of()));
    all.add(new Benchmarked(CALL, "JNR", call + "jnr", Map.of()));
    all.add(new Benchmarked(CALL, "JNA, direct mapping", call + "jnaDirect", Map.of()));
    all.add(new Benchmarked(CALL, "JNA, interface", call + "jna", Map.of()));
    var filter = new LinkedHashMap<String, String>();
    filter.put("compiler", FilterBenchmark.Compiler.COFFERDAM.name());
    filter.put("arches", Arch.host().name());
    filter.put("profile", FilterBenchmark.BASELINE);
    for (String name : List.of("build", "decide", "disassemble")) {
      all.add(new Benchmarked(FILTER + ": " + name, OURS, "FilterBenchmark." + name, filter));
    }
    String layer = "LandlockBenchmark.";
    all.add(new Benchmarked(LANDLOCK + ": compile", OURS, layer + "compile", Map.of()));
    String thread = LANDLOCK + ": on a thread of its own";
    all.add(new Benchmarked(thread, "the thread alone", layer + "startThread", Map.of()));
    all.add(new Benchmarked(thread, "entering the layer too", layer + "enterOnThread", Map.of()));
    for (String isolation : List.of("basic", "namespace")) {
      Map<String, String> parameter = Map.of("isolation", isolation);
      String group = POLICY + " of isolation " + isolation;
      all.add(new Benchmarked(group + ": parse", OURS, "PolicyBenchmark.parse", parameter));
      all.add(
          new Benchmarked(
              group + ": prepare a run", OURS, "PolicyBenchmark.prepareRun", parameter));
    }
    return all;
  }

  private static void run(Benchmarked one, Size size, Findings.Samples samples) {
    // Other benchmarks of this machine's users are not held up, nor do they hold this one up.
    System.setProperty("jmh.ignoreLock", "true");
    // Else JNA leaves folders in the user's home.
    String temporary = System.getProperty("java.io.tmpdir");
    System.setProperty("jna.tmpdir", temporary);
    TimeValue time = TimeValue.milliseconds(size.millis());
    var options =
        new OptionsBuilder()
            .include("\\." + one.method().replace(".", "\\.") + "$")
            .forks(size.forks())
            .warmupIterations(size.warmUps())
            .warmupTime(time)
            .measurementIterations(size.iterations())
            .measurementTime(time)
            .timeUnit(TimeUnit.NANOSECONDS)
            .jvmArgsAppend(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djna.tmpdir=" + temporary)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    one.parameters().forEach((name, value) -> options.param(name, value));
    try {
      for (RunResult result : new Runner(options.build()).run()) {
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
          for (IterationResult iteration : fork.getIterationResults()) {
            Result<?> primary = iteration.getPrimaryResult();
            samples.add(Measure.WALL_TIME, primary.getScore());
          }
        }
      }
    } catch (RunnerException e) {
      samples.missing("JMH: " + reason(e));
    }
  }

  /** The innermost cause, in one line: what is around it only says that there was one. */
  private static String reason(Throwable failure) {
    Throwable innermost = failure;
    while (true) {
      Throwable cause =
          innermost.getCause() == null && innermost.getSuppressed().length > 0
              ? innermost.getSuppressed()[0]
              : innermost.getCause();
      if (cause == null) {
        return innermost.toString().lines().findFirst().orElse("");
      }
      innermost = cause;
    }
  }
}
