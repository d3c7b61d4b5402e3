package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.end;
import static io.github.cofferdam.launcher.Commands.eventually;
import static io.github.cofferdam.launcher.Commands.output;
import static io.github.cofferdam.launcher.Commands.readAll;
import static io.github.cofferdam.launcher.Commands.readLine;
import static io.github.cofferdam.launcher.Commands.shell;
import static io.github.cofferdam.launcher.Commands.withVariable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A tree that is to end gets SIGTERM and some time, and then SIGKILL. */
@Tag("kernel")
class GraceTest {
  /** Nothing here takes so long, so whatever ends before has not waited for it. */
  private static final Duration LONG = Duration.ofSeconds(90);

  private static final Duration SHORT = Duration.ofMillis(300);
  private static final String LOOP = " echo ready; while :; do sleep 0.02; done";

  private final String mark = "COFFERDAM_TEST=" + UUID.randomUUID();

  private LaunchPlan.Builder marked(Supervision supervision, String script) {
    int equals = mark.indexOf('=');
    return shell(supervision, script)
        .variable(mark.substring(0, equals), mark.substring(equals + 1));
  }

  private void assertNothingIsLeft(Launched launched) throws Exception {
    assertEquals(List.of(), withVariable(mark));
    assertFalse(ProcessHandle.of(launched.pid()).isPresent(), "a zombie");
  }

