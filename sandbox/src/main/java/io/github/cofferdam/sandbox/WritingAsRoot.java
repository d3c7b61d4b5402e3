package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Root writes to everybody's files by a capability, and a command has none left: what is somebody
 * else's it writes to only as anybody may. Who runs builds as root in a checkout of another user
 * has to be told, since the kernel says no more than EACCES.
 */
final class WritingAsRoot {
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;

  private WritingAsRoot() {}

  /** {@return what to say of the first path that is granted for writing and will not be written} */
  static Optional<String> warning(Policy policy, FileGrants files) throws IOException {
    // In a user namespace of its own a capability is good for what belongs to its users alone.
    boolean keepsCapability =
        policy.isolation() == Isolation.BASIC
            && (policy.enforcement().of(Protection.CAPABILITIES) == Requirement.OFF
                || policy.capabilities().contains(Capability.DAC_OVERRIDE));
    // Its own temporary directory is root's.
    boolean nothing =
        policy.mode() != Mode.WORKSPACE_WRITE && policy.filesystem().readWrite().isEmpty();
    if (nothing || keepsCapability || Syscall.call(Syscall.number("geteuid")) != 0) {
      return Optional.empty();
    }
    long group = Syscall.call(Syscall.number("getegid"));
    for (Path path : files.readWrite()) {
      Map<String, Object> status =
          Files.readAttributes(path, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
      long owner = number(status, "uid");
      long allowed = number(status, "gid") == group ? GROUP_WRITES : OTHERS_WRITE;
      if (owner != 0 && (number(status, "mode") & allowed) == 0) {
        return Optional.of(
            OsText.show(path)
                + " may be written as far as the policy goes, but belongs to user "
                + owner
                + ", and root writes there only with a capability, of which the command has none;"
                + " run this as that user (setpriv --reuid "
                + owner
                + " --regid "
                + number(status, "gid")
                + " --init-groups ...)");
      }
    }
    return Optional.empty();
  }

  private static long number(Map<String, Object> status, String name) {
    return Integer.toUnsignedLong((int) Objects.requireNonNull(status.get(name)));
  }
}
