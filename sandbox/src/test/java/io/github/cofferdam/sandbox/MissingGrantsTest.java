package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a policy grants and is not there. */
@Tag("kernel")
final class MissingGrantsTest {
  private static final String WRITE = "echo new > out/file && cat out/file";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private Path work = Path.of("/");

  @BeforeEach
  void makeWorkspace() throws Exception {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
  }

  private static Filesystem writable(String... paths) {
    return Filesystem.DEFAULT.withReadWrite(List.of(paths));
  }

  private Outcome run(Isolation isolation, Filesystem files, String script) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        Policy.builder().mode(Mode.READONLY).isolation(isolation).filesystem(files).build();
    return Sandboxed.sh(policy, work, script);
  }

  @ParameterizedTest
  @EachIsolation
  void onesThatNeedNotBeThere(Isolation isolation) throws Exception {
    assertRefused(
        run(isolation, writable("out"), WRITE),
        "there is no " + work.resolve("out"),
        "write \"out?\" if it need not be there, or have it made: create = true, or --create");
    Outcome without = run(isolation, writable("out?"), WRITE + "; mkdir out || echo no");
    assertTrue(Sandboxed.text(without).endsWith("no\n"), () -> Sandboxed.text(without));
    assertFalse(Files.exists(work.resolve("out")));

    Files.createDirectory(work.resolve("out"));
    assertPrints("new\n", run(isolation, writable("out?"), WRITE));
  }

  /** To list nothing that may be read means that everything may. */
  @ParameterizedTest
  @EachIsolation
  void nothingIsGrantedInTheirPlace(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Files.writeString(work.resolve("secret"), "secret\n");
    Path other = Files.createDirectory(work.resolve("other"));
    Policy policy =
        Attempts.tools(isolation).readOnly(other.toString(), work.resolve("gone") + "?").build();
    assertPrints(
        "closed\n",
        Sandboxed.sh(policy, other, "cat " + work.resolve("secret") + " 2>&- || echo closed"));
    Policy alone = Policy.builder().isolation(isolation).readExecute("gone?").build();
    Outcome outcome = Sandboxed.sh(alone, work, "echo ran");
    assertFalse(outcome.ending() instanceof Ending.Exited, outcome::toString);
  }

  @ParameterizedTest
  @EachIsolation
  void onesThatAreMade(Isolation isolation) throws Exception {
    Filesystem files = writable("a/b/out").withCreate(true);
    assertPrints("new\n", run(isolation, files, "cd a/b; " + WRITE));
    assertEquals("new\n", Files.readString(work.resolve("a/b/out/file")));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(work.resolve("a/b/out"))));
    assertPrints("new\n", run(isolation, files, "cd a/b; " + WRITE));
  }

  @ParameterizedTest
  @EachIsolation
  void aDryRunSaysWhichAndMakesNone(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        Policy.builder()
            .isolation(isolation)
            .filesystem(writable("out/deep/est", "out/other", "z").withCreate(true))
            .build();
    Sandbox sandbox = Sandboxed.of(policy);
    assertEquals(
        Stream.of("out", "out/deep", "out/deep/est", "out/other", "z").map(work::resolve).toList(),
        sandbox.command("/bin/true").directory(work).dryRun().created());
    assertFalse(Files.exists(work.resolve("out")));

    assertTrue(sandbox.command("/bin/true").directory(work).run().success());
    assertTrue(Files.isDirectory(work.resolve("out/deep/est")));
    assertEquals(List.of(), sandbox.command("/bin/true").directory(work).dryRun().created());
  }

  @Test
  void withoutCreateNoneWouldBeMade() throws Exception {
    Policy policy =
        Policy.builder().isolation(Isolation.BASIC).filesystem(writable("out?")).build();
    assertEquals(
        List.of(), Sandboxed.of(policy).command("/bin/true").directory(work).dryRun().created());
  }

  /** A command before this one could have put the link there. */
  @ParameterizedTest
  @EachIsolation
  void nothingIsMadeWhereALinkLeads(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path outside = temporary.toRealPath().resolve("outside");
    Files.createSymbolicLink(work.resolve("out"), outside);
    Policy policy =
        Policy.builder()
            .mode(Mode.WORKSPACE_WRITE)
            .isolation(isolation)
            .filesystem(writable("out").withCreate(true))
            .build();
    assertRefused(Sandboxed.sh(policy, work, WRITE), "leads over the symbolic link");
    assertFalse(Files.exists(outside, LinkOption.NOFOLLOW_LINKS));
  }

  @ParameterizedTest
  @EachIsolation
  void whatCannotBeMadeRefuses(Isolation isolation) throws Exception {
    Files.writeString(work.resolve("file"), "");
    assertRefused(
        run(isolation, writable("file/out").withCreate(true), WRITE),
        "filesystem.create",
        "ENOTDIR");
    assertRefused(
        run(isolation, writable("/proc/none/out").withCreate(true), WRITE), "filesystem.create");
  }
}
