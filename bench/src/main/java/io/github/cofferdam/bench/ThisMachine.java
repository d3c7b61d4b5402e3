package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Machine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is known of the machine that a run is on. */
final class ThisMachine {
  private static final String UNKNOWN = "unknown";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path root;

  /**
   * @param root where the files of the kernel and of the distribution are: {@code /}
   */
  ThisMachine(Path root) {
    this.root = root;
  }

  /**
   * Looks at the machine as it is now.
   *
   * @param version of this project
   */
  Machine look(String version) {
    long user = Ids.user();
    String cpu = text("proc/cpuinfo");
    return new Machine(
        value(cpu, "model name", ":").orElse(System.getProperty("os.arch") + " processor"),
        Runtime.getRuntime().availableProcessors(),
        value(text("proc/meminfo"), "MemTotal", ":").map(ThisMachine::kibibytes).orElse(0L),
        text("proc/sys/kernel/osrelease").isEmpty()
            ? UNKNOWN
            : text("proc/sys/kernel/osrelease").strip(),
        value(text("etc/os-release"), "PRETTY_NAME", "=")
            .map(name -> name.replace("\"", ""))
            .orElse(UNKNOWN),
        System.getProperty("java.vm.version") + ", " + System.getProperty("java.vendor"),
        version,
        user,
        notes(user, cpu));
  }

  private List<String> notes(long user, String cpu) {
    var notes = new ArrayList<String>();
    String load = text("proc/loadavg");
    if (!load.isEmpty()) {
      notes.add("load average when the run began: " + load.split(" ", 2)[0]);
    }
    String governor = text("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip();
    if (!governor.isEmpty()) {
      notes.add("CPU frequency governor: " + governor);
    }
    if (text("proc/sys/kernel/sched_autogroup_enabled").strip().equals("1")) {
      // Then what starts a session waits, where others run, until its share begins (sched(7)).
      notes.add("sessions are scheduled as groups: on a busy machine, new ones wait");
    }
    if (value(cpu, "flags", ":").filter(flags -> flags.contains(" hypervisor")).isPresent()) {
      notes.add("in a virtual machine");
    }
    if (user == 0) {
      notes.add("run by root");
    }
    return notes;
  }

  /** A file's text; empty where this user cannot read it. */
  private String text(String file) {
    try {
      return new String(Files.readAllBytes(root.resolve(file)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** The value of the first line with that name. */
  private static Optional<String> value(String text, String name, String separator) {
    return text.lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(separator) + 1).strip())
        .findFirst();
  }

  private static long kibibytes(String text) {
    return Long.parseLong(text.replace(" kB", "")) * 1024;
  }

  /**
   * {@return the version of this project, with the commit if it runs from a checkout}
   *
   * @param version of the jar
   * @param checkout the folder that has git's, if there is one
   */
  static String version(String version, Optional<Path> checkout, SearchPath searchPath)
      throws InterruptedException {
    Optional<Path> git = searchPath.find("git");
    if (git.isEmpty() || checkout.isEmpty()) {
      return version;
    }
    try {
      Finished described =
          Finished.of(
              List.of(
                  git.get().toString(),
                  "-C",
                  checkout.get().toString(),
                  "describe",
                  "--always",
                  "--dirty",
                  "--exclude=*",
                  "--abbrev=12"),
              PATIENCE);
      return described.status() == 0 ? version + ", commit " + described.output() : version;
    } catch (IOException e) {
      return version;
    }
  }
}
