package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bench.result.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Results as a run might find them, the same ones every time: skewed samples with outliers, and a
 * machine whose speed drifts, for all series of a round alike.
 */
final class MadeUp {
  private static final double MICROSECOND = 1e3;
  private static final double MEBIBYTE = 1L << 20;
  private static final int ROUNDS = 200;

  private final Random random;
  private final double[] drift = new double[ROUNDS];

  MadeUp(long seed) {
    random = new Random(seed);
    double now = 1;
    for (int round = 0; round < ROUNDS; round++) {
      now = Math.clamp(now + 0.02 * random.nextGaussian(), 0.8, 1.4);
      drift[round] = now;
    }
  }

  /** {@return times around a median, in nanoseconds} */
  List<Double> times(double median, int rounds) {
    return times(median, rounds, 1);
  }

  private List<Double> times(double median, int rounds, double slower) {
    var times = new ArrayList<Double>();
    for (int round = 0; round < rounds; round++) {
      double outlier = random.nextInt(40) == 0 ? 1 + 3 * random.nextDouble() : 1;
      times.add(
          (double)
              Math.round(
                  median
                      * slower
                      * drift[round % ROUNDS]
                      * Math.exp(0.12 * random.nextGaussian())
                      * outlier));
    }
    return times;
  }

  private Series start(
      String group, String label, double microseconds, double mebibytes, String... command) {
    return start(1, group, label, microseconds, mebibytes, command);
  }

  private Series start(
      double slower,
      String group,
      String label,
      double microseconds,
      double mebibytes,
      String... command) {
    List<Double> times = times(microseconds * MICROSECOND, ROUNDS, slower);
    return new Series(
        group,
        label,
        Optional.empty(),
        List.of(command),
        Map.of(
            Measure.WALL_TIME,
            times,
            Measure.CPU_TIME,
            times.stream().map(x -> x * 0.8).toList(),
            Measure.PEAK_MEMORY,
            times.stream().map(x -> (double) Math.round(mebibytes * MEBIBYTE)).toList()),
        Optional.empty());
  }

  static Series missing(String group, String label, String reason) {
    return new Series(group, label, Optional.empty(), List.of(), Map.of(), Optional.of(reason));
  }

  static Series point(String group, String label, double at, Map<Measure, List<Double>> samples) {
    return new Series(
        group,
        label,
        Optional.of(at),
        List.of("Launcher.start in a loop"),
        samples,
        Optional.empty());
  }

  static Machine machine() {
    return new Machine(
        "AMD EPYC 7B13",
        2,
        8L << 30,
        "6.18.5",
        "Debian GNU/Linux 12 (bookworm)",
        "25.0.1+8-LTS, Eclipse Adoptium",
        "0.1.0-SNAPSHOT (5b9540e)",
        0,
        List.of("load 0.14 when it began", "no frequency governor can be read"));
  }

  static BenchResult result(List<Tool> tools, Section... sections) {
    return new BenchResult(
        BenchResult.FORMAT, "2026-11-22T02:00:00Z", false, machine(), tools, List.of(sections));
  }

  /** {@return a comparison of one group} */
  static Section section(Series... series) {
    return new Section("start", "Title", "About.", Section.Form.COMPARISON, "", List.of(series));
  }

  static Series series(String label, Measure measure, List<Double> samples) {
    return new Series(
        "group", label, Optional.empty(), List.of(), Map.of(measure, samples), Optional.empty());
  }

  static List<Tool> tools() {
    return List.of(
        tool("util-linux", "unshare from util-linux 2.38.1"),
        tool("bubblewrap", "bubblewrap 0.8.0"),
        tool("firejail", "firejail version 0.9.72"),
        tool("crun", "crun version 1.8.1"),
        tool("runc", "runc version 1.1.5+ds1"),
        tool("podman", "podman version 4.3.1"),
        absent("minijail", "not installed; https://google.github.io/minijail/"),
        absent("nsjail", "not installed; https://github.com/google/nsjail"),
        absent("landrun", "not installed; https://github.com/Zouuup/landrun"),
        absent("gVisor", "not installed; Debian: apt install runsc"));
  }

  private static Tool tool(String name, String version) {
    return new Tool(name, Optional.of(version), Optional.empty());
  }

  private static Tool absent(String name, String reason) {
    return new Tool(name, Optional.empty(), Optional.of(reason));
  }

  /** {@return a whole result, with figures such as a small machine had} */
  BenchResult whole() {
    return result(tools(), start(1), work(), threads(), live(), heap());
  }

