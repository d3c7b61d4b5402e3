package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A linked working tree: git's repository is granted, and nothing that a command made up. */
@Tag("kernel")
final class GitWorktreeTest {
  private static final Path GIT = Path.of("/usr/bin/git");
  private static final String COMMIT =
      "echo text > new && git add new && git -c user.name=n -c user.email=e commit -q -m new";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private Path repository = Path.of("/");
  private Path tree = Path.of("/");

  @BeforeEach
  void makeWorkingTree() throws Exception {
    assumeTrue(Files.isExecutable(GIT), "git is not installed");
    repository = temporary.toRealPath().resolve("repository");
    tree = repository.resolveSibling("tree");
    git(temporary, "init", "-q", repository.toString());
    git(
        repository,
        "-c",
        "user.name=n",
        "-c",
        "user.email=e",
        "commit",
        "-q",
        "--allow-empty",
        "-mx");
    git(repository, "worktree", "add", "-q", tree.toString());
  }

  private static void git(Path directory, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(GIT.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
  }

  private static Policy policy(Isolation isolation) {
    return workspace()
        .isolation(isolation)
        .filesystem(Filesystem.DEFAULT.withGitWorktree(true))
        .build();
  }

  @ParameterizedTest
  @EachIsolation
  void gitCommits(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome = Sandboxed.sh(policy(isolation), tree, COMMIT);
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    assertEquals(List.of(), outcome.enforcement().orElseThrow().warnings());
    // What lies beside it is no more open than before.
    Sandboxed.assertDenied(
        Sandboxed.sh(policy(isolation), tree, "echo x > " + repository.resolve("file")));
  }

  @ParameterizedTest
  @EachIsolation
  void withoutItAWarningSaysWhatToDo(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome = Sandboxed.sh(workspace().isolation(isolation).build(), tree, COMMIT);
    assertFalse(outcome.ending().equals(new Ending.Exited(0)));
    List<String> warnings = outcome.enforcement().orElseThrow().warnings();
    assertTrue(warnings.getFirst().contains("--git-worktree"), warnings::toString);
    assertTrue(
        Sandboxed.sh(workspace().isolation(isolation).build(), repository, "true")
            .enforcement()
            .orElseThrow()
            .warnings()
            .isEmpty());
  }

  @ParameterizedTest
  @EachIsolation
  void aSubmoduleIsCommittedInWithWhatItsWarningNames(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path module = repository.resolve("sub");
    Path kept = repository.resolve(".git/modules/sub");
    Files.createDirectories(kept.getParent());
    git(repository, "init", "-q", "--separate-git-dir", kept.toString(), module.toString());
    // As git submodule has it.
    Files.writeString(module.resolve(".git"), "gitdir: ../.git/modules/sub\n");
    Outcome without = Sandboxed.sh(workspace().isolation(isolation).build(), module, COMMIT);
    assertFalse(without.ending().equals(new Ending.Exited(0)));
    String warning = without.enforcement().orElseThrow().warnings().getFirst();
    assertTrue(warning.contains("submodule") && warning.contains("(" + kept + ")"), warning);
    assertFalse(warning.contains("git_worktree"), warning);

    Policy granted =
        workspace()
            .isolation(isolation)
            .filesystem(Filesystem.DEFAULT.withReadWrite(List.of(kept.toString())))
            .build();
    Outcome outcome = Sandboxed.sh(granted, module, COMMIT);
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    assertEquals(List.of(), outcome.enforcement().orElseThrow().warnings());
  }

  /** What a command can have written must not be proposed as a grant. */
  @Test
  void whereverElseThePointerLeadsNothingIsProposed() throws Exception {
    Files.writeString(tree.resolve(".git"), "gitdir: " + temporary.resolve("secrets") + "\n");
    String warning =
        Sandboxed.sh(workspace().isolation(Isolation.BASIC).build(), tree, "true")
            .enforcement()
            .orElseThrow()
            .warnings()
            .getFirst();
    assertTrue(warning.contains("secrets"), warning);
    assertFalse(warning.contains("--") || warning.contains("[filesystem]"), warning);
  }

  private void assertNotBelieved(String why) throws Exception {
    assertRefused(
        Sandboxed.sh(policy(Isolation.BASIC), tree, "true"), "filesystem.git_worktree", why);
  }

  /** What a run may have written into its workspace. */
  @Test
  void aPointerAloneIsNotBelieved() throws Exception {
    Path victim = Files.createDirectories(repository.resolveSibling("victim"));
    Path pointer = tree.resolve(".git");

    Files.writeString(pointer, "gitdir: " + victim + "\n");
    assertNotBelieved("does not lie in the directory worktrees");
    Path other = Files.createDirectories(victim.resolve("worktrees/other"));
    Files.writeString(pointer, "gitdir: " + other + "\n");
    assertNotBelieved("commondir does not lead to " + victim);
    Files.writeString(other.resolve("commondir"), "../..\n");
    assertNotBelieved("gitdir does not lead to " + pointer);
    Files.writeString(other.resolve("gitdir"), repository.resolve(".git") + "\n");
    assertNotBelieved("gitdir does not lead to " + pointer);

    Files.writeString(other.resolve("gitdir"), pointer + "\n");
    assertNotBelieved(victim + " is no repository");

    // In the workspace everything can be made up, also a link to elsewhere.
    Path made = Files.createDirectories(tree.resolve("fake/worktrees/x"));
    Files.writeString(pointer, "gitdir: fake/worktrees/x\n");
    assertNotBelieved("lies where the command may write");
    Files.delete(made);
    Files.createSymbolicLink(made, victim);
    assertNotBelieved("does not lie in the directory worktrees");

    Files.delete(pointer);
    Files.createDirectory(pointer);
    assertNotBelieved("is no file that names one");
    Files.delete(pointer);
    Files.createSymbolicLink(pointer, repository.resolve(".git"));
    assertNotBelieved("is no file that names one");
  }

  /** Two levels above its workspace, a command may write nothing. */
  @Test
  void theWorkspaceIsNoDirectoryOfARepository() throws Exception {
    Path home = Files.createDirectories(temporary.toRealPath().resolve("home"));
    for (String place : List.of("worktrees/feature", "worktrees")) {
      tree = Files.createDirectories(home.resolve(place));
      Path said = place.equals("worktrees") ? Files.createDirectories(tree.resolve("x")) : tree;
      Files.writeString(tree.resolve(".git"), "gitdir: " + said + "\n");
      Files.writeString(said.resolve("commondir"), "../..\n");
      Files.writeString(said.resolve("gitdir"), tree.resolve(".git") + "\n");
      assertNotBelieved("lies where the command may write");
      Files.delete(tree.resolve(".git"));
    }
    // As if it were a repository, in which its own workspace lies.
    Files.createDirectories(home.resolve("objects"));
    Files.createDirectories(home.resolve("refs"));
    Files.writeString(home.resolve("HEAD"), "ref: x\n");
    tree = Files.createDirectories(home.resolve("tree"));
    Path made = Files.createDirectories(home.resolve("worktrees/made"));
    Files.writeString(tree.resolve(".git"), "gitdir: " + made + "\n");
    Files.writeString(made.resolve("commondir"), "../..\n");
    Files.writeString(made.resolve("gitdir"), tree.resolve(".git") + "\n");
    assertNotBelieved("lie in the repository itself");
  }

  /** What is no file says nothing, and keeps no later run from beginning. */
  @Test
  void whateverStandsAtTheName() throws Exception {
    Files.delete(tree.resolve(".git"));
    String make = "import os, stat; os.mknod('.git', 0o600 | stat.S_IFSOCK)";
    Outcome made = Sandboxed.python(workspace().isolation(Isolation.BASIC).build(), tree, make);
    assertEquals(new Ending.Exited(0), made.ending(), () -> text(made));
    Outcome later = Sandboxed.sh(workspace().isolation(Isolation.BASIC).build(), tree, "true");
    assertEquals(new Ending.Exited(0), later.ending(), later::toString);
    assertNotBelieved("is no file that names one");
  }

  @Test
  void aRepositoryThatIsToBeReadIsNotOpened() throws Exception {
    Policy policy =
        workspace()
            .isolation(Isolation.BASIC)
            .filesystem(
                Filesystem.DEFAULT
                    .withGitWorktree(true)
                    .withReadExecute(List.of("/"))
                    .withReadOnly(List.of(repository.resolve(".git").toString())))
            .build();
    assertRefused(
        Sandboxed.sh(policy, tree, "true"),
        "filesystem.git_worktree",
        "says that it is to be read");
  }

  @Test
  void aBlockedRepositoryIsNotOpened() throws Exception {
    for (Path blocked : List.of(repository.resolve(".git/hooks"), repository)) {
      Policy policy =
          workspace()
              .isolation(Isolation.BASIC)
              .filesystem(
                  Filesystem.DEFAULT.withGitWorktree(true).withBlocked(List.of(blocked.toString())))
              .build();
      assertRefused(Sandboxed.sh(policy, tree, "true"), "filesystem.git_worktree", "blocks it");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"READONLY", "FULL_ACCESS"})
  void inAnotherModeItIsAContradiction(Mode mode) throws Exception {
    Policy policy = policy(Isolation.BASIC).toBuilder().mode(mode).build();
    assertRefused(
        Sandboxed.sh(policy, tree, "true"),
        "filesystem.git_worktree",
        "with mode " + mode.key(),
        "use mode workspace-write");
  }

  @Test
  void aRepositoryOfSomebodyElseIsNotOpened() throws Exception {
    assumeTrue(Files.getOwner(repository).getName().equals("root"), "needs root");
    Files.setAttribute(repository.resolve(".git"), "unix:uid", 4711);
    assertNotBelieved("do not belong to the same user");
  }
}
