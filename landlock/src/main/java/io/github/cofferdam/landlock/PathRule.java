package io.github.cofferdam.landlock;

import java.util.Optional;
import java.util.Set;

/**
 * What the kernel is told about one path.
 *
 * @param rights what is granted; may be none if it is quiet
 * @param quiet whether denials there are not logged
 * @param identity what must be at the path; empty where that cannot be told
 */
record PathRule(Set<FsRight> rights, boolean quiet, Optional<FileIdentity> identity) {

  /** {@return the rule that grants what either grants} */
  PathRule with(PathRule other) {
    return new PathRule(
        Sets.either(FsRight.class, rights, other.rights),
        quiet || other.quiet,
        identity.isPresent() ? identity : other.identity);
  }
}
