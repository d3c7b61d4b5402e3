package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Preset;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a policy keeps from being written in what may be: what is there, and what is not. */
@Tag("kernel")
final class ProtectedNamesTest {
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private Path work = Path.of("/");

  @BeforeEach
  void makeWorkspace() throws IOException {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
  }

  private static Policy.Builder agent() {
    return Policy.builder().presets(Preset.AGENT).isolation(Isolation.NAMESPACE);
  }

  private static Policy.Builder protecting(String... paths) {
    return Policy.builder()
        .mode(Mode.WORKSPACE_WRITE)
        .isolation(Isolation.NAMESPACE)
        .readExecute("/")
        .readExecute(paths);
  }

  private static EnforcedProtection reported(Outcome outcome) {
    return outcome.enforcement().orElseThrow().of(Protection.PROTECTED_NAMES);
  }

  private static void git(Path directory, String... arguments)
      throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/git")), "git is not installed");
    var command = new ArrayList<>(List.of("git", "-c", "user.name=n", "-c", "user.email=e"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
  }

  @Test
  void whatIsThereIsNotWritten() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Files.writeString(work.resolve("kept"), "mine");
    Outcome outcome =
        Sandboxed.sh(
            protecting("kept?").build(),
            work,
            "echo x > kept; rm -f kept; mv kept other; ln -sf /etc/passwd kept; cat kept; echo >"
                + " new");
    assertEquals("mine", Files.readString(work.resolve("kept")), () -> text(outcome));
    assertTrue(Files.exists(work.resolve("new")), () -> text(outcome));
    assertEquals(ProtectionState.ENFORCED, reported(outcome).state());
    assertEquals(List.of(), outcome.madeNames());
  }

