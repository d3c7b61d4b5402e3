package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.sandbox.Sandbox;
import io.github.cofferdam.sandbox.SandboxProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** What sandboxes cost while they live, by how many live at the same time. */
final class LiveGrowth implements Question {
  /** What is left to others of what a limit allows. */
  private static final long RESERVE = 200;

  /** Supervisor and command. */
  private static final long TASKS_EACH = 2;

  private static final long DESCRIPTORS_EACH = 4;
  private static final String MACHINE = "virtual machine";
  private static final String HEAP = "virtual machine, heap in use";
  private static final String SUPERVISOR = "supervisor";
  private static final String START = "start of one more";

  /**
   * How much is measured.
   *
   * @param live how many live at the same time, ascending
   * @param rounds how often
   */
  record Size(List<Integer> live, int rounds) {
    Size {
      live = List.copyOf(live);
    }

    static Size of(Effort effort) {
      return switch (effort) {
        case QUICK -> new Size(List.of(1, 10, 100), 1);
        case FULL -> new Size(List.of(1, 10, 100, 300, 1000), 5);
      };
    }
  }

  /** A command that lives until it is closed. */
  private interface Live extends AutoCloseable {
    long supervisor();

    @Override
    void close() throws IOException;
  }

  /** Starts one. */
  private interface Way {
    Live start() throws IOException;
  }

  private record LaunchedLive(Launched launched) implements Live {
    @Override
    public long supervisor() {
      return launched.pid();
    }

    @Override
    public void close() throws IOException {
      launched.close();
    }
  }

  private record SandboxLive(SandboxProcess process) implements Live {
    @Override
    public long supervisor() {
      return process.toHandle().parent().orElseThrow().pid();
    }

    @Override
    public void close() throws IOException {
      process.close();
    }
  }

  @Override
  public String id() {
    return "live";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    Path target = StaticTarget.createWaiting();
    var findings = new Findings();
    try (var folder = new TemporaryFolder(Objects.requireNonNull(target.getParent()));
        Walls walls = Walls.readOnly(folder.path());
        Pipe input = Pipe.open()) {
      LaunchPlan plan = walls.plan(Layer.FULL, target.toString(), List.of("target")).build();
      var streams =
          new StdioSet(Stdio.to(input.read()), Stdio.discard(), Optional.of(Stdio.discard()));
      Way launcher = () -> new LaunchedLive(Launcher.start(plan, streams));
      Sandbox sandbox = Sandbox.of(Policy.builder().isolation(Isolation.NAMESPACE).build());
      Way api =
          () ->
              new SandboxLive(
                  sandbox
                      .command(target.toString())
                      .directory(folder.path())
                      .stdin(Stdio.to(input.read()))
                      .stdout(Stdio.discard())
                      .stderr(Stdio.discard())
                      .start());
      for (int round = 0; round < size.rounds(); round++) {
        double done = (double) round / size.rounds();
        double half = 0.5 / size.rounds();
        measure("Launcher.start, full isolation", launcher, size, findings, progress, done);
        measure("Sandbox.start, isolation namespace", api, size, findings, progress, done + half);
      }
    }
    return new Section(
        id(),
        "Live sandboxes",
        "Sandboxes are started one after the other and stay: each is a static program that waits"
            + " for input, in six namespaces and a root of its own, with its supervisor. Memory,"
            + " descriptors and threads are what each sandbox adds on average. The supervisor's"
            + " memory is its proportional set size where this user may know it, else its resident"
            + " set size, which is more; the command's own memory does not count, nor does what the"
            + " kernel keeps for a namespace. The virtual machine's memory is what its proportional"
            + " set size has grown by after a garbage collection, which with few sandboxes is"
            + " mostly noise, and includes what its heap has grown by to work in; the heap in use"
            + " is what is kept.",
        Section.Form.CURVE,
        "live sandboxes",
        findings.toList());
  }

