package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A virtual machine with mounts of its own, which runs one script in a sandbox. */
final class MountedHost {
  private MountedHost() {}

  /**
   * Runs {@link HostMountsMain}; skips the test where nothing can be mounted.
   *
   * @param base {@code $1} of both shell scripts
   * @param mounts what is mounted before, as a shell script that fails if that cannot be
   * @param after a shell script that looks at what has become of it
   * @param arguments those of the main class
   * @return what was printed
   */
  static String run(Path base, String mounts, String after, String... arguments) throws Exception {
    Path temporary = Files.createTempDirectory(base, "t");
    ProcessBuilder machine = ChildMachine.builder(HostMountsMain.class, temporary, arguments);
    var command =
        new ArrayList<>(
            List.of(
                "unshare",
                "-Urm",
                "sh",
                "-c",
                "mount --make-rprivate / 2>/dev/null; { "
                    + mounts
                    + "; } || { echo skipped; exit; }\n"
                    + "(shift; exec \"$@\")\n"
                    + after,
                "sh",
                base.toString()));
    command.addAll(machine.command());
    Process process = machine.command(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assumeTrue(!output.contains("skipped"), "nothing can be mounted here: " + output);
    Sandboxed.assumeLandlockSufficed(output);
    assertTrue(output.contains("begun"), output);
    return output;
  }
}
