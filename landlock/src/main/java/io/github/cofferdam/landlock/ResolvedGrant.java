package io.github.cofferdam.landlock;

import java.nio.file.Path;
import java.util.Set;

/**
 * What became of a grant of a {@link LandlockPolicy}.
 *
 * @param path as the policy has it
 * @param real where it led, through symbolic links; rights are granted there
 * @param directory whether that is a directory
 * @param rights those that the kernel has and that make sense there; if empty, the kernel has no
 *     rule for this grant because it restricts none of its rights
 */
public record ResolvedGrant(Path path, Path real, boolean directory, Set<FsRight> rights) {
  /** Copies. */
  public ResolvedGrant {
    rights = Sets.copy(FsRight.class, rights);
  }
}
