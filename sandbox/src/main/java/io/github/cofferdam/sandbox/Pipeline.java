package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.launcher.Stdio;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Commands of which each reads what the one before it writes. */
final class Pipeline implements AutoCloseable {
  private final List<Process> processes = new ArrayList<>();
  private final List<Pipe> pipes = new ArrayList<>();

  private Pipeline() {}

  static List<Process> start(List<SandboxProcessBuilder> builders) throws IOException {
    try (var pipeline = new Pipeline()) {
      try {
        int last = builders.size() - 1;
        for (int i = 0; i <= last; i++) {
          pipeline.add(builders.get(i), i == 0, i == last);
        }
      } catch (IOException | RuntimeException e) {
        pipeline.end();
        throw e;
      }
      return pipeline.processes;
    }
  }

  private void add(SandboxProcessBuilder builder, boolean first, boolean last) throws IOException {
    Optional<Stdio> before = Optional.empty();
    Optional<Stdio> after = Optional.empty();
    if (!first) {
      check(builder.redirectInput(), "builder redirectInput() must be PIPE except for the first");
      before = Optional.of(Stdio.to(pipes.getLast().read()));
    }
    if (!last) {
      check(builder.redirectOutput(), "builder redirectOutput() must be PIPE except for the last");
      pipes.add(Pipe.open());
      after = Optional.of(Stdio.to(pipes.getLast().write()));
    }
    processes.add(builder.start(before, after));
    // Only the commands have them from now on, so that the end of one is seen by the next.
    if (!first) {
      pipes.get(pipes.size() - (last ? 1 : 2)).close();
    }
    if (!last) {
      pipes.getLast().write().close();
    }
  }

  private static void check(Redirect redirect, String rule) {
    if (!redirect.equals(Redirect.PIPE)) {
      throw new IllegalArgumentException(rule + " builder: " + redirect);
    }
  }

  private void end() {
    processes.forEach(Process::destroyForcibly);
    for (Process process : processes) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    pipes.forEach(Pipe::close);
  }
}