  /** Starts all of them, stops to measure at each size, and ends them. */
  private static void measure(
      String group, Way way, Size size, Findings findings, Progress progress, double done)
      throws IOException {
    // Loads what is loaded once, and starts what is started once: from the second time on, a plan
    // keeps its image and a sandbox what its runs have in common.
    for (int i = 0; i < 3; i++) {
      way.start().close();
    }
    OptionalLong bound = bound();
    Holdings before = Holdings.now();
    long memory = 0;
    Optional<String> missing = Optional.empty();
    Deque<Live> all = new ArrayDeque<>();
    try {
      for (int wanted : size.live()) {
        progress.at(group + ": " + wanted, done);
        List<String> command = List.of("static program that waits for input");
        Findings.Samples start = findings.point(group, START, wanted, command);
        Findings.Samples supervisor = findings.point(group, SUPERVISOR, wanted, command);
        Findings.Samples machine = findings.point(group, MACHINE, wanted, command);
        Findings.Samples heap = findings.point(group, HEAP, wanted, command);
        if (missing.isEmpty() && bound.isPresent() && wanted > bound.getAsLong()) {
          missing =
              Optional.of("limits of this user or machine allow " + bound.getAsLong() + " of them");
        }
        try {
          while (missing.isEmpty() && all.size() < wanted) {
            long begin = System.nanoTime();
            Live live = way.start();
            start.add(Measure.WALL_TIME, (double) (System.nanoTime() - begin));
            all.push(live);
            OptionalLong own = ProcFiles.proportional(Long.toString(live.supervisor()));
            memory += own.isPresent() ? own.getAsLong() : ProcFiles.resident(live.supervisor());
          }
        } catch (IOException e) {
          missing = Optional.of("after " + all.size() + " of them: " + e.getMessage());
        }
        if (missing.isPresent()) {
          start.missing(missing.get());
          supervisor.missing(missing.get());
          machine.missing(missing.get());
          heap.missing(missing.get());
          continue;
        }
        Holdings now = Holdings.now();
        supervisor.add(Measure.MEMORY, (double) memory / wanted);
        heap.add(Measure.MEMORY, (double) (now.heap() - before.heap()) / wanted);
        machine.add(Measure.MEMORY, (double) (now.memory() - before.memory()) / wanted);
        machine.add(
            Measure.DESCRIPTORS, (double) (now.descriptors() - before.descriptors()) / wanted);
        machine.add(Measure.THREADS, (double) (now.threads() - before.threads()) / wanted);
      }
    } finally {
      progress.at(group + ": ending", done);
      closeAll(all);
    }
  }

  private static void closeAll(Deque<Live> all) throws IOException {
    IOException failure = null;
    while (!all.isEmpty()) {
      try {
        all.pop().close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** {@return how many sandboxes the limits allow; empty if none is known} */
  private static OptionalLong bound() throws IOException {
    Path limits = Path.of("/proc/self/limits");
    long bound = Long.MAX_VALUE;
    bound = Math.min(bound, allowed(limits, "Max open files", DESCRIPTORS_EACH));
    bound = Math.min(bound, allowed(limits, "Max processes", TASKS_EACH));
    bound = Math.min(bound, allowed(Path.of("/proc/sys/kernel/pid_max"), "", TASKS_EACH));
    bound = Math.min(bound, allowed(Path.of("/sys/fs/cgroup/pids.max"), "", TASKS_EACH));
    for (String namespace : List.of("user", "pid", "mnt", "net", "ipc", "uts")) {
      Path file = Path.of("/proc/sys/user/max_" + namespace + "_namespaces");
      bound = Math.min(bound, allowed(file, "", 1));
    }
    return bound == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(bound);
  }

  private static long allowed(Path file, String name, long each) throws IOException {
    if (!Files.isReadable(file)) {
      return Long.MAX_VALUE;
    }
    OptionalLong limit = ProcFiles.number(file, name);
    return limit.isEmpty() ? Long.MAX_VALUE : Math.max(0, limit.getAsLong() - RESERVE) / each;
  }
}
