package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.NoNewPrivileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Filters for a whole process, in virtual machines that are started for it. */
@Tag("kernel")
final class AllThreadsTest {
  private static final SeccompFilter FILTER =
      SeccompFilter.denyList(Arch.host()).on("getppid", Action.errno(Errno.EDOM)).build();
  private static final int GETPPID = Syscall.number("getppid");

  /** Filters of every thread of this process, without those that end meanwhile. */
  private static List<Integer> filtersOfThreads() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks
          .map(task -> {
            try {
              return ThreadStatus.parse(Files.readAllLines(task.resolve("status")))
                  .mode()
                  .orElseThrow();
            } catch (IOException e) {
              return -1;
            }
          })
          .filter(mode -> mode >= 0)
          .distinct()
          .toList();
    }
  }

  /** All threads, those of the virtual machine included. */
  public static final class All {
    private All() {}

    public static void main(String[] args) throws Exception {
      try (var other = new ConfinedThread()) {
        other.run(() -> 0);
        System.out.println(filtersOfThreads());
        System.out.println(FILTER.installOnAllThreads());
        System.out.println(filtersOfThreads());
        System.out.println(Syscall.call(GETPPID));
        System.out.println(other.run(() -> Syscall.call(GETPPID)));
      }
    }
  }

  @Test
  void allOfThem() throws Exception {
    assertEquals("[0]\nINSTALLED\n[2]\n-33\n-33", ChildJvm.run(All.class));
  }

  /** One thread has a filter of its own. */
  public static final class Diverged {
    private Diverged() {}

    public static void main(String[] args) throws Exception {
      try (var other = new ConfinedThread();
          var third = new ConfinedThread()) {
        long tid = other.run(() -> Syscall.call(Syscall.number("gettid")));
        third.run(() -> 0);
        other.run(() -> {
          SeccompFilter.denyList(Arch.host()).build().installOnThisThread();
          return 0;
        });
        TsyncResult result = FILTER.installOnAllThreads();
        boolean right = result instanceof TsyncResult.Conflict(int named) && named == tid;
        System.out.println(right ? "conflict" : result + " instead of " + tid);
        System.out.println(result.installed());
        System.out.println(ThreadStatus.ofThisThread().mode().orElseThrow());
        System.out.println(Syscall.call(GETPPID) > 0);
        System.out.println(third.run(() -> Syscall.call(GETPPID) > 0));
        System.out.println(other.run(() -> Syscall.call(GETPPID) > 0));
      }
    }
  }

  @Test
  void noneOfThemIfOneStandsInTheWay() throws Exception {
    assertEquals("conflict\nfalse\n0\ntrue\ntrue\ntrue", ChildJvm.run(Diverged.class));
  }

  /** What the kernel says to flags that no method here combines. */
  public static final class Raw {
    private Raw() {}

    public static void main(String[] args) throws Exception {
      NoNewPrivileges.program().run();
      Installation both =
          Installation.of(FILTER.program()).with(KernelFlag.TSYNC).with(KernelFlag.NEW_LISTENER);
      System.out.println(errno(both));
      try (var other = new ConfinedThread()) {
        other.run(() -> {
          SeccompFilter.denyList(Arch.host()).build().installOnThisThread();
          return 0;
        });
        System.out.println(errno(both.with(KernelFlag.TSYNC_ESRCH)));
      }
    }

    private static String errno(Installation installation) throws Exception {
      try {
        return "" + Installation.call(installation.step(), Kernel.host());
      } catch (InstallException e) {
        return e.errno() + " " + e.refusal().name();
      }
    }
  }

  @Test
  void aListenerForAllThreadsNeedsAnErrorOfItsOwn() throws Exception {
    assertEquals("EINVAL UNKNOWN_TO_KERNEL\nESRCH THREAD_DIVERGED", ChildJvm.run(Raw.class));
  }
}
