package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A command's end.
 *
 * @param exit how it ended
 * @param output both streams
 */
record Command(Exit exit, String output) {

  /** {@return the end of a command behind a filter} */
  static Command confined(SeccompFilter filter, Path directory, String... command)
      throws Exception {
    return run(NoNewPrivileges.program().then(filter.install()), directory, command);
  }

  /** {@return the end of a command without a filter} */
  static Command free(Path directory, String... command) throws Exception {
    return run(SetupProgram.empty(), directory, command);
  }

  static Command run(SetupProgram steps, Path directory, String... command) throws Exception {
    String path = command[0].startsWith("/") ? command[0] : find(command[0]);
    var plan =
        LaunchPlan.of(path, List.of(command))
            .variable("PATH", "/usr/bin:/bin")
            .variable("HOME", directory.toString())
            .variable("LC_ALL", "C")
            .directory(directory.toString())
            .commandSteps(steps)
            .build();
    var stdio = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
    try (Launched launched = Launcher.start(plan, stdio);
        InputStream out = new FdInputStream(launched.stream(1).orElseThrow())) {
      String output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      return new Command(launched.await(), output);
    }
  }

  /** Finds a program, or skips the test and says why. */
  static String find(String name) {
    Optional<Path> found =
        Stream.of("/usr/bin", "/bin")
            .map(folder -> Path.of(folder, name))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(found.isPresent(), "no " + name + " on this machine");
    return found.orElseThrow().toString();
  }
}
