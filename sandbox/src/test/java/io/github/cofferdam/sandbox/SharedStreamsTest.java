package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.flock;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a command shares with its caller is as it was when the command has ended. */
@Tag("kernel")
class SharedStreamsTest {
  @TempDir private Path temporary;
  private Path file;

  @BeforeEach
  void file() throws IOException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    file = Files.writeString(temporary.toRealPath().resolve("file"), "content\n");
  }

  private static void run(Isolation isolation, Fd in, String script) throws Exception {
    run(command(isolation, script).stdin(Stdio.to(in)).mergeStderr().captureOutput());
  }

  private static SandboxCommand command(Isolation isolation, String script) throws Exception {
    return Sandboxed.of(Sandboxed.readonly().isolation(isolation).build())
        .command(PYTHON, "-Ic", "import fcntl, struct\n" + script)
        .directory(Path.of("/"))
        .parentEnvironment(Sandboxed.ENVIRONMENT);
  }

  private static void run(SandboxCommand command) throws Exception {
    Outcome outcome = command.run();
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
  }

  private static long control(Fd fd, int command, long argument) {
    return Syscall.call(Syscall.number("fcntl"), fd.number(), command, argument);
  }

  private Fd open() throws IOException {
    return Sandboxed.open(file, Uapi.O_RDWR());
  }

  private static long lock(Fd fd, int how) {
    return Syscall.call(Syscall.number("flock"), fd.number(), how);
  }

  private static long lockRange(Fd fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = flock.allocate(arena);
      flock.l_type(all, (short) Uapi.F_WRLCK());
      return control(fd, Uapi.F_OFD_SETLK(), all.address());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aPipeHoldsAsMuch(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (Pipe pipe = Pipe.open()) {
      long before = control(pipe.read(), Uapi.F_GETPIPE_SZ(), 0);
      run(isolation, pipe.read(), "assert fcntl.fcntl(0, 1031, 4096) == 4096 # F_SETPIPE_SZ");
      assertEquals(before, control(pipe.read(), Uapi.F_GETPIPE_SZ(), 0));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void noLockIsLeft(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        fcntl.flock(0, fcntl.LOCK_EX)
        fcntl.fcntl(0, 37, struct.pack('hhqqi4x', 1, 0, 0, 0, 0)) # F_OFD_SETLK, F_WRLCK
        """;
    try (Fd in = open();
        Fd other = open()) {
      run(isolation, in, script);
      assertEquals(0, lock(other, Uapi.LOCK_EX() | Uapi.LOCK_NB()));
      assertEquals(0, lockRange(other));
    }
  }

  /** As after {@code >file 2>&1}, and after {@code >file 2>file}. */
  @ParameterizedTest
  @EachIsolation
  void noStreamOfAFileKeepsItsLock(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script = "fcntl.flock(%d, fcntl.LOCK_SH)\n";
    try (Fd out = open();
        Fd copy = duplicate(out);
        Fd err = open();
        Fd other = open()) {
      run(
          command(isolation, script.formatted(2))
              .stdin(Stdio.discard())
              .stdout(Stdio.to(out))
              .stderr(Stdio.to(copy)));
      assertEquals(0, lock(other, Uapi.LOCK_EX() | Uapi.LOCK_NB()), "of one open file");
      assertEquals(0, lock(other, Uapi.LOCK_UN()));
      run(
          command(isolation, script.formatted(1) + script.formatted(2))
              .stdin(Stdio.discard())
              .stdout(Stdio.to(out))
              .stderr(Stdio.to(err)));
      assertEquals(0, lock(other, Uapi.LOCK_EX() | Uapi.LOCK_NB()), "of two");
    }
  }

  private static Fd duplicate(Fd fd) throws IOException {
    return Fd.owning(control(fd, Uapi.F_DUPFD_CLOEXEC(), 3), "fcntl", "duplicate a descriptor");
  }

  @ParameterizedTest
  @EachIsolation
  void theCallersOwnLocksStay(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (Fd in = open();
        Fd other = open()) {
      assertEquals(0, lock(in, Uapi.LOCK_EX()));
      assertEquals(0, lockRange(in));
      run(isolation, in, "fcntl.flock(0, fcntl.LOCK_EX)");
      assertEquals(
          -Errno.EAGAIN.number(), lock(other, Uapi.LOCK_EX() | Uapi.LOCK_NB()), "the whole");
      assertEquals(-Errno.EAGAIN.number(), lockRange(other), "the range");
    }
  }
}
