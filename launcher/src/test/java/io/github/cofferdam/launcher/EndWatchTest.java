package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.PATIENCE;
import static io.github.cofferdam.launcher.Commands.discard;
import static io.github.cofferdam.launcher.Commands.kill;
import static io.github.cofferdam.launcher.Commands.output;
import static io.github.cofferdam.launcher.Commands.readLine;
import static io.github.cofferdam.launcher.Commands.shell;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever asked hears of every end, once, and one thread sees to that. */
@Tag("kernel")
class EndWatchTest {
  private static final Executor HERE = Runnable::run;
  private final BlockingQueue<Launched> heard = new LinkedBlockingQueue<>();

  private Launched start(Supervision supervision, String script) throws Exception {
    Launched launched = Launcher.start(shell(supervision, script).build(), discard());
    launched.onEnd(HERE, () -> heard.add(launched));
    return launched;
  }

  private Launched next() throws InterruptedException {
    Launched next = heard.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    assertTrue(next != null, "nobody was told");
    return next;
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"NONE", "CHILD_WALK", "PID_NAMESPACE"})
  void theListenerFindsTheEnd(Supervision supervision) throws Exception {
    try (Launched launched = start(supervision, "exit 7")) {
      assertEquals(launched, next());
      assertFalse(launched.ended(), "nobody has collected it");
      assertEquals(7, launched.await(Duration.ZERO).orElseThrow().code());
    }
    assertTrue(heard.isEmpty());
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"NONE", "CHILD_WALK", "PID_NAMESPACE"})
  void nobodyIsToldBefore(Supervision supervision) throws Exception {
    try (Launched lives = start(supervision, "exec sleep 1004");
        Launched ends = start(supervision, "exit 0")) {
      assertEquals(ends, next());
      assertEquals(Optional.empty(), Optional.ofNullable(heard.poll(100, TimeUnit.MILLISECONDS)));
      lives.kill();
      assertEquals(lives, next());
    }
  }

  @Test
  void whoAsksAfterTheEndIsToldAtOnce() throws Exception {
    try (Launched launched = Launcher.start(shell(Supervision.NONE, "exit 3").build(), discard())) {
      launched.await();
      launched.onEnd(HERE, () -> heard.add(launched));
      assertEquals(launched, heard.poll());
    }
  }

  /** The watch is not disturbed by somebody waiting himself, and closing. */
  @Test
  void whoWaitsHimselfIsToldAsWell() throws Exception {
    Launched launched = start(Supervision.CHILD_WALK, "exit 0");
    launched.await();
    launched.close();
    assertEquals(launched, next());
  }

  @Test
  void oneThreadWatchesAll() throws Exception {
    var all = new ArrayList<Launched>();
    try {
      for (int i = 0; i < 20; i++) {
        all.add(start(i % 2 == 0 ? Supervision.NONE : Supervision.CHILD_WALK, "exec sleep 1005"));
      }
      long threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("cofferdam-watch"))
              .count();
      assertEquals(1, threads);
    } finally {
      for (Launched launched : all) {
        launched.close();
      }
    }
    var left = new ArrayList<>(all);
    for (int i = 0; i < 20; i++) {
      assertTrue(left.remove(next()), "told twice");
    }
    assertEquals(List.of(), left);
  }

  @Test
  void anExecutorThatRefusesDoesNotStopTheOthers() throws Exception {
    Executor closed =
        task -> {
          throw new RejectedExecutionException("closed");
        };
    try (Launched refused = Launcher.start(shell(Supervision.NONE, "exit 0").build(), discard());
        Launched other = start(Supervision.NONE, "exec sleep 1006")) {
      refused.onEnd(closed, () -> heard.add(refused));
      refused.await();
      kill(other.pid(), Uapi.SIGKILL());
      assertEquals(other, next());
    }
  }

  /** As if somebody waited: a command that stops its supervisor does not get rid of it. */
  @Test
  void aStoppedSupervisorIsContinued() throws Exception {
    String script = "echo ready; kill -STOP $PPID; exit 5";
    try (Launched launched =
        Launcher.start(shell(Supervision.CHILD_WALK, script).build(), output())) {
      launched.onEnd(HERE, () -> heard.add(launched));
      assertEquals("ready", readLine(launched));
      assertEquals(launched, next());
      assertEquals(5, launched.await().code());
    }
  }
}
