package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An init that goes on only when its launcher has been waited for. */
@Tag("kernel")
class InitAloneTest {
  private static final Step BAD = Step.of("dup3", "fail", Arg.of(0), Arg.of(0), Arg.of(0));

  private static LaunchPlan.Builder plan(String script) {
    return Commands.shell(Supervision.PID_NAMESPACE, script).initAlone();
  }

  @BeforeAll
  static void needNamespaces() throws Exception {
    try {
      Commands.run(Commands.shell(Supervision.PID_NAMESPACE, "true"));
    } catch (SetupException e) {
      assumeTrue(false, e::toString);
    }
  }

  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).sorted().toList();
  }

  @Test
  void theCommandRunsAsWithoutIt() throws Exception {
    List<Long> before = children();
    Commands.Finished finished = Commands.run(plan("echo out; exit 3"));
    assertEquals("out\n", finished.output());
    assertEquals(3, finished.exit().code());
    assertEquals(before, children());
  }

  @Test
  void theDeadlineAndTheLifelineWorkAsWithoutIt() throws Exception {
    Commands.Finished finished = Commands.run(plan("sleep 1000").deadline(Duration.ofSeconds(1)));
    assertEquals(Exit.Reason.DEADLINE, finished.exit().reason());
    try (Launched launched = Launcher.start(plan("exec sleep 1000").build(), Commands.output())) {
      launched.signal(Uapi.SIGTERM());
      assertEquals(Uapi.SIGTERM(), Commands.end(launched).signal());
    }
  }

  /** Whoever fails first: what it was is told, and nobody is left. */
  @Test
  void failuresAreTold() throws Exception {
    List<Long> before = children();
    SetupProgram bad = SetupProgram.of(BAD);
    for (LaunchPlan.Builder plan :
        List.of(
            plan("true").launcherSteps(bad),
            plan("true").launcherSteps(Commands.namespaces().then(bad)),
            plan("true").initSteps(bad),
            plan("true").commandSteps(bad))) {
      var e = assertThrows(SetupException.class, () -> Commands.run(plan));
      assertEquals("dup3", e.syscall());
      assertEquals(Errno.EINVAL, e.errno());
      assertEquals(before, children());
    }
  }

  @Test
  void onlyAProcessIdNamespaceHasAnInit() {
    LaunchPlan.Builder plan = Commands.shell(Supervision.CHILD_WALK, "true").initAlone();
    assertThrows(IllegalArgumentException.class, plan::build);
  }
}
