package io.github.cofferdam.bench;

import com.sun.management.OperatingSystemMXBean;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Whether a large heap of the virtual machine slows the start of a process. */
final class HeapGrowth implements Question {
  private static final long MEBIBYTE = 1L << 20;

  /** What has to stay free beside a heap whose memory is touched. */
  private static final long RESERVE = 1L << 30;

  private static final String GROUP = "static program";

  /**
   * How much is measured.
   *
   * @param heaps in MiB
   * @param touchedUpTo the largest heap whose memory is touched, in MiB
   * @param rounds how many virtual machines there are with each heap, one at a time
   * @param warmUp starts by each before it measures
   * @param starts that count, by each
   */
  record Size(List<Long> heaps, long touchedUpTo, int rounds, int warmUp, int starts) {
    Size {
      heaps = List.copyOf(heaps);
    }

    static Size of(Effort effort) {
      List<Long> heaps = List.of(256L, 1024L, 4096L, 16384L);
      return switch (effort) {
        case QUICK -> new Size(heaps, 1024, 1, 60, 60);
        case FULL -> new Size(heaps, 16384, 5, 500, 300);
      };
    }
  }

  @Override
  public String id() {
    return "heap";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var findings = new Findings();
    Path target = StaticTarget.create();
    try (var folder = new TemporaryFolder(Objects.requireNonNull(target.getParent()))) {
      Optional<String> unreadable = unreadable();
      int points = size.rounds() * size.heaps().size();
      for (int i = 0; i < points; i++) {
        long heap = size.heaps().get(i % size.heaps().size());
        progress.at("heap of " + heap + " MiB", (double) i / points);
        point(findings, size, heap, target, folder.path(), unreadable);
      }
    }
    return new Section(
        id(),
        "Start of a process by the heap of the virtual machine",
        "A virtual machine of its own for each heap size starts a static program, by ProcessBuilder"
            + " and by the launcher in turns, without walls. As far as the machine's memory allows"
            + " it, all memory of the heap is touched before; where it does not, and for large"
            + " heaps in a quick run, the heap is only reserved, which the command line says. A way"
            + " that copied the parent's page tables would take longer the larger the touched heap"
            + " is.",
        Section.Form.CURVE,
        "heap, MiB",
        findings.toList());
  }

  private static void point(
      Findings findings,
      Size size,
      long heap,
      Path target,
      Path folder,
      Optional<String> unreadable)
      throws IOException, InterruptedException {
    boolean touched = heap <= size.touchedUpTo() && heap * MEBIBYTE + RESERVE <= available();
    List<String> command = command(heap, touched, target, folder, size);
    Findings.Samples builder =
        findings.point(GROUP, HeapChild.PROCESS_BUILDER, (double) heap, words(heap, touched));
    Findings.Samples launcher =
        findings.point(GROUP, HeapChild.LAUNCHER, (double) heap, words(heap, touched));
    Optional<String> missing =
        unreadable.isPresent() ? unreadable : run(command, folder, builder, launcher);
    if (missing.isPresent()) {
      builder.missing(missing.get());
      launcher.missing(missing.get());
    }
  }

  private static List<String> words(long heap, boolean touched) {
    return List.of(
        "java", "-Xms" + heap + "m", "-Xmx" + heap + "m", touched ? "touched" : "only reserved");
  }

  private static List<String> command(
      long heap, boolean touched, Path target, Path folder, Size size) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xms" + heap + "m");
    command.add("-Xmx" + heap + "m");
    command.add("-XX:" + (touched ? "+" : "-") + "AlwaysPreTouch");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:-UsePerfData");
    command.add("-Djava.io.tmpdir=" + folder);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(HeapChild.class.getName());
    command.add(target.toString());
    command.add(Integer.toString(size.warmUp()));
    command.add(Integer.toString(size.starts()));
    return command;
  }

  /** Runs one, and says what went wrong if something did. */
  private static Optional<String> run(
      List<String> command, Path folder, Findings.Samples builder, Findings.Samples launcher)
      throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try {
      try (BufferedReader lines = process.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          String[] words = line.split(" ", 2);
          if (words[0].equals(HeapChild.PROCESS_BUILDER)) {
            builder.add(Measure.WALL_TIME, Double.parseDouble(words[1]));
          } else if (words[0].equals(HeapChild.LAUNCHER)) {
            launcher.add(Measure.WALL_TIME, Double.parseDouble(words[1]));
          }
        }
      }
      int status = process.waitFor();
      return status == 0
          ? Optional.empty()
          : Optional.of(
              "the virtual machine ended with %d: %s"
                  .formatted(status, Errors.lastLine(Files.readString(errors))));
    } finally {
      process.destroyForcibly().waitFor();
      Files.deleteIfExists(errors);
    }
  }

  /** {@return why another virtual machine could not find this one's classes} */
  static Optional<String> unreadable() {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!Files.isReadable(Path.of(entry))) {
        return Optional.of("this user cannot read " + entry + " of the class path");
      }
    }
    return Optional.empty();
  }

  /** What can be touched, also where a control group limits this process. */
  private static long available() throws IOException {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? Math.min(system.getTotalMemorySize(), ProcFiles.available())
        : ProcFiles.available();
  }
}
