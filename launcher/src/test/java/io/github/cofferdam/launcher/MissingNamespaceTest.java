package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.KernelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A launch that is supervised as the init of a process-id namespace, without there being one, must
 * not start: its final {@code kill(-1)} would reach everybody.
 *
 * <p>Runs in a namespace that util-linux' unshare makes, so that a launcher which gets this wrong
 * harms nobody else.
 */
@Tag("kernel")
class MissingNamespaceTest {
  private static final String REFUSED = "EOPNOTSUPP";

  /** Prints what became of the launch, if it lives to do so. */
  public static final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
      var plan =
          LaunchPlan.of("/bin/true", List.of("true"))
              .supervision(Supervision.PID_NAMESPACE)
              .build();
      try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
        System.out.print(launched.await());
      } catch (KernelException e) {
        System.out.print(e.errno());
      }
    }
  }

  @Test
  void aLaunchWithoutItsNamespaceIsRefused() throws Exception {
    Path unshare = Path.of("/usr/bin/unshare");
    assumeTrue(Files.isExecutable(unshare), "util-linux' unshare is not installed");
    Commands.assumeNamespaces();
    var command =
        new ArrayList<>(
            List.of(
                unshare.toString(), "--user", "--map-root-user", "--pid", "--fork", "sh", "-c"));
    // Not the first process of that namespace either: the shell waits.
    command.add("\"$@\"; exit $?");
    command.add("sh");
    command.addAll(ChildJvm.command(Main.class));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertEquals(REFUSED, output);
  }
}
