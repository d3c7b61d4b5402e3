package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A virtual machine that starts sandboxes of every kind without an end, to be killed meanwhile. */
final class KilledMachineMain {
  private KilledMachineMain() {}

  public static void main(String[] arguments) throws IOException {
    Sandbox sandbox =
        Sandbox.of(Policy.builder().isolation(Isolation.valueOf(arguments[0])).build());
    String marker = arguments[1];
    List<String> scripts =
        List.of(
            "exec sleep $1",
            "trap '' TERM HUP; setsid sleep $1 & (setsid sleep $1 &) ; sleep $1",
            "i=0; while [ $i -lt 20 ]; do sleep $1 & i=$((i+1)); done; exit 0",
            "exit 0 # $1");
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int thread = 0; thread < 4; thread++) {
        int first = thread;
        threads.submit(() -> {
          for (int i = first; ; i++) {
            try (SandboxProcess process =
                sandbox.start("/bin/sh", "-c", scripts.get(i % 4), "sh", marker)) {
              process.waitFor(i % 7, TimeUnit.MILLISECONDS);
              if (i == first + 2) {
                System.out.println("runs");
              }
            }
          }
        });
      }
    }
  }
}
