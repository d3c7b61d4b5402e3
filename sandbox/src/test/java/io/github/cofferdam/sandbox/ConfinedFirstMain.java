package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.landlock.ConfinedThread;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.LandlockSupport;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * A virtual machine whose first command is run by a thread that has confined itself. Prints what
 * another thread's next run leaves behind, and which of Cofferdam's threads are confined.
 */
final class ConfinedFirstMain {
  private ConfinedFirstMain() {}

  /** Takes how to confine, and two directories for temporary files: inside, and outside. */
  public static void main(String[] args) throws Exception {
    Path inside = Path.of(args[1]);
    Path outside = Path.of(args[2]);
    Sandbox sandbox = Sandbox.of(Policy.builder().build());
    Callable<String> first = () -> sandbox.command("true").start().outcome().ending().toString();
    System.setProperty("java.io.tmpdir", inside.toString());
    System.out.println(
        switch (args[0]) {
          case "helper" -> ConfinedThread.call(layer(inside), first);
          case "layer" ->
              inThread(() -> {
                layer(inside).restrictThisThread();
                return first.call();
              });
          default ->
              inThread(() -> {
                SeccompFilter.denyList(Arch.host())
                    .on(List.of("acct"), Action.errno(Errno.EPERM))
                    .build()
                    .installOnThisThread();
                return first.call();
              });
        });
    System.setProperty("java.io.tmpdir", outside.toString());
    System.out.println(sandbox.command("true").start().outcome().ending());
    try (var left = Files.list(outside)) {
      System.out.println("left: " + left.toList());
    }
    System.out.println("confined: " + confinedThreads());
  }

  private static LandlockLayer layer(Path inside) throws IOException {
    return LandlockPolicy.builder()
        .readExecute(Path.of("/"))
        .readWrite(inside)
        .device(Path.of("/dev/null"))
        .scope(Scope.SIGNAL)
        .build()
        .on(LandlockSupport.probe());
  }

  private static String inThread(Callable<String> work) throws Exception {
    var task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().start(task);
    String result = task.get();
    thread.join();
    return result;
  }

  private static List<String> confinedThreads() throws IOException {
    var names = new ArrayList<String>();
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        List<String> status = Files.readAllLines(task.resolve("status"));
        String name = status.getFirst().replaceFirst("Name:\\s*", "");
        if (name.startsWith("cofferdam")
            && status.stream().anyMatch(line -> line.matches("NoNewPrivs:\\s*1"))) {
          names.add(name);
        }
      }
    }
    return names;
  }
}
