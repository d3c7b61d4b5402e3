package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Scripts name their standard streams ({@code /dev/stderr}): what they lead to can be opened again
 * for what the descriptor is open for, wherever it lies, and for nothing else.
 */
@Tag("kernel")
final class StreamNamesTest {
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private Path work = Path.of("/");
  private Path file = Path.of("/");

  @BeforeEach
  void makeFiles() throws Exception {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    // Neither granted nor seen.
    file = Files.writeString(temporary.toRealPath().resolve("file"), "content\n");
    Files.writeString(file.resolveSibling("other"), "other\n");
  }

  private SandboxCommand command(Isolation isolation, String script) throws Exception {
    assumeAvailable(isolation);
    Policy policy = Attempts.tools(isolation).readOnly(work.toString()).build();
    return Sandboxed.of(policy)
        .command("/bin/sh", "-c", script)
        .directory(work)
        .parentEnvironment(Sandboxed.ENVIRONMENT);
  }

  private Outcome writing(Isolation isolation, int flags, String script) throws Exception {
    try (Fd out = Sandboxed.open(file, flags)) {
      return command(isolation, script).stdout(Stdio.to(out)).stderr(Stdio.discard()).run();
    }
  }

  private Outcome reading(Isolation isolation, String script) throws Exception {
    try (Fd in = Sandboxed.open(file, Uapi.O_RDONLY())) {
      return command(isolation, script).stdin(Stdio.to(in)).mergeStderr().captureOutput().run();
    }
  }

  private static void assertWorks(Outcome outcome) {
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
  }

  private static void assertFails(Outcome outcome) {
    assertTrue(outcome.ending() instanceof Ending.Exited, outcome::toString);
    assertNotEquals(new Ending.Exited(0), outcome.ending());
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, /dev/stdout",
    "BASIC, /dev/fd/1",
    "BASIC, /proc/self/fd/1",
    "NAMESPACE, /dev/stdout",
    "NAMESPACE, /dev/fd/1",
    "NAMESPACE, /proc/self/fd/1"
  })
  void whatIsOpenForWriting(Isolation isolation, String name) throws Exception {
    assertWorks(writing(isolation, Uapi.O_WRONLY(), "echo new >" + name));
    assertEquals("new\n", Files.readString(file));
    assertWorks(writing(isolation, Uapi.O_WRONLY() | Uapi.O_APPEND(), "echo more >>" + name));
    assertEquals("new\nmore\n", Files.readString(file));

    assertFails(writing(isolation, Uapi.O_WRONLY(), "exec cat <" + name));
    assertFails(writing(isolation, Uapi.O_WRONLY(), "exec 3<>" + name));
    assertFails(writing(isolation, Uapi.O_WRONLY(), "echo x >" + file.resolveSibling("other")));
    assertFails(writing(isolation, Uapi.O_WRONLY(), "echo x >" + file.resolveSibling("new")));
    assertEquals("new\nmore\n", Files.readString(file));
    assertEquals("other\n", Files.readString(file.resolveSibling("other")));

    assertWorks(writing(isolation, Uapi.O_RDWR(), "exec 3<>" + name));
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, /dev/stdin",
    "BASIC, /dev/fd/0",
    "BASIC, /proc/self/fd/0",
    "NAMESPACE, /dev/stdin",
    "NAMESPACE, /dev/fd/0",
    "NAMESPACE, /proc/self/fd/0"
  })
  void whatIsOpenForReading(Isolation isolation, String name) throws Exception {
    Outcome read = reading(isolation, "cat " + name);
    assertWorks(read);
    assertEquals("content\n", text(read));

    for (String script :
        List.of("echo x >" + name, "echo x >>" + name, "exec 3<>" + name, "exec " + name)) {
      assertFails(reading(isolation, script));
    }
    assertFails(reading(isolation, "cat " + file.resolveSibling("other")));
    assertEquals("content\n", Files.readString(file));
  }

  /** Access mode 3 lets neither read nor write. */
  @ParameterizedTest
  @EachIsolation
  void whatIsOpenForNeither(Isolation isolation) throws Exception {
    try (Fd neither = Sandboxed.open(file, 3)) {
      for (String script : List.of("cat /dev/stdin", "echo x >/dev/stdin", "exec 3<>/dev/stdin")) {
        assertFails(
            command(isolation, script)
                .stdin(Stdio.to(neither))
                .stdout(Stdio.discard())
                .stderr(Stdio.discard())
                .run());
      }
    }
    assertEquals("content\n", Files.readString(file));
  }

  /** The next run of a sandbox has other streams: what the last one was granted, it is not. */
  @ParameterizedTest
  @EachIsolation
  void theNextRunHasItsOwn(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Sandbox sandbox = Sandboxed.of(Attempts.tools(isolation).readOnly(work.toString()).build());
    for (int round = 0; round < 3; round++) {
      try (Fd out = Sandboxed.open(file, Uapi.O_WRONLY())) {
        SandboxCommand writes =
            sandbox
                .command("/bin/sh", "-c", "echo new >/dev/stdout")
                .directory(work)
                .parentEnvironment(Sandboxed.ENVIRONMENT);
        assertWorks(writes.stdout(Stdio.to(out)).stderr(Stdio.discard()).run());
      }
      try (Fd in = Sandboxed.open(file, Uapi.O_RDONLY())) {
        SandboxCommand reads =
            sandbox
                .command("/bin/sh", "-c", "echo worse >/dev/stdin")
                .directory(work)
                .parentEnvironment(Sandboxed.ENVIRONMENT);
        assertFails(
            reads.stdin(Stdio.to(in)).stdout(Stdio.discard()).stderr(Stdio.discard()).run());
      }
      assertEquals("new\n", Files.readString(file));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aTerminalWithItsCommands(Isolation isolation) throws Exception {
    try (PseudoTerminal terminal = PseudoTerminal.open(new TerminalSize(24, 80))) {
      Stdio stdio = Stdio.to(terminal.peer());
      assertWorks(
          command(isolation, "echo x >/dev/stderr && stty -a </dev/stdin >/dev/stdout")
              .stdin(stdio)
              .stdout(stdio)
              .stderr(stdio)
              .run());
    }
  }
}
