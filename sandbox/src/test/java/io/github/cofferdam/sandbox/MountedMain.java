package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads paths in a sandbox that blocks one, twice: isolation, mode, working directory, what is
 * blocked, what is read. For a virtual machine with mounts of its own.
 */
final class MountedMain {
  private MountedMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("begun");
    Path work = Path.of(arguments[2]);
    Isolation isolation = Isolation.valueOf(arguments[0]);
    Policy.Builder builder = Policy.builder().isolation(isolation);
    if (isolation == Isolation.BASIC) {
      // Not all of the host: what others do in their temporary files would get in the way.
      builder = Attempts.tools(isolation).readExecute(String.valueOf(work.getParent()));
    }
    Policy policy =
        builder
            .mode(arguments[1].equals("readonly") ? Mode.READONLY : Mode.WORKSPACE_WRITE)
            .blocked(arguments[3])
            .build();
    Sandbox sandbox = Sandbox.of(policy);
    for (int i = 0; i < 2; i++) {
      for (String path : Arrays.asList(arguments).subList(4, arguments.length)) {
        Outcome outcome =
            sandbox
                .command(List.of("/bin/cat", path))
                .directory(work)
                .parentEnvironment(Map.of("PATH", "/usr/bin:/bin"))
                .mergeStderr()
                .captureOutput()
                .run();
        // No JSON: the class path of another user may lack the library.
        System.out.println(
            outcome.output().map(CapturedOutput::out).orElseGet(outcome.ending()::toString));
      }
    }
  }
}
