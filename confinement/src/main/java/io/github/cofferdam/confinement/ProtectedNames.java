package io.github.cofferdam.confinement;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What may only be read, lies in what may be written, and is not there by its name when a run
 * begins.
 *
 * @param kept what is there in its place: a file where a directory above would be, beneath which
 *     nothing can be made as long as it stays (the {@code .git} of a linked working tree is one);
 *     and what git has elsewhere
 * @param unmade what the command can make
 */
record ProtectedNames(List<Path> kept, List<Path> unmade) {

  /**
   * Finds them.
   *
   * @param rules what the policy grants
   * @param missing what may only be read and is not there, without links on the way
   */
  static ProtectedNames of(PathRules rules, List<Path> missing) {
    Set<Path> kept = new LinkedHashSet<>();
    Set<Path> unmade = new LinkedHashSet<>();
    for (Path path : missing) {
      if (!isWritten(rules, path)) {
        continue;
      }
      if (PathFinder.find(path) instanceof PathFinder.Found(Path real) && real.equals(path)) {
        kept.add(path);
        continue;
      }
      Path there = path;
      while (PathFinder.find(there) instanceof PathFinder.Missing) {
        there = Objects.requireNonNull(there.getParent());
      }
      if (!there.equals(path) && !PathFinder.isDirectory(there) && isWritten(rules, there)) {
        kept.add(there);
      } else {
        unmade.add(path);
      }
    }
    return new ProtectedNames(List.copyOf(kept), List.copyOf(unmade));
  }

  private static boolean isWritten(PathRules rules, Path path) {
    Optional<Path> deciding = rules.deciding(path);
    return deciding.isPresent() && rules.isWritable(deciding.get()) && !rules.isBlocked(path);
  }
}
