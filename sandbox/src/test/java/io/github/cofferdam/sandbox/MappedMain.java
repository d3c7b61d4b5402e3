package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.nio.file.Path;
import java.util.Arrays;

/** Runs a script that may write to a directory, and goes on for a while. */
final class MappedMain {
  private MappedMain() {}

  /**
   * Takes isolation, requirement, workspace and script, which gets this process's id, and overlays.
   */
  public static void main(String[] args) throws Exception {
    Policy policy =
        Policy.builder()
            .mode(Mode.WORKSPACE_WRITE)
            .isolation(Isolation.valueOf(args[0]))
            .workspace(args[2])
            .overlay(Arrays.copyOfRange(args, 4, args.length))
            .enforcement(Protection.VIRTUAL_MACHINE, Requirement.valueOf(args[1]))
            .build();
    String pid = Long.toString(ProcessHandle.current().pid());
    Outcome outcome =
        Sandbox.of(policy)
            .command("/bin/sh", "-c", args[3], "sh", pid)
            .directory(Path.of(args[2]))
            .mergeStderr()
            .captureOutput()
            .run();
    // The performance counters are written all the time.
    for (int i = 0; i < 10; i++) {
      Thread.sleep(50);
      System.gc();
    }
    System.out.println(outcome.ending());
    System.out.println(Sandboxed.text(outcome));
    outcome
        .enforcement()
        .ifPresent(report -> System.out.println(report.of(Protection.VIRTUAL_MACHINE)));
  }
}
