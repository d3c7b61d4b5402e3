package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.sandbox.Sandbox;
import io.github.cofferdam.sandbox.SandboxException;
import io.github.cofferdam.sandbox.SandboxProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * What live sandboxes cost this virtual machine, by what they may reach: each is a static program
 * that waits for input and asks for nothing.
 */
final class NetworkMemory {
  private final int live;
  private final Path target;
  private final Pipe input;
  private final Findings findings = new Findings();

  private NetworkMemory(int live, Path target, Pipe input) {
    this.live = live;
    this.target = target;
    this.input = input;
  }

  /**
   * Measures.
   *
   * @param live how many live at the same time
   * @param port of a server that some of them may reach
   */
  static List<Series> measure(int live, int rounds, int port, Progress progress)
      throws IOException {
    Path target = StaticTarget.createWaiting();
    try (var _ = new TemporaryFolder(Objects.requireNonNull(target.getParent()));
        Pipe input = Pipe.open()) {
      var memory = new NetworkMemory(live, target, input);
      for (Isolation isolation : NetworkCost.ISOLATIONS) {
        memory.measure(isolation, NetworkWay.all(isolation, port), rounds, progress);
      }
      return memory.findings.toList();
    }
  }

  private void measure(Isolation isolation, List<NetworkWay> ways, int rounds, Progress progress)
      throws IOException {
    String group = live + " live sandboxes, " + isolation.key() + ": heap in use";
    List<String> command = List.of("static program that waits for input");
    ways.forEach(way -> findings.series(group, way.label(), command));
    List<Sandbox> sandboxes = ways.stream().map(NetworkWay::sandbox).toList();
    for (int round = 0; round < rounds; round++) {
      progress.at(group + ", round " + (round + 1), (double) round / rounds);
      for (int i = 0; i < ways.size(); i++) {
        Findings.Samples samples = findings.series(group, ways.get(i).label(), command);
        if (samples.isMissing()) {
          continue;
        }
        try {
          measure(sandboxes.get(i), samples);
        } catch (SandboxException e) {
          samples.missing(Objects.toString(e.getMessage()));
        }
      }
    }
  }

  private void measure(Sandbox sandbox, Findings.Samples samples) throws IOException {
    // What is made once, and kept for the runs to come, is not one sandbox's.
    for (int i = 0; i < 3; i++) {
      start(sandbox).close();
    }
    Holdings before = Holdings.now();
    Deque<SandboxProcess> all = new ArrayDeque<>();
    try {
      while (all.size() < live) {
        all.push(start(sandbox));
      }
      Holdings now = Holdings.now();
      samples.add(Measure.MEMORY, (double) (now.heap() - before.heap()) / live);
      samples.add(Measure.DESCRIPTORS, (double) (now.descriptors() - before.descriptors()) / live);
      samples.add(Measure.THREADS, (double) (now.threads() - before.threads()) / live);
    } finally {
      closeAll(all);
    }
  }

  private SandboxProcess start(Sandbox sandbox) throws IOException {
    return sandbox
        .command(target.toString())
        .directory(Objects.requireNonNull(target.getParent()))
        .stdin(Stdio.to(input.read()))
        .stdout(Stdio.discard())
        .stderr(Stdio.discard())
        .start();
  }

  private static void closeAll(Deque<SandboxProcess> all) throws IOException {
    var failures = new ArrayList<IOException>();
    for (SandboxProcess process : all) {
      try {
        process.close();
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }
}
