package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assertReported;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A standard stream can be opened again through {@code /proc/self/fd}, past the command's own
 * mounts: where those alone keep a file, the report does not say that it is kept.
 */
@Tag("kernel")
class ReopenedStreamsTest {
  private static final String REOPEN = "echo REOPENED >/proc/self/fd/0; :";

  @TempDir private Path temporary;
  private Path work = Path.of("/");
  private Path inner = Path.of("/");
  private Path file = Path.of("/");

  @BeforeEach
  void makeFiles() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    inner = Files.createDirectory(work.resolve("inner"));
    file = Files.writeString(inner.resolve("file"), "content\n");
    Files.writeString(work.resolve("other"), "other\n");
  }

  private static Policy.Builder tools() {
    return Attempts.tools(Isolation.NAMESPACE).mode(Mode.WORKSPACE_WRITE);
  }

  private Outcome run(Policy policy, Path in, String script) throws Exception {
    try (Fd input = Sandboxed.open(in, Uapi.O_RDONLY())) {
      return command(policy, script).stdin(Stdio.to(input)).mergeStderr().captureOutput().run();
    }
  }

  private Outcome appending(Policy policy, Path out, String script) throws Exception {
    try (Fd output = Sandboxed.open(out, Uapi.O_WRONLY() | Uapi.O_APPEND())) {
      return command(policy, script).stdout(Stdio.to(output)).stderr(Stdio.discard()).run();
    }
  }

  private SandboxCommand command(Policy policy, String script) {
    return Sandboxed.of(policy)
        .command("/bin/sh", "-c", script)
        .directory(work)
        .parentEnvironment(Sandboxed.ENVIRONMENT);
  }

  /** Strict policies refuse it; those that only prefer say what does not hold, and it does not. */
  private void assertKeptOrSaid(Policy.Builder builder) throws Exception {
    assertRefused(
        run(builder.build(), file, REOPEN),
        "filesystem: ",
        "standard input leads to " + file,
        "cat FILE | ...");
    assertEquals("content\n", Files.readString(file));

    Outcome outcome =
        run(
            builder
                .enforcement(Protection.FILESYSTEM, Requirement.PREFER)
                .enforcement(Protection.TRUNCATE, Requirement.PREFER)
                .build(),
            file,
            REOPEN);

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    assertReported(ProtectionState.PARTIAL, Protection.FILESYSTEM, outcome);
    assertReported(ProtectionState.PARTIAL, Protection.TRUNCATE, outcome);
    assertReported(ProtectionState.PARTIAL, Protection.METADATA, outcome);
    assertEquals("REOPENED\n", Files.readString(file));
  }

  @Test
  void whatMayOnlyBeReadInTheWorkspace() throws Exception {
    assertKeptOrSaid(tools().readOnly(inner.toString()));
  }

  @Test
  void whatIsBlockedInTheWorkspace() throws Exception {
    assertKeptOrSaid(tools().blocked("inner"));
  }

  /** It was opened on the host: a stream leads to the host's file, and not to the overlay's. */
  @Test
  void whatAnOverlayKeepsAsItIs() throws Exception {
    Overlays.assumeAvailable();
    assertKeptOrSaid(tools().overlay(inner));
    Files.writeString(file, "content\n");
    // Where it does not lie in what may be written, Landlock refuses.
    Path elsewhere = Files.createDirectory(temporary.toRealPath().resolve("elsewhere"));
    Policy policy =
        Attempts.tools(Isolation.NAMESPACE)
            .mode(Mode.WORKSPACE_WRITE)
            .workspace(elsewhere)
            .readOnly(work)
            .overlay(inner)
            .build();
    Outcome outcome = run(policy, file, REOPEN);
    assertTrue(text(outcome).contains("Permission denied"), text(outcome));
    assertEquals("content\n", Files.readString(file));
  }

  @Test
  void whatMayOnlyBeReadInAWritableBind() throws Exception {
    Path elsewhere = Files.createDirectory(temporary.toRealPath().resolve("elsewhere"));
    assertKeptOrSaid(
        Attempts.tools(Isolation.NAMESPACE)
            .mode(Mode.WORKSPACE_WRITE)
            .workspace(elsewhere.toString())
            .bind(work.toString(), "/inside", true)
            .readOnly(inner.toString()));
  }

  @Test
  void aNamedPipeThatMayOnlyBeRead() throws Exception {
    Path pipe = inner.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    try (Fd both = Sandboxed.open(pipe, Uapi.O_RDWR());
        Fd in = Sandboxed.open(pipe, Uapi.O_RDONLY())) {
      assertFalse(both.isClosed());
      Outcome outcome =
          command(tools().readOnly(inner.toString()).build(), "true").stdin(Stdio.to(in)).run();
      assertRefused(outcome, "standard input leads to " + pipe);
    }
  }

  /** What is appended to was not to be read. */
  @Test
  void whatIsBlockedIsNotReadThroughAnOutput() throws Exception {
    for (Policy.Builder builder :
        List.of(
            tools().blocked("inner"),
            Policy.builder().isolation(Isolation.NAMESPACE).blocked(inner.toString()),
            Sandboxed.fullAccess().isolation(Isolation.NAMESPACE).blocked(inner.toString()))) {
      assertRefused(
          appending(builder.build(), file, "cat /proc/self/fd/1"),
          "standard output leads to " + file);

      Outcome outcome =
          appending(
              builder.enforcement(Protection.FILESYSTEM, Requirement.PREFER).build(),
              file,
              "cat /proc/self/fd/1 >/dev/null && echo read");
      assertReported(ProtectionState.PARTIAL, Protection.FILESYSTEM, outcome);
    }
    assertEquals("content\nread\nread\nread\n", Files.readString(file));
  }

  @Test
  void whatIsBlockedInModeFullAccessIsNotWritten() throws Exception {
    Policy policy =
        Sandboxed.fullAccess().isolation(Isolation.NAMESPACE).blocked(inner.toString()).build();

    assertRefused(run(policy, file, REOPEN), "standard input leads to");
    assertPrints("other\n", run(policy, work.resolve("other"), "cat"));
  }

  /** Of the virtual machine's own files, a root of the command's own has all mounted read-only. */
  @Test
  void whatTheVirtualMachineRunsFrom() throws Exception {
    Path home = Path.of(System.getProperty("java.home")).toRealPath();
    Path release = home.resolve("release");
    assumeTrue(Files.isWritable(release) && Files.isWritable(home), "of another user");
    Policy policy =
        Policy.builder()
            .isolation(Isolation.NAMESPACE)
            .readWrite(home.resolveSibling("..").normalize().toString())
            .enforcement(Protection.FILESYSTEM, Requirement.PREFER)
            .enforcement(Protection.TRUNCATE, Requirement.PREFER)
            .build();

    assertRefused(run(policy, release, "true"), "virtual_machine: ");
    assertPrints("", run(policy, file, "true"));
  }

  /** Nothing is taken back where no mount is in the way. */
  @Test
  void otherStreamsAreAsGoodAsPipes() throws Exception {
    Policy writing = tools().readOnly(inner.toString()).blocked("*.key").build();
    Files.writeString(work.resolve("a.key"), "key");
    Path outside = Files.writeString(temporary.toRealPath().resolve("outside"), "outside\n");
    for (Policy policy :
        List.of(
            writing,
            Policy.builder().isolation(Isolation.NAMESPACE).blocked("*.key").build(),
            Sandboxed.workspace().isolation(Isolation.NAMESPACE).build())) {
      for (Path in : List.of(work.resolve("other"), outside, Path.of("/etc/passwd"))) {
        Outcome outcome =
            run(policy, in, "cat >/dev/null; echo no 2>/dev/null >/proc/self/fd/0; :");
        Sandboxed.assumeLandlockSuffices(outcome);
        assertEquals(new Ending.Exited(0), outcome.ending(), outcome::toJson);
        assertReported(ProtectionState.ENFORCED, Protection.FILESYSTEM, outcome);
        assertReported(ProtectionState.ENFORCED, Protection.TRUNCATE, outcome);
      }
      for (Path out : List.of(work.resolve("other"), outside)) {
        Outcome outcome = appending(policy, out, "echo more");
        assertEquals(new Ending.Exited(0), outcome.ending(), outcome::toJson);
        assertReported(ProtectionState.ENFORCED, Protection.FILESYSTEM, outcome);
      }
    }
    assertEquals("outside\nmore\nmore\nmore\n", Files.readString(outside));
  }

  /** A directory has further names where it is mounted again. */
  @Test
  void theSameFileByAnotherMount() throws Exception {
    Path again = Files.createDirectory(temporary.resolve("again")).toRealPath();
    Files.createDirectory(work.resolve("mounted"));
    ProcessBuilder machine =
        ChildMachine.builder(
            ReopenedMain.class,
            Files.createTempDirectory(temporary, "t"),
            work.toString(),
            inner.toString(),
            again.resolve("inner/file").toString(),
            again.resolve("other").toString(),
            again.resolve("mounted/secret").toString());
    var command =
        new ArrayList<>(
            List.of(
                "unshare",
                "-Urm",
                "sh",
                "-c",
                """
                mount --make-rprivate / 2>/dev/null
                mount --bind "$1" "$2" && mount -t tmpfs none "$2/mounted" &&
                  echo secret >"$2/mounted/secret" || { echo skipped; exit; }
                shift 2
                exec "$@"
                """,
                "sh",
                work.toString(),
                again.toString()));
    command.addAll(machine.command());
    Process process = machine.command(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assumeTrue(!output.contains("skipped"), "nothing can be mounted here: " + output);
    Sandboxed.assumeLandlockSufficed(output);

    assertTrue(output.contains(again + "/inner/file Refused"), output);
    assertEquals("content\n", Files.readString(file), output);
    assertTrue(output.contains(again + "/other Exited[code=0]"), output);
    assertTrue(output.contains(again + "/mounted/secret Refused"), output);
  }
}
