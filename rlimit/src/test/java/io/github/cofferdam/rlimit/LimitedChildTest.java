package io.github.cofferdam.rlimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits that a command's own process sets before it runs the command. */
@Tag("kernel")
class LimitedChildTest {
  private record Result(Exit exit, String output) {}

  @Test
  void theCommandIsLimitedAndThisProcessIsNot() throws Exception {
    Map<Resource, Limit> before = Rlimits.all();
    var policy =
        RlimitPolicy.builder()
            .limit(Resource.OPEN_FILES, new Limit(32, 64))
            .limit(Resource.CORE_FILE, Limit.of(0))
            .limit(Resource.CPU_TIME, Limit.of(7))
            .build();
    policy.checkHere();

    Result result = sh(policy, "ulimit -n; ulimit -Hn; ulimit -c; ulimit -t");

    assertEquals("32\n64\n0\n7\n", result.output());
    assertEquals(before, Rlimits.all());
  }

  @Test
  void theSoftLimitOfCpuTimeIsASignal() throws Exception {
    Result result =
        sh(RlimitPolicy.of(Map.of(Resource.CPU_TIME, new Limit(1, 2))), "while :; do :; done");

    assertEquals(Uapi.SIGXCPU(), result.exit().signal());
  }

  @Test
  void theHardLimitOfCpuTimeKills() throws Exception {
    Result result =
        sh(
            RlimitPolicy.of(Map.of(Resource.CPU_TIME, Limit.of(1))),
            "trap '' XCPU; while :; do :; done");

    assertEquals(Uapi.SIGKILL(), result.exit().signal());
  }

  @Test
  void filesCannotGrowBeyondTheirLimit(@TempDir Path directory) throws Exception {
    Path file = directory.toRealPath().resolve("file");
    var policy = RlimitPolicy.of(Map.of(Resource.FILE_SIZE, Limit.of(4096)));

    Result killed = sh(policy, "exec head -c 100000 /dev/zero > " + file);
    assertEquals(Uapi.SIGXFSZ(), killed.exit().signal());
    assertEquals(4096, Files.size(file));

    Result refused = sh(policy, "trap '' XFSZ; exec head -c 100000 /dev/zero > " + file);
    assertTrue(
        refused.exit().exited() && refused.output().contains("too large"), refused::toString);
    assertEquals(4096, Files.size(file));
  }

  @Test
  void whatCannotBeRaisedStopsTheLaunch() throws Exception {
    assumeFalse(Rlimits.mayRaiseHardLimits(), "this user may raise hard limits");
    long hard = Rlimits.get(Resource.OPEN_FILES).hard();
    assumeTrue(hard != Limit.UNLIMITED, "there is no hard limit");
    var policy = RlimitPolicy.of(Map.of(Resource.OPEN_FILES, Limit.of(hard + 1)));

    assertThrows(LimitException.class, policy::checkHere);
    var e = assertThrows(SetupException.class, () -> sh(policy, "true"));

    assertEquals(Errno.EPERM, e.errno());
    assertTrue(
        e.toString().contains("cannot set open_files to " + (hard + 1) + " (raising"), e::toString);
  }

  private static Result sh(RlimitPolicy policy, String script)
      throws IOException, InterruptedException {
    LaunchPlan plan =
        LaunchPlan.of("/bin/sh", List.of("sh", "-c", script))
            .variable("PATH", "/usr/bin:/bin")
            .directory("/")
            .commandSteps(policy.program())
            .build();
    var stdio = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
    try (Launched launched = Launcher.start(plan, stdio);
        var output = new FdInputStream(launched.stream(1).orElseThrow())) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      return new Result(launched.await(), text);
    }
  }
}