  /**
   * {@return the comparison of starts}
   *
   * @param slower how much slower Cofferdam's confined ways are than usual
   */
  Section start(double slower) {
    var all = new ArrayList<Series>();
    for (String group : List.of("static program", "/usr/bin/true")) {
      double exec = group.equals("static program") ? 0 : 500;
      all.add(start(group, "ProcessBuilder", 771 + exec, 1.2, "/tmp/target"));
      all.add(start(group, "posix_spawn from C", 240 + exec, 1.1, "posix_spawn", "/tmp/target"));
      all.add(start(group, "launcher, plain", 214 + exec, 1.2, "Launcher.start, without walls"));
      all.add(
          start(
              slower,
              group,
              "Landlock + seccomp",
              258 + exec,
              1.2,
              "Launcher.start, a layer of one rule"));
      all.add(
          start(
              slower, group, "six namespaces", 612 + exec, 2.1, "Launcher.start, six namespaces"));
      all.add(
          start(
              slower,
              group,
              "full isolation",
              688 + exec,
              2.2,
              "Launcher.start, six namespaces, a root of its own of five binds, Landlock,"
                  + " seccomp"));
      all.add(
          start(
              group, "unshare", 3036, 3.6, "unshare", "-Urpfmniu", "--mount-proc", "/tmp/target"));
      all.add(
          start(
              group,
              "bubblewrap",
              4636,
              3.9,
              "bwrap",
              "--unshare-all",
              "--ro-bind",
              "/",
              "/",
              "--proc",
              "/proc",
              "--dev",
              "/dev",
              "/tmp/target"));
      all.add(
          start(
              group,
              "firejail",
              38794,
              6.5,
              "firejail",
              "--noprofile",
              "--quiet",
              "--net=none",
              "--private-dev",
              "--caps.drop=all",
              "--nonewprivs",
              "--seccomp",
              "/tmp/target"));
      all.add(
          start(
              group,
              "crun",
              10048,
              5.2,
              "unshare",
              "-m",
              "sh",
              "-c",
              "umount /sys/fs/cgroup/unified; exec crun --root R run --bundle B ID"));
      all.add(start(group, "runc", 28210, 24, "runc", "--root", "R", "run", "--bundle", "B", "ID"));
      all.add(
          start(
              group,
              "podman",
              205834,
              61,
              "podman",
              "--runtime",
              "runc",
              "run",
              "--rm",
              "--network=none",
              "--rootfs",
              "DIR",
              "/bin/true"));
      for (String absent : List.of("minijail", "nsjail", "landrun", "runsc")) {
        all.add(missing(group, absent, "not installed"));
      }
    }
    return new Section(
        "start",
        "From start to exit",
        "Each way starts the program, waits for its end and looks at its status. The ways take"
            + " turns, so that what else the machine does falls on all of them. The static program"
            + " does nothing at all; /usr/bin/true is linked dynamically.",
        Section.Form.COMPARISON,
        "",
        all);
  }

  private Section work() {
    var all = new ArrayList<Series>();
    record Work(String name, double microseconds) {}
    for (Work each :
        List.of(
            new Work("Maven compile", 4100e3),
            new Work("git status of 20,000 files", 84e3),
            new Work("tar of 100,000 small files", 1250e3))) {
      String work = each.name;
      double microseconds = each.microseconds;
      all.add(start(work, "unconfined", microseconds, 40, "sh", "-c", work));
      all.add(start(work, "Landlock", microseconds * 1.031, 40, "sh", "-c", work));
      all.add(start(work, "seccomp", microseconds * 1.012, 40, "sh", "-c", work));
      all.add(start(work, "Landlock + seccomp", microseconds * 1.044, 40, "sh", "-c", work));
      all.add(start(work, "full isolation", microseconds * 1.062, 42, "sh", "-c", work));
    }
    all.add(start("HTTP load over the loopback", "unconfined", 900e3, 12, "ab -n 10000"));
    all.add(missing("HTTP load over the loopback", "full isolation", "ab is not installed"));
    return new Section(
        "work",
        "Real work, confined and not",
        "Each round does the same work once in each way, from start to end: unconfined, and behind"
            + " one wall after the other. Files are in the page cache, output is thrown away.",
        Section.Form.COMPARISON,
        "",
        all);
  }

  private Section threads() {
    var all = new ArrayList<Series>();
    for (String label : List.of("ProcessBuilder", "launcher, plain", "full isolation")) {
      double rate =
          label.equals("ProcessBuilder") ? 1180 : label.equals("full isolation") ? 1400 : 4100;
      for (int threads = 1; threads <= 64; threads *= 2) {
        double ideal = rate * Math.min(1.8, Math.pow(threads, 0.8)) * (1 - threads / 400.0);
        all.add(point("starts", label, threads, Map.of(Measure.RATE, times(ideal, 20))));
      }
    }
    return new Section(
        "threads",
        "Starts per second by threads",
        "Threads of one virtual machine start a static program and wait for its end, again and"
            + " again.",
        Section.Form.CURVE,
        "threads",
        all);
  }

  private Section live() {
    var all = new ArrayList<Series>();
    for (int live : List.of(1, 10, 100, 500, 1000)) {
      all.add(
          point(
              "per sandbox",
              "supervisor",
              live,
              Map.of(
                  Measure.MEMORY,
                  times(92 * 1024, 8),
                  Measure.DESCRIPTORS,
                  List.of(2.0, 2.0, 2.0),
                  Measure.THREADS,
                  List.of(0.0, 0.0, 0.01))));
      all.add(
          point(
              "per sandbox",
              "virtual machine",
              live,
              Map.of(Measure.MEMORY, times(2048 + 90e3 / live, 8))));
    }
    return new Section(
        "live",
        "Live sandboxes",
        "Sandboxes are started one after the other and stay.",
        Section.Form.CURVE,
        "live sandboxes",
        all);
  }

  private Section heap() {
    var all = new ArrayList<Series>();
    for (double gibibytes : List.of(0.25, 1.0, 4.0, 16.0)) {
      all.add(
          point(
              "static program",
              "ProcessBuilder",
              gibibytes,
              Map.of(Measure.WALL_TIME, times(771e3, 50))));
      all.add(
          point(
              "static program",
              "launcher, plain",
              gibibytes,
              Map.of(Measure.WALL_TIME, times(214e3, 50))));
    }
    all.add(
        new Series(
            "static program",
            "launcher, plain",
            Optional.of(64.0),
            List.of(),
            Map.of(),
            Optional.of("this machine has 8 GiB")));
    return new Section(
        "heap",
        "Start of a process by the heap of the virtual machine",
        "A virtual machine of its own for each heap size starts a static program.",
        Section.Form.CURVE,
        "heap, GiB",
        all);
  }
}
