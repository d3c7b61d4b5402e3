package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two processes, each of which may be in a domain of its own, both of which may be in one that they
 * share: who may trace and signal whom. One may act on the other if its domain is the other's or
 * one around it.
 */
@Tag("kernel")
class DomainShapesTest {
  /** PTRACE_SEIZE (linux/ptrace.h): attaches without stopping; the end of the tracer detaches. */
  private static final int PTRACE_SEIZE = 0x4206;

  @BeforeAll
  static void needScopesAndPtrace() throws IOException {
    LandlockSupport support = LandlockSupport.probe();
    assumeTrue(support.has(Scope.SIGNAL), support::toString);
    Path yama = Path.of("/proc/sys/kernel/yama/ptrace_scope");
    assumeTrue(
        !Files.exists(yama) || Files.readString(yama).strip().equals("0"),
        "Yama restricts ptrace here");
  }

  @ParameterizedTest(name = "shared {0}, first in its own {1}, second in its own {2}")
  @CsvSource({
    "false, false, false",
    "false, false, true",
    "false, true, false",
    "false, true, true",
    "true, false, false",
    "true, false, true",
    "true, true, false",
    "true, true, true"
  })
  void actsOnlyInwards(boolean shared, boolean first, boolean second) throws Exception {
    var task =
        new FutureTask<>(() -> {
          if (shared) {
            LandlockPolicy.signalScopeOnly().on(LandlockSupport.probe()).restrictThisThread();
          }
          assertActs(first, second);
          assertActs(second, first);
          return true;
        });
    Thread.ofPlatform().start(task);
    task.get();
  }

  private static void assertActs(boolean actorConfined, boolean targetConfined) throws Exception {
    LaunchPlan target =
        LaunchPlan.of("/usr/bin/sleep", List.of("sleep", "100"))
            .supervision(Supervision.CHILD_WALK)
            .commandSteps(confinement(targetConfined))
            .build();
    try (Launched launched = Launcher.start(target, StdioSet.inherit())) {
      Arg pid = Arg.of(launched.commandPid());
      Optional<Errno> refused = actorConfined ? Optional.of(Errno.EPERM) : Optional.empty();

      assertEquals(
          refused,
          attempt(
              actorConfined,
              Step.of("ptrace", "trace", Arg.of(PTRACE_SEIZE), pid, Arg.of(0), Arg.of(0))));
      assertEquals(refused, attempt(actorConfined, Step.of("kill", "signal", pid, Arg.of(0))));
      // And a signal that would do something.
      assertEquals(refused, attempt(actorConfined, Step.of("kill", "signal", pid, Arg.of(9))));
      launched.kill();
      launched.await();
    }
  }

  private static Optional<Errno> attempt(boolean confined, Step step) throws Exception {
    return FsRightsTest.attempt(
        confinement(confined), SetupProgram.of(step), Path.of("/usr/bin/true"));
  }

  private static SetupProgram confinement(boolean confined) throws Exception {
    // A file system right as well: that is what ptrace goes by before scopes were known.
    return confined
        ? NoNewPrivileges.program()
            .then(
                LandlockPolicy.builder()
                    .handle(Set.of(FsRight.MAKE_BLOCK, FsRight.REFER))
                    .scope(Scope.SIGNAL)
                    .build()
                    .on(LandlockSupport.probe())
                    .program())
        : SetupProgram.empty();
  }
}
