package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;

/** Which system calls make mounts. */
enum MountApi {
  /**
   * {@code open_tree}, {@code mount_setattr}, {@code move_mount} (Linux 5.12): a tree gets its
   * attributes, all at once, before it can be seen anywhere.
   */
  TREES,
  /**
   * {@code mount} alone: each mount gets its attributes by itself, after it was attached. What is
   * mounted where has to be known beforehand.
   */
  CLASSIC;

  /** {@return what this kernel has; asked once} */
  static MountApi ofHost() {
    Syscall.require();
    return Host.API;
  }

  /** Asked for when a sandbox is first made. */
  private static final class Host {
    static final MountApi API = probe();

    private Host() {}

    /** mount_setattr is the newest of the three, and refuses an empty attribute with EINVAL. */
    private static MountApi probe() {
      long answer = Syscall.call(Syscall.number("mount_setattr"), -1, 0, 0, 0, 0);
      return answer == -Errno.EINVAL.number() || answer == -Errno.EBADF.number() ? TREES : CLASSIC;
    }
  }
}
