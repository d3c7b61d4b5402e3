package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A linked working tree of git: its {@code .git} is a file that names a directory in the repository
 * it belongs to, which lies elsewhere, and in which git has to write.
 *
 * <pre>
 *   WORKSPACE/.git                  gitdir: COMMON/worktrees/NAME
 *   COMMON/worktrees/NAME/commondir ../..
 *   COMMON/worktrees/NAME/gitdir    WORKSPACE/.git
 * </pre>
 *
 * <p>A command can write its workspace, {@code .git} and all. So it is believed only what the
 * repository says as well, in files that lie where the command may not write without this; and what
 * would be granted has to be a repository, since an earlier run with the same grant could write in
 * the one that it had.
 *
 * @see <a href="https://git-scm.com/docs/gitrepository-layout">gitrepository-layout</a>
 */
public final class GitWorktree {
  private static final String NAME = ".git";
  private static final String POINTER = "gitdir: ";
  private static final String TREES = "worktrees";

  /** What each linked working tree has of its own, and git runs what it names. */
  private static final List<String> OWN = List.of("commondir", "config.worktree");

  /** Each of these files has one path in it. */
  private static final int LONGEST = 8192;

  private static final int READ = Uapi.O_RDONLY() | Uapi.O_NONBLOCK() | Uapi.O_NOCTTY();

  private GitWorktree() {}

  /**
   * {@return where the {@code .git} of a workspace leads, if that is a file} Nothing is checked.
   */
  public static Optional<String> pointer(Path workspace) {
    try (Directory directory = Directory.openReal(workspace)) {
      return read(directory, NAME)
          .filter(text -> text.startsWith(POINTER))
          .map(text -> text.substring(POINTER.length()));
    } catch (KernelException e) {
      // Who cannot look there has nothing to say of it.
      return Optional.empty();
    }
  }

  /** {@return whether a name is where git keeps what belongs to a linked working tree} */
  public static boolean isLinked(Path leads) {
    Path parent = leads.getParent();
    return parent != null && parent.endsWith(TREES);
  }

  /**
   * {@return whether a name is where git keeps the repository of a submodule}, in that of a
   * directory above the workspace
   */
  public static boolean isSubmodule(Path workspace, Path leads) {
    for (Path top = workspace.getParent(); top != null; top = top.getParent()) {
      Path modules = top.resolve(NAME).resolve("modules");
      if (leads.startsWith(modules) && !leads.equals(modules)) {
        return true;
      }
    }
    return false;
  }

  /**
   * {@return the directory of the repository that a workspace is a working tree of}, without links
   *
   * @param workspace without links
   * @param writable what the command may write without this grant, the workspace included
   * @throws Refusal if it is none, or one of the two does not say so
   */
  static Path repository(Path workspace, List<Path> writable) throws Refusal {
    String text =
        pointer(workspace)
            .orElseThrow(
                () -> refused(OsText.show(workspace.resolve(NAME)) + " is no file that names one"));
    Path named = workspace.resolve(OsText.path(text)).normalize();
    if (!(PathFinder.find(named) instanceof PathFinder.Found(Path real))) {
      throw refused("there is no " + OsText.show(named));
    }
    @Nullable Path trees = real.getParent();
    @Nullable Path common = trees == null ? null : trees.getParent();
    if (trees == null || common == null || !trees.endsWith(TREES)) {
      throw refused(OsText.show(real) + " does not lie in the directory worktrees of a repository");
    }
    if (writable.stream().anyMatch(real::startsWith)) {
      throw refused(
          OsText.show(real) + " lies where the command may write, so what it says may be made up");
    }
    if (workspace.startsWith(common)) {
      throw refused("it would lie in the repository itself, " + OsText.show(common));
    }
    try (Directory tree = Directory.openReal(real);
        Directory repository = Directory.openReal(common);
        Directory workspaces = Directory.openReal(workspace)) {
      requireLeadsTo(common, real, read(tree, "commondir"), "commondir");
      requireLeadsTo(workspace.resolve(NAME), real, read(tree, "gitdir"), "gitdir");
      if (!isRepository(repository)) {
        throw refused(OsText.show(common) + " is no repository: it has no HEAD, objects and refs");
      }
      FileStatus pointer = workspaces.look(NAME).orElseThrow(() -> refused("its file is gone"));
      if (pointer.owner() != tree.status().owner()
          || pointer.owner() != repository.status().owner()) {
        throw refused(
            OsText.show(workspace.resolve(NAME))
                + " and "
                + OsText.show(common)
                + " do not belong to the same user");
      }
    } catch (KernelException e) {
      throw new Refusal(e);
    }
    return common;
  }