  @EachSupervisor
  void atTheDeadlineATreeCanTidyUp(Supervision supervision) throws Exception {
    String script = "trap 'sleep 0.1; echo tidy; exit 7' TERM;" + LOOP;
    var plan = marked(supervision, script).deadline(Duration.ofSeconds(1)).grace(LONG);
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready\ntidy\n", withoutShells(readAll(launched)));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.DEADLINE, exit.reason());
      assertEquals(7, exit.code());
      assertNothingIsLeft(launched);
    }
  }

  @EachSupervisor
  void whatDoesNotEndIsKilledAfterTheGrace(Supervision supervision) throws Exception {
    String script = "trap 'echo deaf' TERM;" + LOOP;
    var plan = marked(supervision, script).deadline(Duration.ofSeconds(1)).grace(SHORT);
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready\ndeaf\n", withoutShells(readAll(launched)));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.DEADLINE, exit.reason());
      assertEquals(Uapi.SIGKILL(), exit.signal());
      assertNothingIsLeft(launched);
    }
  }

  /** Some shells say which of their children a signal has ended. */
  private static String withoutShells(String output) {
    return output.replaceAll("(?m)^(.*: .*)?Terminated.*\n", "");
  }

  @EachSupervisor
  void withoutGraceNobodyGetsSigterm(Supervision supervision) throws Exception {
    String script = "trap 'echo tidy; exit 7' TERM;" + LOOP;
    try (Launched launched =
        Launcher.start(
            marked(supervision, script).deadline(Duration.ofSeconds(1)).build(), output())) {
      assertEquals("ready\n", readAll(launched));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.DEADLINE, exit.reason());
      assertEquals(Uapi.SIGKILL(), exit.signal());
    }
    try (Launched launched = Launcher.start(marked(supervision, script).build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.terminate();
      assertEquals("", readAll(launched));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.CLOSED, exit.reason());
      assertEquals(Uapi.SIGKILL(), exit.signal());
      launched.terminate(); // nobody
    }
  }

  @EachSupervisor
  void aTreeThatIsToldToEndEndsByItself(Supervision supervision) throws Exception {
    try (Launched launched =
        Launcher.start(
            marked(supervision, "trap 'exit 7' TERM;" + LOOP).grace(LONG).build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.terminate();
      launched.terminate();
      Exit exit = end(launched);
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
      assertEquals(7, exit.code());
      assertNothingIsLeft(launched);
    }
    try (Launched launched =
        Launcher.start(marked(supervision, LOOP).grace(LONG).build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.terminate();
      Exit exit = end(launched);
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
      assertEquals(Uapi.SIGTERM(), exit.signal());
      assertNothingIsLeft(launched);
    }
  }

  @EachSupervisor
  void whatIsToldToEndAndDoesNotIsKilled(Supervision supervision) throws Exception {
    var plan = marked(supervision, "trap '' TERM;" + LOOP).grace(SHORT);
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.terminate();
      Exit exit = end(launched);
      assertEquals(Exit.Reason.CLOSED, exit.reason());
      assertEquals(Uapi.SIGKILL(), exit.signal());
      assertNothingIsLeft(launched);
    }
  }

  /** SIGCONT comes behind SIGTERM. */
  @EachSupervisor
  void aStoppedCommandHearsOfIt(Supervision supervision) throws Exception {
    var plan = marked(supervision, "trap 'exit 7' TERM; echo ready; kill -STOP $$; exit 8");
    try (Launched launched = Launcher.start(plan.grace(LONG).build(), output())) {
      assertEquals("ready", readLine(launched));
      eventually("it is stopped", this::isStopped);
      launched.terminate();
      assertEquals(7, end(launched).code());
    }
  }

  private boolean isStopped() throws Exception {
    List<Long> command = withVariable(mark);
    return command.size() == 1
        && Commands.status(command.getFirst(), "State").startsWith("T (stopped)");
  }

  /** The rest of a tree keeps its time when the command has ended, wherever it has gone. */
  @Test
  void theWholeTreeHasTheTime() throws Exception {
    String script =
        "setsid sh -c 'trap \"sleep 0.3; echo tidy; exit\" TERM; echo ready;"
            + " while :; do sleep 0.02; done' & wait";
    var plan = marked(Supervision.PID_NAMESPACE, script).grace(LONG);
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.terminate();
      // To a command that has ended by now or is about to; what is left goes on.
      for (int i = 0; i < 20; i++) {
        launched.signal(Uapi.SIGUSR1());
        launched.signalGroup(Uapi.SIGUSR1());
        Thread.sleep(5);
      }
      assertEquals("tidy\n", withoutShells(readAll(launched)));
      Exit exit = end(launched);
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
      assertEquals(Uapi.SIGTERM(), exit.signal());
      assertNothingIsLeft(launched);
    }
  }

  @EachSupervisor
  void closeKillsAtOnceAlsoThen(Supervision supervision) throws Exception {
    var plan = marked(supervision, "trap 'echo deaf' TERM;" + LOOP).grace(LONG);
    Launched launched = Launcher.start(plan.build(), output());
    assertEquals("ready", readLine(launched));
    launched.terminate();
    while (!readLine(launched).equals("deaf")) {
      // A shell says which of its children the signal has ended.
    }
    launched.close();
    assertEquals(Exit.Reason.CLOSED, launched.await().reason());
    assertNothingIsLeft(launched);
  }

  /** This process sees to it that the end comes. */
  @EachSupervisor
  void aSupervisorThatIsStoppedIsNoWayOut(Supervision supervision) throws Exception {
    var plan = marked(supervision, "trap '' TERM;" + LOOP).grace(SHORT);
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready", readLine(launched));
      Commands.kill(launched.pid(), Uapi.SIGSTOP());
      launched.terminate();
      assertTrue(end(launched).signal() != 0);
      eventually("no process is left", () -> withVariable(mark).isEmpty());
    }
  }

  @Test
  void withoutASupervisorItIsASignal() throws Exception {
    var plan = shell(Supervision.NONE, "trap 'exit 7' TERM;" + LOOP).grace(LONG);
    try (Launched launched = Launcher.start(plan.build(), output())) {
      assertEquals("ready", readLine(launched));
      launched.terminate();
      assertEquals(7, end(launched).code());
    }
  }

  @Test
  void itIsNotNegative() {
    var plan = shell(Supervision.NONE, "exit");
    assertThrows(IllegalArgumentException.class, () -> plan.grace(Duration.ofSeconds(-1)));
  }
}
