package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.Isolation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Virtual threads that wait for commands let others run, even if one thread carries all. */
@Tag("kernel")
class VirtualThreadsTest {
  private static final List<String> ONE_CARRIER =
      List.of(
          "-Djdk.virtualThreadScheduler.parallelism=1",
          "-Djdk.virtualThreadScheduler.maxPoolSize=1");

  @TempDir private Path directory;

  private String with(Isolation isolation, String way) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    ProcessBuilder builder =
        ChildMachine.builder(
            VirtualThreadsMain.class,
            directory,
            isolation.name(),
            way,
            directory.toRealPath().toString());
    var command = new ArrayList<>(builder.command());
    command.addAll(1, ONE_CARRIER);
    Process process = builder.command(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static String times(int count, String word) {
    return String.join(" ", Collections.nCopies(count, word));
  }

  /** Each way to wait, and streams: reads and blocked writes. */
  @ParameterizedTest
  @CsvSource({
    "run, exited",
    "capture, met",
    "waitFor, 0",
    "outcome, exited",
    "cat, 1048576 0",
  })
  void threadsThatWaitLetOthersRun(String way, String each) throws Exception {
    for (Isolation isolation : Sandboxed.ISOLATIONS) {
      assertEquals(times(8, each), with(isolation, way));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void anInterruptEndsAWaitAndNoRead(Isolation isolation) throws Exception {
    assertEquals("interrupted read, interrupted", with(isolation, "interrupt"));
  }
}