  /**
   * {@return where git looks for names that it would have in the {@code .git} of a workspace, were
   * that a directory}: in its own of the repository's, and in the repository
   *
   * @param repository as {@link #repository} has found it
   * @param paths those beneath {@code .git} are such names
   */
  static List<Path> standIns(Path workspace, Path repository, List<Path> paths) {
    Path beneath = workspace.resolve(NAME);
    var standIns = new ArrayList<Path>();
    for (Path path : paths) {
      if (path.startsWith(beneath) && !path.equals(beneath)) {
        Path name = beneath.relativize(path);
        standIns.add(repository.resolve(name));
        pointer(workspace)
            .map(text -> PathFinder.find(workspace.resolve(OsText.path(text)).normalize()))
            .ifPresent(place -> {
              if (place instanceof PathFinder.Found(Path tree)) {
                standIns.add(tree.resolve(name));
              }
            });
      }
    }
    return standIns;
  }

  /**
   * {@return the same names of all linked working trees of a repository, as far as each has its
   * own} Whoever works in one of them has git run what they lead to.
   *
   * @param repository in which the command may write
   * @param paths as {@link #standIns} takes them
   */
  static List<Path> ofAllTrees(Path workspace, Path repository, List<Path> paths) throws Refusal {
    Path beneath = workspace.resolve(NAME);
    List<String> names =
        OWN.stream().filter(name -> paths.contains(beneath.resolve(name))).toList();
    Path trees = repository.resolve(TREES);
    var found = new ArrayList<Path>();
    // A link there is no directory that git has made.
    if (names.isEmpty()
        || !(PathFinder.find(trees) instanceof PathFinder.Found(Path real) && real.equals(trees))
        || !PathFinder.isDirectory(trees)) {
      return found;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(trees)) {
      for (Path tree : all) {
        names.forEach(name -> found.add(tree.resolve(name)));
        if (found.size() > BlockedPaths.MOST) {
          throw new Refusal(
              OsText.show(trees)
                  + " has more working trees than can be protected; remove those that are not used"
                  + " (git worktree prune)");
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new Refusal(
          "the working trees in " + OsText.show(trees) + " cannot be protected: " + Text.of(e), e);
    }
    return found;
  }

  /** What git itself asks for. */
  private static boolean isRepository(Directory directory) throws KernelException {
    return directory.look("HEAD").filter(FileStatus::isRegularFile).isPresent()
        && directory.look("objects").filter(FileStatus::isDirectory).isPresent()
        && directory.look("refs").filter(FileStatus::isDirectory).isPresent();
  }

  private static void requireLeadsTo(Path expected, Path tree, Optional<String> text, String file)
      throws Refusal {
    if (text.isEmpty() || !tree.resolve(OsText.path(text.get())).normalize().equals(expected)) {
      throw refused(OsText.show(tree.resolve(file)) + " does not lead to " + OsText.show(expected));
    }
  }

  private static Refusal refused(String why) {
    return new Refusal(
        "filesystem.git_worktree: the workspace is not taken for a working tree of git: " + why);
  }

  /** The one line of a file; empty if there is no such file, or this user cannot read it. */
  private static Optional<String> read(Directory directory, String name) {
    try {
      // First, since opening what is no file may do something.
      if (directory.look(name).filter(FileStatus::isRegularFile).isEmpty()) {
        return Optional.empty();
      }
      try (Fd file = directory.openFile(name, READ, 0)) {
        if (!FileStatus.of(file).isRegularFile()) {
          return Optional.empty();
        }
        byte[] bytes = new FdInputStream(file).readNBytes(LONGEST);
        String text = OsText.decode(bytes, 0, bytes.length);
        return Optional.of(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text)
            .filter(line -> bytes.length < LONGEST && !line.isEmpty() && line.indexOf('\n') < 0)
            .filter(line -> line.indexOf('\0') < 0);
      }
    } catch (IOException e) {
      // What says nothing grants nothing.
      return Optional.empty();
    }
  }
}
