package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.processesWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.TimeoutSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code [timeout] grace} gives a tree whose time is over. */
@Tag("kernel")
class GraceTest {
  private static final Duration WALL = Duration.ofSeconds(1);

  /** Nothing here takes so long. */
  private static final Duration LONG = Duration.ofSeconds(90);

  private final String marker = marker();

  @TempDir Path folder;

  /** Runs a script in which {@code tidy} is written to a file by two processes of the tree. */
  private Outcome run(Isolation isolation, Optional<Duration> grace, String trap)
      throws IOException, InterruptedException {
    var timeout = new TimeoutSettings(Optional.of(WALL), grace);
    Policy policy =
        Sandboxed.workspace().workspace(folder).isolation(isolation).timeout(timeout).build();
    assumeAvailable(isolation);
    String script = "trap '" + trap.replace("FILE", "$1") + "' TERM; while :; do sleep 0.02; done";
    String both = "setsid sh -c \"$3\" sh \"$1/other\" $2 & set -- \"$1/one\" $2; " + script;
    return Sandboxed.of(policy)
        .command("/bin/sh", "-c", both, "sh", folder.toRealPath().toString(), marker, script)
        .directory(folder)
        .parentEnvironment(Sandboxed.ENVIRONMENT)
        .captureOutput()
        .run();
  }

  @ParameterizedTest
  @EnumSource(Isolation.class)
  void theWholeTreeCanTidyUp(Isolation isolation) throws Exception {
    Outcome outcome = run(isolation, Optional.of(LONG), "sleep 0.2; echo tidy >\"FILE\"; exit 3");
    assertEquals(new Ending.TimedOut(WALL), outcome.ending());
    assertEquals("tidy\n", Files.readString(folder.resolve("one")));
    // In another session, and it may end after the command.
    assertEquals("tidy\n", Files.readString(folder.resolve("other")));
    assertEquals(List.of(), processesWith(marker));
  }

  @ParameterizedTest
  @EnumSource(Isolation.class)
  void whatIsDeafIsKilled(Isolation isolation) throws Exception {
    Outcome outcome = run(isolation, Optional.of(Duration.ofMillis(300)), ": >\"FILE\"");
    assertEquals(new Ending.TimedOut(WALL), outcome.ending());
    assertEquals(List.of(), processesWith(marker));
  }

  @ParameterizedTest
  @EnumSource(Isolation.class)
  void thereIsNoneUnlessAskedFor(Isolation isolation) throws Exception {
    for (Optional<Duration> grace :
        List.of(Optional.<Duration>empty(), Optional.of(Duration.ZERO))) {
      Outcome outcome = run(isolation, grace, "echo tidy >\"FILE\"; exit 3");
      assertEquals(new Ending.TimedOut(WALL), outcome.ending());
      assertFalse(Files.exists(folder.resolve("one")));
      assertFalse(Files.exists(folder.resolve("other")));
      assertEquals(List.of(), processesWith(marker));
    }
  }
}
