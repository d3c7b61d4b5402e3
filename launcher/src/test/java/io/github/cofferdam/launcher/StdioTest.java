package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.end;
import static io.github.cofferdam.launcher.Commands.plan;
import static io.github.cofferdam.launcher.Commands.readAll;
import static io.github.cofferdam.launcher.Commands.readLine;
import static io.github.cofferdam.launcher.Commands.shell;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.FdOutputStream;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;

@Tag("kernel")
class StdioTest {

  @EachSupervision
  void aMegabyteGoesThroughCat(Supervision supervision) throws Exception {
    var data = new byte[1 << 20];
    new Random(3).nextBytes(data);
    var stdio = new StdioSet(Stdio.pipe(), Stdio.pipe(), Optional.of(Stdio.discard()));
    try (Launched cat = Launcher.start(plan(supervision, "/bin/cat").build(), stdio);
        var threads = Executors.newSingleThreadExecutor()) {
      Future<?> writer =
          threads.submit(() -> {
            try (var in = new FdOutputStream(cat.stream(0).orElseThrow())) {
              in.write(data);
            }
            return null;
          });
      assertArrayEquals(data, new FdInputStream(cat.stream(1).orElseThrow()).readAllBytes());
      writer.get(60, TimeUnit.SECONDS);
      assertEquals(0, end(cat).code());
      assertEquals(Optional.empty(), cat.stream(2));
    }
  }

  @EachSupervision
  void theThreeStreamsAreKeptApart(Supervision supervision) throws Exception {
    String script = "read -r line; echo \"out $line\"; echo \"err $line\" >&2";
    try (Launched launched = Launcher.start(shell(supervision, script).build(), StdioSet.pipes())) {
      try (var in = new FdOutputStream(launched.stream(0).orElseThrow())) {
        in.write("hello\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      }
      assertEquals("out hello\n", readAll(launched));
      assertEquals("err hello\n", readAll(launched.stream(2).orElseThrow()));
      assertEquals(0, end(launched).code());
    }
  }

  @EachSupervision
  void errorOutputCanFollowOutput(Supervision supervision) throws Exception {
    String script = "echo 1; echo 2 >&2; echo 3";
    assertEquals("1\n2\n3\n", Commands.run(shell(supervision, script)).output());
  }

  @EachSupervision
  void aDiscardedStreamIsTheNullDevice(Supervision supervision) throws Exception {
    // By its number: opened through a mount of its own, it has no path.
    String script = "for i in 0 1 2; do stat -Lc %F:%t:%T /proc/self/fd/$i; done; cat";
    try (var pipe = Pipe.open()) {
      var stdio =
          new StdioSet(Stdio.discard(), Stdio.to(pipe.write()), Optional.of(Stdio.discard()));
      try (Launched launched = Launcher.start(shell(supervision, script).build(), stdio)) {
        assertEquals(0, end(launched).code());
      }
      pipe.write().close();
      String[] kinds = readAll(pipe.read()).split("\n", -1);
      assertEquals("character special file:1:3", kinds[0]);
      assertTrue(kinds[1].startsWith("fifo:"), kinds[1]);
      assertEquals("character special file:1:3", kinds[2]);
    }
  }

  @EachSupervision
  void aDescriptorStaysTheCallers(Supervision supervision) throws Exception {
    try (var pipe = Pipe.open()) {
      var to = Stdio.to(pipe.write());
      for (int i = 0; i < 2; i++) {
        var stdio = new StdioSet(Stdio.discard(), to, Optional.of(to));
        try (Launched launched =
            Launcher.start(shell(supervision, "echo a; echo b >&2").build(), stdio)) {
          assertEquals(0, end(launched).code());
          assertEquals(Optional.empty(), launched.stream(1));
        }
        assertFalse(pipe.write().isClosed());
      }
      pipe.write().close();
      assertEquals("a\nb\na\nb\n", readAll(pipe.read()));
    }
  }

  @EachSupervision
  void writingFailsOnceNobodyReads(Supervision supervision) throws Exception {
    String script = "exec 0<&-; echo closed; exec sleep 1000";
    try (Launched launched = Launcher.start(shell(supervision, script).build(), StdioSet.pipes())) {
      assertEquals("closed", readLine(launched));
      var in = new FdOutputStream(launched.stream(0).orElseThrow());
      var e = assertThrows(KernelException.class, () -> in.write(1));
      assertEquals(Errno.EPIPE, e.errno());
      assertEquals(Optional.empty(), launched.await(Duration.ZERO));
    }
  }

  @EachSupervision
  void outputEndsWhenTheCommandClosesItAlthoughTheSupervisorLives(Supervision supervision)
      throws Exception {
    String script = "echo last; exec >&- 2>&-; exec sleep 1000";
    try (Launched launched = Launcher.start(shell(supervision, script).build(), StdioSet.pipes())) {
      assertEquals("last\n", readAll(launched));
      assertEquals("", readAll(launched.stream(2).orElseThrow()));
      assertEquals(Optional.empty(), launched.await(Duration.ZERO));
    }
  }

  @EachSupervision
  void closeClosesThePipes(Supervision supervision) throws Exception {
    Launched launched = Launcher.start(shell(supervision, "exit 0").build(), StdioSet.pipes());
    launched.close();
    for (int i = 0; i < 3; i++) {
      assertTrue(launched.stream(i).orElseThrow().isClosed());
    }
  }
}
