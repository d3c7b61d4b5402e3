package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The processes below one, as /proc shows them from outside. Below a reaper of orphans, which every
 * supervisor is, that is the whole tree.
 */
final class Descendants {
  private static final int PIDFD_OPEN = Syscall.number("pidfd_open");
  private static final int PIDFD_SEND_SIGNAL = Syscall.number("pidfd_send_signal");

  private Descendants() {}

  private record Killed(int pid, long start) {}

  /**
   * Kills them, again and again until there is none that was not killed yet. (One that was does
   * nothing any more, but the kernel may need a while to take it away.)
   *
   * @return whether none is left; false also when the time was over before, or there is no /proc
   */
  static boolean kill(int ancestor, long nanos) {
    long end = System.nanoTime() + nanos;
    Set<Killed> killed = new HashSet<>();
    try {
      while (true) {
        boolean found = false;
        for (ProcessStat process : of(ancestor)) {
          if (!process.ended() && killed.add(new Killed(process.pid(), process.start()))) {
            found = true;
            kill(process);
          }
        }
        if (!found) {
          return true;
        }
        if (System.nanoTime() - end > 0) {
          return false;
        }
      }
    } catch (IOException e) {
      return false;
    }
  }

  /** In the order of generations. */
  static List<ProcessStat> of(int ancestor) throws IOException {
    Map<Integer, List<ProcessStat>> children = new HashMap<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(Path.of("/proc"), Descendants::isProcess)) {
      for (Path process : all) {
        ProcessStat.of(Integer.parseInt(process.getFileName().toString()))
            .ifPresent(stat ->
                children.computeIfAbsent(stat.parent(), pid -> new ArrayList<>()).add(stat));
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    var found = new ArrayList<ProcessStat>();
    var parents = new ArrayDeque<>(List.of(ancestor));
    while (!parents.isEmpty()) {
      // Removed, since a list that changes while it is read may show somebody below himself.
      List<ProcessStat> generation = children.remove(parents.pop());
      if (generation != null) {
        found.addAll(generation);
        generation.forEach(process -> parents.add(process.pid()));
      }
    }
    return found;
  }

  private static boolean isProcess(Path path) {
    return path.getFileName().toString().chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /**
   * The number may have passed to another process since it was read, so that is looked at again.
   */
  private static void kill(ProcessStat process) throws KernelException {
    long pidfd = Syscall.call(PIDFD_OPEN, process.pid(), 0);
    if (Syscall.isError(pidfd)) {
      return;
    }
    try (Fd held = Fd.owning(pidfd, "pidfd_open", "hold process " + process.pid())) {
      Optional<ProcessStat> now = ProcessStat.of(process.pid());
      if (now.isPresent() && now.get().start() == process.start()) {
        long result = Syscall.call(PIDFD_SEND_SIGNAL, held.number(), Uapi.SIGKILL(), 0, 0);
        if (result != -Errno.ESRCH.number()) {
          Syscall.check(result, "pidfd_send_signal", "end process " + process.pid());
        }
      }
    }
  }
}
