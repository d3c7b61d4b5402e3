package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Attempts to outlive, to outgrow or to deceive the supervisor, each with the number that it has in
 * the collection beside the project; {@link AttemptsCoverageTest} sees to it that none is left out.
 */
@Tag("kernel")
class ResourceAttemptsTest {
  @TempDir private Path temporary;

  /**
   * RS-01, where no number of processes is set: these are always new ones, so that whoever ends
   * them one by one comes too late. The number of them at a time is small for the machine's sake.
   */
  @ParameterizedTest
  @EachIsolation
  void processesThatKeepForkingEndTogether(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String marker = marker();
    Policy policy = readonly().isolation(isolation).timeout(Duration.ofMillis(1500)).build();
    try (var other = Executors.newSingleThreadExecutor()) {
      Future<Outcome> storm =
          other.submit(() ->
              python(
                  policy,
                  temporary,
                  """
                  import os, signal, time
                  for number in range(1, 32):
                      try: signal.signal(number, signal.SIG_IGN)
                      except (OSError, ValueError): pass
                  end = time.monotonic() + 60
                  for i in range(40):
                      if os.fork() == 0:
                          if i % 2: os.setsid()
                          while time.monotonic() < end:
                              # The parent goes, the child goes on.
                              if os.fork(): os._exit(0)
                  time.sleep(60)
                  """,
                  marker));
      while (Sandboxed.processesWith(marker).size() < 5 && !storm.isDone()) {
        Thread.sleep(10);
      }
      // This virtual machine has time for others.
      assertPrints("here\n", sh(readonly().build(), temporary, "echo here"));

      Outcome outcome = storm.get();
      assertEquals(
          new Ending.TimedOut(Duration.ofMillis(1500)), outcome.ending(), () -> text(outcome));
      awaitProcesses(marker, 0);
    }
  }

  /** RS-14: a command that has ended is not signalled, whoever has its number now. */
  @Test
  void aNumberThatIsUsedAgainIsNotSignalled() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/unshare")), "no /usr/bin/unshare");
    Sandboxed.assumeLandlockSuffices(readonly().build());
    var command =
        new ArrayList<>(List.of("/usr/bin/unshare", "-Urpf", "--mount-proc", "--kill-child"));
    command.addAll(ChildMachine.builder(ReusedPidMain.class, temporary).command());

    Process machine = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(machine.getInputStream().readAllBytes(), UTF_8);
    int status = machine.waitFor();

    assumeTrue(
        !output.startsWith("unshare: "), () -> "no process ids of one's own here: " + output);
    assertEquals("the stranger lives\n", output);
    assertEquals(0, status);
  }

  /** RS-17: there is nothing that would make objects out of what a command wrote. */
  @Test
  void nothingIsDeserialised() throws IOException {
    var dangerous =
        Pattern.compile("\\b(ObjectInputStream|readObject|readUnshared|XMLDecoder|XStream)\\b");
    var found = new ArrayList<String>();
    int files = 0;
    Path root = Path.of(System.getProperty("cofferdam.root", ".."));
    try (Stream<Path> modules = Files.list(root)) {
      for (Path sources : modules.map(module -> module.resolve("src/main/java")).toList()) {
        if (Files.isDirectory(sources)) {
          try (Stream<Path> all = Files.walk(sources)) {
            for (Path file : all.filter(path -> path.toString().endsWith(".java")).toList()) {
              files++;
              if (dangerous.matcher(Files.readString(file)).find()) {
                found.add(file.toString());
              }
            }
          }
        }
      }
    } catch (java.nio.file.AccessDeniedException e) {
      assumeTrue(false, "this user cannot read the sources: " + e.getMessage());
    }
    assertEquals(List.of(), found);
    assertTrue(files > 100, "found only " + files);
  }
}
