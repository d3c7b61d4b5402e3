package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.confinement.GitWorktree;
import io.github.cofferdam.confinement.LinkedWays;
import io.github.cofferdam.confinement.PathFinder;
import io.github.cofferdam.confinement.PrivateRoot;
import io.github.cofferdam.confinement.RealDirectory;
import io.github.cofferdam.confinement.Refusal;
import io.github.cofferdam.confinement.WrittenPlaces;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The workspace and the working directory of a run, and whether others can lead it elsewhere. */
final class RunDirectories {
  private RunDirectories() {}

  /** {@return what the policy names as its workspace; else the working directory} */
  static Path workspace(Policy policy, Path directory) throws IOException {
    if (policy.workspace().isEmpty()) {
      return directory;
    }
    try {
      return RealDirectory.of(
          "workspace", PolicyPath.resolve(policy.workspace().get(), directory, PolicyPath.home()));
    } catch (IllegalArgumentException e) {
      throw new RefusedException("sandbox.workspace: " + e.getMessage(), e);
    }
  }

  /**
   * {@return where the command begins in a root of its own} A directory that was asked for must be
   * there; one that was not may give way to the root directory, as in a container.
   *
   * @param asked whether it was asked for
   */
  static Path inside(PrivateRoot root, Path directory, boolean asked) throws RefusedException {
    Optional<Path> inside = root.inside(directory);
    if (inside.isEmpty() && asked) {
      throw new RefusedException(
          "the working directory "
              + OsText.show(directory)
              + " does not exist in the sandbox: with isolation = namespace only what is granted"
              + " is there; grant it, or choose another");
    }
    return inside.orElse(PathFinder.ROOT);
  }

  /**
   * Refuses a run that would begin where its policy closes everything: the command would stand in a
   * directory that it cannot read, or in another one than it was meant to.
   *
   * @param directory the working directory, without links
   */
  static void refuseBlocked(Policy policy, FileGrants files, Path directory)
      throws RefusedException {
    Optional<Path> closed = files.closing(directory);
    if (closed.isEmpty() || policy.enforcement().of(Protection.FILESYSTEM) == Requirement.OFF) {
      return;
    }
    boolean itself = closed.get().equals(directory);
    boolean grants = !itself && policy.mode() != Mode.FULL_ACCESS;
    throw new RefusedException(
        "the working directory "
            + OsText.show(directory)
            + (itself ? "" : " lies in " + OsText.show(closed.get()) + ", which")
            + " is blocked (filesystem.blocked); begin in another one"
            + (grants ? ", grant this one by name (read_only, read_execute, read_write)" : "")
            + ", or do not block it");
  }

  /** {@return what to say of a workspace in which git will not work, and why} */
  static Optional<String> unseenRepository(Policy policy, FileGrants files, Path workspace)
      throws Refusal {
    if (policy.mode() != Mode.WORKSPACE_WRITE || policy.filesystem().gitWorktree()) {
      return Optional.empty();
    }
    return GitWorktree.pointer(workspace)
        .map(leads -> workspace.resolve(OsText.path(leads)).normalize())
        .filter(leads -> !files.grantsWriting(leads))
        .map(leads -> unseen(workspace, leads));
  }

  /**
   * A command may have written what a pointer says, so not everything that it names is proposed.
   */
  private static String unseen(Path workspace, Path leads) {
    String shown = OsText.show(leads);
    String consequence = " may not be written, so that git cannot commit";
    if (GitWorktree.isLinked(leads)) {
      return "the workspace is a linked working tree of git, whose repository ("
          + shown
          + ")"
          + consequence
          + "; --git-worktree, or [filesystem] git_worktree = true, grants it";
    }
    if (GitWorktree.isSubmodule(workspace, leads)) {
      return "the workspace is a submodule, whose repository ("
          + shown
          + ")"
          + consequence
          + "; --rw, or [filesystem] read_write, with that directory grants it, its hooks and"
          + " settings among it";
    }
    return "git is led to " + shown + " by the file .git of the workspace, which" + consequence;
  }

  /** Refuses what the policy names if the command could make it lead elsewhere. */
  static void refuseReplaceableLinks(
      Policy policy, FileGrants files, Path directory, Path workspace) throws Refusal {
    var ways = new LinkedWays(files);
    if (policy.workspace().isPresent()) {
      ways.refuse("sandbox.workspace", policy.workspace().get(), directory, List.of(workspace));
    }
    if (policy.audit().enabled()) {
      String log = policy.audit().logFile().orElseThrow();
      ways.refuseWay("audit.log_file", log, PolicyPath.resolve(log, directory, PolicyPath.home()));
    }
  }

  /**
   * Where nothing else is named, the command may write where it runs, and relative paths begin
   * there: refuses a run if an earlier command may have led it to another place.
   *
   * @param temporary the run's own directory for temporary files; null if it has none
   * @param cwd the working directory, without links
   * @param asked the working directory as it was asked for; empty if it was not
   * @param workspace without links
   */
  static void refuseWorkspaceLedOut(
      Policy policy,
      FileGrants files,
      @Nullable Path temporary,
      Path cwd,
      Optional<Path> asked,
      Path workspace)
      throws IOException {
    if (!files.restricted()) {
      return;
    }
    var writable = new ArrayList<>(files.readWrite());
    if (temporary != null) {
      // Nobody is led there.
      writable.remove(temporary);
    }
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      writable.remove(workspace);
    }
    files.binds().stream().filter(BindMount::writable).forEach(bind -> writable.add(bind.source()));
    WrittenPlaces.add(writable);
    if (policy.workspace().isPresent()) {
      Path way = PolicyPath.resolve(policy.workspace().get(), cwd, PolicyPath.home());
      WrittenPlaces.refuseLedOut("the workspace", way, workspace);
    } else if (asked.isPresent()
        && (policy.mode() == Mode.WORKSPACE_WRITE
            || policy.filesystem().hasRelativePaths()
            || policy.network().hasRelativePaths())) {
      Path path = asked.get();
      Path way = path.isAbsolute() ? path : WorkingDirectory.path().resolve(path);
      WrittenPlaces.refuseLedOut("the working directory", way, workspace);
    }
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      WrittenPlaces.add(List.of(workspace));
    }
  }
}
