package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What root's command cannot write, it is told of; and of nothing else. */
@Tag("kernel")
final class WritingAsRootTest {
  private static final int SOMEBODY = 4711;

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private record Tried(boolean written, List<String> warnings) {}

  private Tried tried(Policy.Builder policy, Path work) throws Exception {
    Policy built = policy.build();
    Outcome outcome = Sandboxed.sh(built, work, "echo new > file");
    Files.deleteIfExists(work.resolve("file"));
    List<String> warnings = outcome.enforcement().orElseThrow().warnings();
    boolean written = outcome.ending().equals(new Ending.Exited(0));
    return new Tried(
        written, warnings.stream().filter(line -> line.contains("belongs to user")).toList());
  }

  private static void give(Path directory, int owner, int group, String mode) throws IOException {
    Files.setAttribute(directory, "unix:uid", owner);
    Files.setAttribute(directory, "unix:gid", group);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
  }

  @ParameterizedTest
  @EachIsolation
  void inSomebodyElsesWorkspace(Isolation isolation) throws Exception {
    assumeTrue(Syscall.call(Syscall.number("geteuid")) == 0, "needs root");
    assumeAvailable(isolation);
    Path work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    Policy.Builder policy = workspace().isolation(isolation);

    give(work, SOMEBODY, SOMEBODY, "rwxr-xr-x");
    Tried refused = tried(policy, work);
    assertFalse(refused.written());
    assertEquals(1, refused.warnings().size());
    String warning = refused.warnings().getFirst();
    assertTrue(warning.contains("--reuid " + SOMEBODY), warning);

    give(work, SOMEBODY, SOMEBODY, "rwxr-xrwx");
    assertEquals(new Tried(true, List.of()), tried(policy, work));

    give(work, SOMEBODY, 0, "rwxrwxr-x");
    assertEquals(new Tried(true, List.of()), tried(policy, work));

    give(work, 0, 0, "rwxr-xr-x");
    assertEquals(new Tried(true, List.of()), tried(policy, work));
  }

  @ParameterizedTest
  @EachIsolation
  void whoKeepsCapabilitiesIsToldWhereTheyDoNotHelp(Isolation isolation) throws Exception {
    assumeTrue(Syscall.call(Syscall.number("geteuid")) == 0, "needs root");
    assumeAvailable(isolation);
    Path work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    give(work, SOMEBODY, SOMEBODY, "rwxr-xr-x");
    Policy.Builder policy =
        workspace()
            .isolation(isolation)
            .enforcement(Enforcement.DEFAULT.with(Protection.CAPABILITIES, Requirement.OFF));
    Tried kept = tried(policy, work);
    assertEquals(kept.written(), kept.warnings().isEmpty(), kept::toString);
    assertEquals(isolation == Isolation.BASIC, kept.written());
  }
}
