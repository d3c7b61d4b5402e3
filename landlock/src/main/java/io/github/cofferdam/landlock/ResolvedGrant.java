package io.github.cofferdam.landlock;

import java.nio.file.Path;
import java.util.Set;

/**
 * What became of a grant of a {@link LandlockPolicy}. Where something beneath it is blocked, there
 * is one for each path that is granted in its place.
 *
 * @param path as the policy has it
 * @param real where it led, through symbolic links; rights are granted there
 * @param directory whether that is a directory
 * @param rights those that the kernel has and that make sense there; if empty, the kernel has no
 *     rule for this grant because it restricts none of its rights
 * @param identity what was found there. A layer that finds something else there when it is entered
 *     refuses, except beneath {@code /proc}, where that says nothing
 */
public record ResolvedGrant(
    Path path, Path real, boolean directory, Set<FsRight> rights, FileIdentity identity) {
  /** Keeps a copy of the set. */
  public ResolvedGrant {
    rights = Sets.copy(FsRight.class, rights);
  }

  @Override
  public String toString() {
    return Names.of(rights) + " on " + path + (path.equals(real) ? "" : ", which is " + real);
  }
}
