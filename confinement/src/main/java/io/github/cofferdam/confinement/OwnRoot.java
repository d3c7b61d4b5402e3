package io.github.cofferdam.confinement;

import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.nio.file.Path;

/** Whose commands see a root of their own, and what in it is never the host's. */
public final class OwnRoot {
  static final Path DEV = Path.of("/dev");
  static final Path PROC = Path.of("/proc");

  private OwnRoot() {}

  /** {@return whether a policy asks for a root of the command's own} */
  public static boolean isMadeFor(Policy policy) {
    return policy.mode() != Mode.FULL_ACCESS && coversPaths(policy);
  }

  /** {@return whether mounts of the command's own close paths, or keep them from being written} */
  public static boolean coversPaths(Policy policy) {
    return policy.isolation() == Isolation.NAMESPACE
        && policy.enforcement().of(Protection.NAMESPACES) != Requirement.OFF
        && policy.enforcement().of(Protection.FILESYSTEM) != Requirement.OFF;
  }

  /** {@return whether the command of such a root stores nothing on the host} */
  static boolean keepsAllWrites(Policy policy) {
    Filesystem files = policy.filesystem();
    if (!isMadeFor(policy)
        || policy.mode() == Mode.WORKSPACE_WRITE
        || !files.readWrite().isEmpty()) {
      return false;
    }
    for (Filesystem.Bind bind : files.bindMounts()) {
      if (bind.writable()) {
        return false;
      }
    }
    return true;
  }
}
