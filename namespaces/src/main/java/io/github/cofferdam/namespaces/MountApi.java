package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import org.jspecify.annotations.Nullable;

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

  /** What this kernel has; null as long as it has not said so itself. */
  private static volatile @Nullable MountApi known;

  /**
   * {@return what this kernel has, as far as a filter around the calling thread lets one know}
   * Asked until the kernel answers.
   */
  static MountApi ofHost() {
    MountApi api = known;
    if (api != null) {
      return api;
    }
    // mount_setattr is the newest of the three, and refuses an empty attribute with EINVAL.
    long answer = Syscall.call(Syscall.number("mount_setattr"), -1, 0, 0, 0, 0);
    if (answer == -Errno.EINVAL.number() || answer == -Errno.EBADF.number()) {
      known = TREES;
      return TREES;
    }
    return CLASSIC;
  }
}
