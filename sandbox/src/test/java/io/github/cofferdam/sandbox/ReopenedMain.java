package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Says what becomes of runs that have files as their standard input: workspace, what may only be
 * read, the files. For a virtual machine with mounts of its own.
 */
final class ReopenedMain {
  private ReopenedMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("begun");
    Policy policy =
        Attempts.tools(Isolation.NAMESPACE)
            .mode(Mode.WORKSPACE_WRITE)
            .readOnly(arguments[1])
            .build();
    for (String name : Arrays.asList(arguments).subList(2, arguments.length)) {
      Path file = Path.of(name);
      try (Directory directory = Directory.openReal(Objects.requireNonNull(file.getParent()));
          Fd in = directory.openFile(file.getFileName().toString(), Uapi.O_RDONLY(), 0)) {
        Outcome outcome =
            Sandbox.of(policy)
                .command(List.of("/bin/sh", "-c", "echo changed >/proc/self/fd/0"))
                .directory(Path.of(arguments[0]))
                .parentEnvironment(Sandboxed.ENVIRONMENT)
                .stdin(Stdio.to(in))
                .run();
        // No JSON: the class path of another user may lack the library.
        System.out.println(name + " " + outcome.ending());
      }
    }
  }
}
