package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A virtual machine that starts sandboxes of every kind without an end, to be killed meanwhile. */
final class KilledMachineMain {
  private static final List<String> SCRIPTS =
      List.of(
          "exec sleep $1",
          "trap '' TERM HUP; setsid sleep $1 & (setsid sleep $1 &) ; sleep $1",
          "i=0; while [ $i -lt 20 ]; do sleep $1 & i=$((i+1)); done; exit 0",
          "exit 0 # $1");

  private KilledMachineMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    Sandbox sandbox =
        Sandbox.of(Policy.builder().isolation(Isolation.valueOf(arguments[0])).build());
    List<Callable<Void>> loops =
        IntStream.range(0, SCRIPTS.size())
            .mapToObj(first -> loop(sandbox, arguments[1], first))
            .toList();
    try (var threads = Executors.newFixedThreadPool(loops.size())) {
      threads.invokeAll(loops);
    }
  }

  private static Callable<Void> loop(Sandbox sandbox, String marker, int first) {
    return () -> {
      for (int i = first; ; i++) {
        String script = SCRIPTS.get(i % SCRIPTS.size());
        try (SandboxProcess process = sandbox.start("/bin/sh", "-c", script, "sh", marker)) {
          process.waitFor(i % 7, TimeUnit.MILLISECONDS);
        }
        if (i == first + 2) {
          System.out.println("runs");
        }
      }
    };
  }
}
