package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Memory;

/**
 * Structures of the mount calls, by hand: to load the generated classes takes tens of milliseconds
 * in every process that starts a command; a test compares.
 *
 * <pre>
 * struct mount_attr (linux/mount.h)                    struct open_how (linux/openat2.h)
 * 0          8          16            24        32     0       8      16        24
 * +----------+----------+-------------+---------+      +-------+------+---------+
 * | attr_set | attr_clr | propagation | user ns |      | flags | mode | resolve |
 * +----------+----------+-------------+---------+      +-------+------+---------+
 * </pre>
 */
final class MountLayout {
  static final int ATTR_SIZE = 32;
  static final long ATTR_SET = 0;
  static final long ATTR_CLEAR = 8;
  static final long ATTR_PROPAGATION = 16;

  static final int HOW_SIZE = 24;
  static final long HOW_FLAGS = 0;
  static final long HOW_RESOLVE = 16;

  /** MNT_DETACH is ABI but in no UAPI header: include/linux/fs.h. */
  static final int MNT_DETACH = 2;

  /** No link is followed, wherever it stands in the path. */
  static final Memory NO_LINKS =
      Memory.ofSize(HOW_SIZE)
          .int64(HOW_FLAGS, Uapi.O_PATH() | Uapi.O_CLOEXEC())
          .int64(HOW_RESOLVE, Uapi.RESOLVE_NO_SYMLINKS() | Uapi.RESOLVE_NO_MAGICLINKS())
          .build("{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS}");

  private MountLayout() {}
}