  /**
   * By name; as links to what is not there, which are names as well; and what is in the place of a
   * directory above.
   */
  @Test
  void whatIsMadeThereIsTold() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Outcome outcome =
        Sandboxed.sh(
            protecting(
                    "file?", "dir/deep/file?", "link?", "over/link?", "not?", "in/file?", "in/x?")
                .build(),
            work,
            "touch file; mkdir -p dir/deep; touch dir/deep/file; ln -s nowhere link;"
                + " ln -s /nowhere over; touch in");
    EnforcedProtection report = reported(outcome);
    assertEquals(ProtectionState.PARTIAL, report.state());
    assertTrue(report.detail().contains(work.resolve("dir/deep/file").toString()), report::detail);
    assertTrue(report.detail().contains(work.resolve("not").toString()), report::detail);
    assertEquals(
        List.of(
            work.resolve("file"),
            work.resolve("dir/deep/file"),
            work.resolve("link"),
            work.resolve("over"),
            work.resolve("in")),
        outcome.madeNames());
  }

  /** Git takes a file by that name, which says where hooks and settings are. */
  @Test
  void aRepositoryThatIsElsewhereIsTold() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Outcome outcome = Sandboxed.sh(agent().build(), work, "mkdir .x; echo 'gitdir: .x' > .git");
    assertEquals(List.of(work.resolve(".git")), outcome.madeNames(), () -> text(outcome));
  }

  /** Without a .git that git takes for one, a directory with these names is a repository itself. */
  @Test
  void aWorkspaceThatHasBecomeARepositoryItselfIsTold() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    git(work, "init", "-q");
    Outcome outcome =
        Sandboxed.sh(
            agent().build(),
            work,
            "rm .git/HEAD; mkdir objects refs; echo 'ref: refs/heads/x' > HEAD; echo > config");
    assertEquals(List.of(work.resolve("HEAD")), outcome.madeNames(), () -> text(outcome));
  }

  @Test
  void whoAsksForAllOfItGetsNoRunWithLess() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy =
        protecting("file?").enforcement(Protection.PROTECTED_NAMES, Requirement.REQUIRE).build();
    assertRefused(Sandboxed.sh(policy, work, "true"), "protected_names", "not there");
    Files.writeString(work.resolve("file"), "");
    assertEquals(new Ending.Exited(0), Sandboxed.sh(policy, work, "true").ending());
  }

  @Test
  void nothingIsAskedForWhereNothingIsProtected() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Policy policy = protecting("/usr").build();
    assertEquals(ProtectionState.NOT_ASKED, reported(Sandboxed.sh(policy, work, "true")).state());
  }

  @Test
  void anAgentCommitsAndLeavesHooksAndSettingsAlone() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    git(work, "init", "-q");
    Path hook = Files.writeString(work.resolve(".git/hooks/pre-commit"), "#!/bin/sh\ntouch ran\n");
    assertTrue(hook.toFile().setExecutable(true));
    String config = Files.readString(work.resolve(".git/config"));
    Outcome outcome =
        Sandboxed.sh(
            agent().build(),
            work,
            "git -c user.name=n -c user.email=e commit -q --allow-empty -m x && echo committed;"
                + " git config core.fsmonitor evil; echo evil > .git/config; echo > .git/hooks/x;"
                + " rm -rf .git/hooks; mv .git .away; rm .git/config;"
                + " echo /evil > .git/commondir; mkdir .vscode; echo > .vscode/tasks.json");
    assertTrue(text(outcome).contains("committed"), () -> text(outcome));
    assertTrue(Files.exists(work.resolve("ran")), "hooks run in the sandbox");
    assertEquals(config, Files.readString(work.resolve(".git/config")));
    assertTrue(Files.exists(hook));
    assertFalse(Files.exists(work.resolve(".git/hooks/x")));
    assertEquals(
        List.of(work.resolve(".git/commondir"), work.resolve(".vscode")), outcome.madeNames());
  }

  /** Its {@code .git} is a file: who replaces it has git run what is said elsewhere. */
  @Test
  void theFileOfALinkedWorkingTreeIsKept() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path tree = linkedWorkingTree();
    String pointer = Files.readString(tree.resolve(".git"));
    Outcome outcome =
        Sandboxed.sh(agent().build(), tree, "rm -f .git; echo evil > .git; mv .git x; echo > new");
    assertEquals(pointer, Files.readString(tree.resolve(".git")), () -> text(outcome));
    assertTrue(Files.exists(tree.resolve("new")), () -> text(outcome));
    assertFalse(reported(outcome).detail().contains("/.git/"), reported(outcome)::detail);
  }

  @Test
  void withItsRepositoryWrittenThatOnesHooksAndSettingsAreKept() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path tree = linkedWorkingTree();
    Path common = work.resolve(".git");
    String config = Files.readString(common.resolve("config"));
    String leadsTo = Files.readString(common.resolve("worktrees/tree/commondir"));
    Policy.Builder policy = agent().filesystem(Filesystem.DEFAULT.withGitWorktree(true));
    Outcome outcome =
        Sandboxed.sh(
            policy.build(),
            tree,
            "git -c user.name=n -c user.email=e commit -q --allow-empty -m x && echo committed;"
                + " cd $1; echo evil > config; rm -rf hooks; echo > hooks/x;"
                + " echo evil > worktrees/tree/commondir; rm -f worktrees/tree/commondir;"
                + " echo > worktrees/tree/config.worktree",
            common);
    assertTrue(text(outcome).contains("committed"), () -> text(outcome));
    assertEquals(config, Files.readString(common.resolve("config")));
    assertEquals(leadsTo, Files.readString(common.resolve("worktrees/tree/commondir")));
    assertFalse(Files.exists(common.resolve("hooks/x")));
    assertEquals(List.of(common.resolve("worktrees/tree/config.worktree")), outcome.madeNames());
  }

  /** The repository is written, and what leads another working tree to its settings is not. */
  @Test
  void otherWorkingTreesAreNotLedElsewhere() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    Path tree = linkedWorkingTree();
    Path other = work.resolveSibling("other");
    git(work, "worktree", "add", "-q", other.toString());
    Path own = work.resolve(".git/worktrees/other");
    String leadsTo = Files.readString(own.resolve("commondir"));
    Policy.Builder policy = agent().filesystem(Filesystem.DEFAULT.withGitWorktree(true));
    String attack =
        "echo evil > $1/commondir; rm -f $1/commondir; mv $1 $1.away; mv $1/.. $1/../../away;"
            + " echo > $1/config.worktree; echo > $1/new";
    for (Path place : List.of(tree, work)) {
      Files.deleteIfExists(own.resolve("config.worktree"));
      Files.deleteIfExists(own.resolve("new"));
      Policy chosen = place.equals(tree) ? policy.build() : agent().build();
      Outcome outcome = Sandboxed.sh(chosen, place, attack, own);
      assertEquals(leadsTo, Files.readString(own.resolve("commondir")), () -> text(outcome));
      assertTrue(Files.exists(own.resolve("new")), () -> text(outcome));
      assertEquals(List.of(own.resolve("config.worktree")), outcome.madeNames());
    }
  }

  private Path linkedWorkingTree() throws IOException, InterruptedException {
    git(work, "init", "-q");
    git(work, "commit", "-q", "--allow-empty", "-m", "x");
    Path tree = work.resolveSibling("tree");
    git(work, "worktree", "add", "-q", tree.toString());
    return tree;
  }

  /** Landlock alone cannot do it. */
  @Test
  void withBasicIsolationAnAgentIsRefusedWhereThereIsSomethingToProtect() throws Exception {
    Files.createDirectories(work.resolve(".git/hooks"));
    assertRefused(
        Sandboxed.sh(agent().isolation(Isolation.BASIC).build(), work, "true"),
        ".git/hooks",
        "isolation = namespace can");
  }
}
