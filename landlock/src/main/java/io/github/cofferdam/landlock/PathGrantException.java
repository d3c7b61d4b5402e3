package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A policy grants rights on a path on which they cannot be granted, or blocks one that cannot be
 * blocked. Names the path.
 */
public final class PathGrantException extends IOException {
  private static final long serialVersionUID = 1;

  private final String path;
  private final Reason reason;

  /** Why that cannot be done. */
  public enum Reason {
    /** There is nothing at that path. */
    MISSING,
    /** The rights are for directories, and this is none. */
    NOT_A_DIRECTORY,
    /** It leads to this process's own directory in {@code /proc}, which is not the child's. */
    OWN_PROC_DIRECTORY,
    /**
     * It cannot be looked up: a directory on the way may not be searched, or links form a circle.
     */
    UNREACHABLE,
    /**
     * It is blocked, and can be reached by another name that is granted: another link to the file,
     * or another mount of the directory.
     */
    OTHER_NAME,
    /** Too much would have to be granted in place of the directories above blocked paths. */
    TOO_MANY
  }

  PathGrantException(Path path, Reason reason, String message) {
    super(message);
    this.path = OsText.of(path);
    this.reason = reason;
  }

  /** {@return the path as the policy has it} */
  public Path path() {
    return OsText.path(path);
  }

  /** {@return why that cannot be done} */
  public Reason reason() {
    return reason;
  }
}
