package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertDenied;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a path of a policy leads to is not for the command to say. */
@Tag("kernel")
class LinkedPathsTest {
  /** Not where runs of other tests of this process may write. */
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path base = Path.of("/");
  private Path work = Path.of("/");
  private Path other = Path.of("/");
  private Path link = Path.of("/");

  @BeforeEach
  void makeFiles() throws IOException {
    base = temporary.toRealPath();
    work = Files.createDirectory(base.resolve("work"));
    other = Files.createDirectory(base.resolve("other"));
    Files.writeString(other.resolve("file"), "other\n");
    link = Files.createSymbolicLink(work.resolve("link"), Path.of("../other"));
  }

  private static Policy.Builder tools(Isolation isolation) {
    return Attempts.tools(isolation).mode(Mode.WORKSPACE_WRITE);
  }

  private void assertLinkRefused(String key, Policy policy) throws Exception {
    String reason = assertRefused(sh(policy, work, "touch ran"));

    assertTrue(reason.startsWith(key + ": "), reason);
    assertTrue(reason.contains("the symbolic link " + link + " (to "), reason);
    assertTrue(reason.contains("name what it leads to instead"), reason);
    assertFalse(Files.exists(work.resolve("ran")));
  }

  @ParameterizedTest
  @EachIsolation
  void whatIsGrantedLeadsOverNoLinkOfTheWorkspace(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assertLinkRefused("filesystem.read_only", tools(isolation).readOnly("link").build());
    assertLinkRefused("filesystem.read_only", tools(isolation).readOnly("link/file").build());
    assertLinkRefused("filesystem.read_execute", tools(isolation).readExecute("link").build());
    assertLinkRefused("filesystem.read_write", tools(isolation).readWrite("link").build());
  }

  /** The link was not there when the policy was written. */
  @ParameterizedTest
  @EachIsolation
  void noRunMovesAGrantForTheNext(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Files.createDirectory(work.resolve("cache"));
    Policy policy = tools(isolation).readWrite("cache").build();
    assertPrints("", sh(policy, work, "touch cache/made"));
    assertPrints("", sh(tools(isolation).build(), work, "mv cache old && ln -s ../other cache"));

    assertRefused(
        sh(policy, work, "echo no > ../other/file"), work.resolve("cache") + " (to ../other)");
    assertEquals("other\n", Files.readString(other.resolve("file")));
  }

  @Test
  void bindsLeadOverNoLinkOfTheWorkspace() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    for (boolean writable : new boolean[] {true, false}) {
      Policy policy = tools(Isolation.NAMESPACE).bind("link", "/mnt/inside", writable).build();

      assertLinkRefused("filesystem.bind_mounts", policy);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void whatIsBlockedLeadsOverNoLinkOfTheWorkspace(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (String text : new String[] {"link", "link/file", "li*", "link/*", "**/lin?"}) {
      assertLinkRefused("filesystem.blocked", tools(isolation).blocked(text).build());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void theWorkspaceIsReachedOverNoLinkInIt(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = tools(isolation).workspace("link").readWrite(work.toString()).build();

    assertLinkRefused("sandbox.workspace", policy);
  }

  @ParameterizedTest
  @EachIsolation
  void theAuditLogLiesBehindNoLinkOfTheWorkspace(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = tools(isolation).audit(AuditSettings.to("link/audit.jsonl")).build();

    assertLinkRefused("audit.log_file", policy);
  }

  /** Also where a link beyond reach leads to one within. */
  @ParameterizedTest
  @EachIsolation
  void everyLinkOnTheWayCounts(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Files.createSymbolicLink(base.resolve("first"), Path.of("work/link"));

    assertLinkRefused("filesystem.read_write", tools(isolation).readWrite(base + "/first").build());
  }

  @ParameterizedTest
  @EachIsolation
  void linksThatTheCommandCannotWriteAreFollowed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path beyond = Files.createSymbolicLink(base.resolve("beyond"), other);
    Policy granted = tools(isolation).readWrite(beyond.toString()).build();
    assertPrints("other\n", sh(granted, work, "cat $1/file && echo new > $1/file", other));
    assertEquals("new\n", Files.readString(other.resolve("file")));

    Policy blocked = Attempts.tools(isolation).readOnly(base.toString()).blocked("link").build();
    assertDenied(sh(blocked, work, "cat $1/file", other));
  }

  /** Where a program has its next command run is not for the last one to say. */
  @ParameterizedTest
  @EachIsolation
  void noRunMovesTheWorkspaceOfTheNext(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path sub = Files.createDirectory(work.resolve("sub"));
    Policy policy = tools(isolation).build();
    assertPrints("", sh(policy, sub, "touch made"));
    assertPrints("", sh(policy, work, "rm -r sub && ln -s $1 sub", other));

    for (Policy moved :
        new Policy[] {
          policy,
          tools(isolation).workspace(sub.toString()).build(),
          tools(isolation).readWrite(work.toString()).build(),
          Attempts.tools(isolation).readWrite("below").build()
        }) {
      Files.createDirectories(other.resolve("below"));
      Path from = moved.workspace().isPresent() ? base : sub;
      assertRefused(
          sh(moved, from, "touch " + sub + "/ran"),
          "the symbolic link " + sub + " (to ",
          "name what it leads to instead");
    }

    assertFalse(Files.exists(other.resolve("ran")));
    assertPrints("", sh(policy, other, "touch ran"));
    // Now it leads to where one may write anyway.
    assertPrints("", sh(policy, sub, "touch again"));
  }

  /** Such as a project that lies on another disk. */
  @ParameterizedTest
  @EachIsolation
  void aWorkspaceIsReachedOverLinksThatNoRunCouldMake(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path project = Files.createSymbolicLink(base.resolve("project"), work);
    Files.createDirectory(work.resolve("packages"));
    Path inner = Files.createSymbolicLink(work.resolve("inner"), Path.of("packages"));
    Policy policy = tools(isolation).build();

    assertPrints("", sh(policy, project, "touch made"));
    assertPrints("", sh(policy, project.resolve("inner"), "touch made"));
    assertPrints("", sh(Attempts.tools(isolation).readWrite("made").build(), inner, "echo >made"));

    assertTrue(Files.exists(work.resolve("packages/made")));
  }
}
