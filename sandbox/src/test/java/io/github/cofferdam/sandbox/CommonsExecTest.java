package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.commons.exec.CommandLine;
import org.apache.commons.exec.DefaultExecuteResultHandler;
import org.apache.commons.exec.DefaultExecutor;
import org.apache.commons.exec.ExecuteException;
import org.apache.commons.exec.ExecuteWatchdog;
import org.apache.commons.exec.PumpStreamHandler;
import org.apache.commons.exec.ShutdownHookProcessDestroyer;
import org.apache.commons.exec.environment.EnvironmentUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Apache Commons Exec, which knows nothing of Cofferdam: one method that makes the process is
 * replaced, and its streams, watchdog, results and destroyer work as they are.
 */
@Tag("kernel")
class CommonsExecTest {
  @TempDir private Path temporary;

  /** What a user of the library writes. */
  private static final class ConfinedExecutor extends DefaultExecutor {
    private final Sandbox sandbox;

    @SuppressWarnings("deprecation") // the builder makes no subclasses
    ConfinedExecutor(Sandbox sandbox) {
      this.sandbox = sandbox;
    }

    @Override
    protected Process launch(
        CommandLine command, @Nullable Map<String, String> variables, @Nullable Path directory)
        throws IOException {
      SandboxProcessBuilder builder = sandbox.processBuilder(command.toStrings());
      if (directory != null) {
        builder.directory(directory.toFile());
      }
      if (variables != null) {
        // clear() would say that TMPDIR is not wanted either.
        builder.environment().keySet().retainAll(variables.keySet());
        builder.environment().putAll(variables);
      }
      return builder.start();
    }
  }

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private DefaultExecutor executor(Isolation isolation) throws Exception {
    return executor(Policy.builder().isolation(isolation).build(), "");
  }

  private DefaultExecutor executor(Policy policy, String input) throws Exception {
    Sandboxed.assumeAvailable(policy.isolation());
    var executor = new ConfinedExecutor(Sandboxed.of(policy));
    executor.setStreamHandler(
        new PumpStreamHandler(out, err, new ByteArrayInputStream(input.getBytes(UTF_8))));
    return executor;
  }

  private static CommandLine shell(String script, String... arguments) {
    CommandLine command = new CommandLine("/bin/sh").addArgument("-c").addArgument(script, false);
    return command.addArgument("sh").addArguments(arguments, false);
  }

  @ParameterizedTest
  @EachIsolation
  void streamsArePumpedAndTheExitValueIsRight(Isolation isolation) throws Exception {
    var input = "line\n".repeat(50_000);
    DefaultExecutor executor = executor(Policy.builder().isolation(isolation).build(), input);

    assertEquals(0, executor.execute(shell("cat; echo err >&2; head -c 200000 /dev/zero >&2")));

    assertEquals(input, out.toString(UTF_8));
    assertEquals(200_004, err.size());
  }

  @ParameterizedTest
  @EachIsolation
  void otherExitValuesAreFailures(Isolation isolation) throws Exception {
    DefaultExecutor executor = executor(isolation);

    var thrown = assertThrows(ExecuteException.class, () -> executor.execute(shell("exit 42")));
    assertEquals(42, thrown.getExitValue());
    executor.setExitValue(42);
    assertEquals(42, executor.execute(shell("exit 42")));
    executor.setExitValues(null);
    assertEquals(137, executor.execute(shell("kill -9 $$")));
  }

  @ParameterizedTest
  @EachIsolation
  void directoryAndEnvironmentArrive(Isolation isolation) throws Exception {
    DefaultExecutor executor = executor(isolation);
    @SuppressWarnings("deprecation") // the builder's way, which makes no subclasses
    Consumer<File> workingDirectory = executor::setWorkingDirectory;
    workingDirectory.accept(temporary.toRealPath().toFile());
    var variables = new HashMap<>(EnvironmentUtils.getProcEnvironment());
    variables.put("GIVEN", "a b");
    variables.put("MY_SECRET_TOKEN", "secret");

    executor.execute(shell("pwd; echo \"$GIVEN:${MY_SECRET_TOKEN-none}\""), variables);

    // What the program itself put there is what it wants the command to have.
    assertEquals(temporary.toRealPath() + "\na b:secret\n", out.toString(UTF_8));
  }

  @ParameterizedTest
  @EachIsolation
  void theCommandIsConfined(Isolation isolation) throws Exception {
    DefaultExecutor executor = executor(isolation);

    assertThrows(
        ExecuteException.class,
        () -> executor.execute(shell("echo no > $1/f", temporary.toString())));
    assertTrue(err.size() > 0);
    assertFalse(temporary.resolve("f").toFile().exists());
  }

  /** The library sends one process one signal; the tree ends nevertheless. */
  @ParameterizedTest
  @EachIsolation
  void theWatchdogEndsTheTree(Isolation isolation) throws Exception {
    String marker = marker();
    DefaultExecutor executor = executor(isolation);
    ExecuteWatchdog watchdog = ExecuteWatchdog.builder().setTimeout(Duration.ofMillis(700)).get();
    executor.setWatchdog(watchdog);

    var thrown =
        assertThrows(
            ExecuteException.class,
            () ->
                executor.execute(
                    shell(
                        "trap '' HUP; setsid sh -c 'trap \"\" TERM; sleep $1; :' sh $1 &"
                            + " (setsid sleep $1 &) ; exec sleep $1",
                        marker)));

    assertTrue(watchdog.killedProcess());
    assertEquals(143, thrown.getExitValue());
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void aRunInTheBackgroundCanBeDestroyed(Isolation isolation) throws Exception {
    String marker = marker();
    DefaultExecutor executor = executor(isolation);
    ExecuteWatchdog watchdog =
        ExecuteWatchdog.builder().setTimeout(ExecuteWatchdog.INFINITE_TIMEOUT_DURATION).get();
    executor.setWatchdog(watchdog);
    var destroyer = new ShutdownHookProcessDestroyer();
    executor.setProcessDestroyer(destroyer);
    var result = new DefaultExecuteResultHandler();

    executor.execute(shell("sleep $1 & exec sleep $1", marker), result);
    awaitProcesses(marker, 2);
    while (destroyer.isEmpty() || !watchdog.isWatching()) {
      // The library tells both only when the command runs already.
      Thread.sleep(5);
    }
    watchdog.destroyProcess();
    result.waitFor();

    assertEquals(143, result.getExitValue());
    assertTrue(destroyer.isEmpty());
    awaitProcesses(marker, 0);
  }

  @ParameterizedTest
  @EachIsolation
  void whatCannotBeRunIsAnIoException(Isolation isolation) throws Exception {
    DefaultExecutor executor = executor(isolation);
    Throwable cause =
        assertThrows(
            IOException.class, () -> executor.execute(new CommandLine("/no/such/command")));
    while (!(cause instanceof NotExecutedException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    assertFalse(assertInstanceOf(NotExecutedException.class, cause).found());
  }
}
