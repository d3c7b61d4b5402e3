package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * This process opens the files of redirects, so no command says which: one before it may have put
 * there what it likes.
 */
@Tag("kernel")
class RedirectFilesTest {
  @TempDir private Path temporary;
  private Path base = Path.of("/");
  private Path work = Path.of("/");
  private Path home = Path.of("/");

  @BeforeEach
  void makeFiles() throws IOException {
    base = temporary.toRealPath();
    work = Files.createDirectory(base.resolve("work"));
    home = Files.createDirectory(base.resolve("home"));
    Files.writeString(home.resolve("bashrc"), "untouched\n");
    Files.writeString(home.resolve("secret"), "secret\n");
  }

  private Policy policy(Isolation isolation) {
    return Attempts.tools(isolation).mode(Mode.WORKSPACE_WRITE).blocked(home.toString()).build();
  }

  private static SandboxProcessBuilder builder(Policy policy, Path directory, String script) {
    var builder =
        Sandboxed.of(policy).processBuilder("sh", "-c", script).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(ENVIRONMENT);
    return builder;
  }

  private static String refusal(SandboxProcessBuilder builder) {
    String message = assertThrows(RefusedException.class, builder::start).reason();
    assertTrue(message.startsWith("Cannot run program \"sh\""), message);
    return message;
  }

  private static void assertRuns(SandboxProcessBuilder builder) throws Exception {
    assertEquals(0, builder.start().waitFor());
  }

  @ParameterizedTest
  @EachIsolation
  void noRunLeadsTheRedirectsOfTheNextElsewhere(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = policy(isolation);
    assertPrints(
        "",
        sh(policy, work, "ln -s $1/bashrc out.log; ln -s $1/secret in.txt; ln -s $1 sub", home));

    for (Redirect planted :
        List.of(
            Redirect.to(work.resolve("out.log").toFile()),
            Redirect.appendTo(work.resolve("out.log").toFile()),
            Redirect.to(work.resolve("sub/made").toFile()),
            Redirect.to(work.resolve("sub/../home/made").toFile()))) {
      String message = refusal(builder(policy, work, "echo evil").redirectOutput(planted));

      assertTrue(message.contains("standard output: " + planted.file()), message);
      assertTrue(message.contains("the symbolic link " + work), message);
      assertTrue(message.contains("name what it leads to instead"), message);
    }
    String message =
        refusal(builder(policy, work, "cat").redirectInput(work.resolve("in.txt").toFile()));
    assertTrue(message.contains("standard input: "), message);
    refusal(builder(policy, work, "echo >&2").redirectError(work.resolve("out.log").toFile()));

    assertEquals("untouched\n", Files.readString(home.resolve("bashrc")));
    assertFalse(Files.exists(home.resolve("made")));
  }

  /** What is blocked is beyond reach in mode full-access, too. */
  @Test
  void noLinkLeadsToWhatIsBlocked() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy =
        Sandboxed.fullAccess().isolation(Isolation.NAMESPACE).blocked(home.toString()).build();
    assertPrints("", sh(policy, work, "ln -s $1/secret in.txt", home));

    refusal(builder(policy, work, "cat").redirectInput(work.resolve("in.txt").toFile()));
  }

  /** Of the kernel's own, which nobody can name by another path. */
  @ParameterizedTest
  @EachIsolation
  void noRunLeadsARedirectIntoThisProcess(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = policy(isolation);
    assertPrints("", sh(policy, work, "ln -s /proc/self/environ in.txt; ln -s /dev/fd/0 out.log"));

    refusal(builder(policy, work, "cat").redirectInput(work.resolve("in.txt").toFile()));
    refusal(builder(policy, work, "echo").redirectOutput(work.resolve("out.log").toFile()));
  }

  @ParameterizedTest
  @EachIsolation
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void noStartWaitsForAPipeThatARunHasMade(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy :
        List.of(policy(isolation), Sandboxed.fullAccess().isolation(isolation).build())) {
      assertPrints("", sh(policy, work, "rm -f pipe; mkfifo pipe"));
      var pipe = work.resolve("pipe").toFile();

      String message = refusal(builder(policy, work, "cat").redirectInput(pipe));
      assertTrue(message.contains(pipe + " is a named pipe"), message);
      refusal(builder(policy, work, "echo").redirectOutput(pipe));
      refusal(builder(policy, work, "echo").redirectOutput(Redirect.appendTo(pipe)));
    }
  }

  /** A link within the workspace leads to what the command could write anyway. */
  @ParameterizedTest
  @EachIsolation
  void linksToWhereTheCommandMayWriteAreFollowed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = policy(isolation);
    assertPrints("", sh(policy, work, "mkdir logs; ln -s logs/new latest; ln -s logs dir"));

    assertRuns(builder(policy, work, "echo 1").redirectOutput(work.resolve("latest").toFile()));
    assertRuns(
        builder(policy, work, "echo 2")
            .redirectOutput(Redirect.appendTo(work.resolve("dir/new").toFile())));
    assertRuns(
        builder(policy, work, "cat >copy").redirectInput(work.resolve("logs/../latest").toFile()));

    assertEquals("1\n2\n", Files.readString(work.resolve("logs/new")));
    assertEquals("1\n2\n", Files.readString(work.resolve("copy")));
  }

  /** Its user has put it there. */
  @ParameterizedTest
  @EachIsolation
  void linksAndPipesBeyondReachAreFollowed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = policy(isolation);
    Path link = Files.createSymbolicLink(base.resolve("link"), home.resolve("bashrc"));
    Path here = Files.createSymbolicLink(base.resolve("here"), work);

    assertRuns(builder(policy, work, "echo new").redirectOutput(link.toFile()));
    assertRuns(builder(policy, work, "echo too").redirectOutput(here.resolve("out").toFile()));
    assertRuns(builder(policy, work, "echo no").redirectOutput(Redirect.DISCARD));
    try (Directory directory = Directory.openReal(work);
        Fd out = directory.openFile("out", Uapi.O_RDONLY(), 0)) {
      assertRuns(
          builder(policy, work, "cat >copy")
              .redirectInput(Path.of("/dev/fd/" + out.number()).toFile()));
    }
    Path pipe = base.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Process writer =
        new ProcessBuilder("sh", "-c", "echo piped >" + pipe).redirectErrorStream(true).start();
    assertRuns(builder(policy, work, "cat >piped").redirectInput(pipe.toFile()));
    assertEquals(0, writer.waitFor());

    assertEquals("new\n", Files.readString(home.resolve("bashrc")));
    assertEquals("too\n", Files.readString(work.resolve("out")));
    assertEquals("too\n", Files.readString(work.resolve("copy")));
    assertEquals("piped\n", Files.readString(work.resolve("piped")));
  }

  /** Whatever was looked up: nobody can put a link on a way that is gone by descriptors. */
  @Test
  void theWayToADirectoryHasNoLinks() throws Exception {
    Files.createSymbolicLink(work.resolve("link"), home);
    for (Path path : List.of(work.resolve("link"), work.resolve("link/below"))) {
      KernelException e =
          assertThrows(KernelException.class, () -> Directory.openReal(path).close());
      assertEquals(Errno.ENOTDIR, e.errno());
    }
    Directory.openReal(work).close();
    Directory.openReal(Path.of("/")).close();
  }
}
