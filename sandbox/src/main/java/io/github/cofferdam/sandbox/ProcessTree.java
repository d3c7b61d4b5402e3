package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.ProcessStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The processes of a run, as this process sees them in /proc, whatever process-id namespace they
 * are in. A snapshot is out of date as soon as it is made.
 */
final class ProcessTree {
  private static final String INNER_PIDS = "NSpid";
  private static final Pattern CHILDREN = Pattern.compile(" ");

  private final List<ProcessHandle> all;
  private final Optional<ProcessHandle> command;
  private final long supervisor;

  /**
   * Those that are there now.
   *
   * @param supervisor the process that was started
   * @param command the command's process id, as its supervisor sees it
   */
  ProcessTree(long supervisor, int command) {
    this.supervisor = supervisor;
    all =
        ProcessHandle.of(supervisor).map(handle -> handle.descendants().toList()).orElse(List.of());
    this.command = all.stream().filter(process -> innermostPid(process) == command).findFirst();
  }

  /**
   * {@return the command itself, without a look at all processes where the kernel tells children};
   * empty if it has ended.
   */
  static Optional<ProcessHandle> command(long supervisor, int command) {
    String id = Long.toString(supervisor);
    String children;
    try {
      // proc_pid_task(5); not every kernel is built with it
      children = Files.readString(Path.of("/proc", id, "task", id, "children"));
    } catch (IOException e) {
      return new ProcessTree(supervisor, command).command;
    }
    return CHILDREN
        .splitAsStream(children)
        .filter(child -> !child.isEmpty())
        .flatMap(child -> ProcessHandle.of(Long.parseLong(child)).stream())
        .filter(child -> innermostPid(child) == command)
        // The number may have become another's meanwhile.
        .filter(child -> child.parent().filter(parent -> parent.pid() == supervisor).isPresent())
        .findFirst();
  }

  /**
   * All but the command and those who look after it: what the command started, also if its parents
   * have ended meanwhile.
   */
  Stream<ProcessHandle> descendants() {
    Set<ProcessHandle> others = new HashSet<>();
    for (Optional<ProcessHandle> process = command;
        process.isPresent() && process.get().pid() != supervisor;
        process = process.get().parent()) {
      others.add(process.get());
    }
    return command.isEmpty()
        ? Stream.empty()
        : all.stream().filter(process -> !others.contains(process));
  }

  /** The process id in the namespace that the process itself is in, proc_pid_status(5). */
  private static long innermostPid(ProcessHandle process) {
    try {
      // "4711\t2", one number for each namespace, from here inwards
      Optional<String> all = ProcessStatus.of(process.pid()).field(INNER_PIDS);
      return all.isEmpty()
          ? process.pid()
          : Long.parseLong(all.get().substring(all.get().lastIndexOf('\t') + 1));
    } catch (IOException e) {
      // It has ended.
      return -1;
    }
  }
}
