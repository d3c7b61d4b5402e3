package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import io.github.cofferdam.landlock.PathLookup.Found;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What has to be granted in place of a directory, so that blocked paths beneath it stay closed: all
 * that is in the directories from there down to the blocked paths, except these directories
 * themselves.
 *
 * <pre>
 *   granted   /data                      /data           nothing: cannot be listed or changed
 *   blocked   /data/a/key       =>       /data/a         nothing
 *                                        /data/a/other   granted
 *                                        /data/b         granted
 * </pre>
 *
 * <p>That is how far Landlock goes, where rights only ever add up. A mount that covers the blocked
 * path does not have these costs:
 *
 * <ul>
 *   <li>the directories above a blocked path can be neither listed nor changed;
 *   <li>what is made there later is not granted. (So a blocked path that does not exist yet stays
 *       closed, too.)
 * </ul>
 *
 * <p>Symbolic links among the neighbours are not granted: what they lead to is either granted for
 * itself or was not meant; nor are directories of processes in {@code /proc}, which come and go.
 * What is blocked is left out by all names that mounts give it, and so are the directories above
 * it, in whose place what is in them is granted again. A blocked file with several hard links
 * cannot be kept closed, and that is an error. Files with other names inside a blocked directory
 * are not looked for.
 *
 * @param found what to grant
 * @param warnings what that costs, in words
 * @param carved the directories above what is blocked
 */
record PathCarving(List<Found> found, List<String> warnings, List<Path> carved) {
  /** How many paths are granted in place of one at most. */
  static final int LIMIT = 512;

  /**
   * Works out what to grant.
   *
   * @param granted what a policy grants
   * @param blocked what it blocks
   * @param limit how many paths to grant at most
   */
  static PathCarving of(Found granted, BlockedPaths blocked, int limit) throws PathGrantException {
    Path root = granted.real();
    Optional<Path> above = blocked.above(root);
    if (above.isPresent()) {
      return new PathCarving(
          List.of(), List.of(root + " is not granted: " + above.get() + " is blocked"), List.of());
    }
    blocked.refuseOtherNames(root);
    if (!blocked.isReachedFrom(root, granted.status())) {
      return new PathCarving(List.of(granted), List.of(), List.of());
    }
    var carved = new Carver(blocked, root, limit);
    carved.carve(root);
    return new PathCarving(carved.found, carved.warnings, carved.directories);
  }

  /** Goes down from a granted directory. */
  private static final class Carver {
    private final BlockedPaths blocked;
    private final Path root;
    private final int limit;
    private final List<Found> found = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<Path> directories = new ArrayList<>();

    Carver(BlockedPaths blocked, Path root, int limit) {
      this.blocked = blocked;
      this.root = root;
      this.limit = limit;
    }

    void carve(Path directory) throws PathGrantException {
      directories.add(directory);
      warnings.add(
          directory
              + " itself is not granted, because something in it is blocked: it cannot be listed,"
              + " and what is made there later stays closed; a mount namespace has no such limit");
      try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
        for (Path child : children) {
          place(child);
        }
      } catch (PathGrantException e) {
        throw e;
      } catch (IOException e) {
        throw BlockedPaths.cannotLook(directory, e);
      }
    }

    private void place(Path child) throws IOException {
      FileStatus status;
      try {
        status = FileStatus.require(child);
      } catch (KernelException e) {
        // Gone meanwhile, or not to be seen: what is not granted stays closed.
        return;
      }
      if (blocked.contains(child, status) || status.isSymbolicLink() || isProcess(child)) {
        return;
      }
      if (blocked.isReachedFrom(child, status)) {
        if (status.isDirectory()) {
          carve(child);
        }
        return;
      }
      if (found.size() == limit) {
        throw new PathGrantException(
            root,
            Reason.TOO_MANY,
            "to keep "
                + blocked.paths()
                + " closed, more than "
                + limit
                + " paths would have to be granted in place of "
                + root
                + "; grant less, or isolate with a mount namespace");
      }
      found.add(new Found(child, status, !PathLookup.inProc(child)));
    }

    /** Processes come and go: those that are there now are not those of the command. */
    private static boolean isProcess(Path child) throws IOException {
      return Character.isDigit(String.valueOf(child.getFileName()).charAt(0))
          && PathLookup.inProc(child);
    }
  }
}
