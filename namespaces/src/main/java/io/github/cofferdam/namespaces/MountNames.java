package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;

/** Flags of the mount calls: as people read them, and the new ones as the old ones. */
final class MountNames {
  private MountNames() {}

  /** {@return attributes of mount_setattr as strace prints them} */
  static String attributes(long attributes) {
    var text = new StringBuilder();
    add(text, attributes, Uapi.MOUNT_ATTR_RDONLY(), "MOUNT_ATTR_RDONLY");
    add(text, attributes, Uapi.MOUNT_ATTR_NOSUID(), "MOUNT_ATTR_NOSUID");
    add(text, attributes, Uapi.MOUNT_ATTR_NODEV(), "MOUNT_ATTR_NODEV");
    add(text, attributes, Uapi.MOUNT_ATTR_NOEXEC(), "MOUNT_ATTR_NOEXEC");
    return text.toString();
  }

  /** {@return flags of mount_setattr as strace prints them} */
  static String atFlags(long flags) {
    var text = new StringBuilder();
    add(text, flags, Uapi.AT_EMPTY_PATH(), "AT_EMPTY_PATH");
    add(text, flags, Uapi.AT_RECURSIVE(), "AT_RECURSIVE");
    return text.isEmpty() ? "0" : text.toString();
  }

  /** {@return flags of mount(2) as strace prints them} */
  static String mountFlags(long flags) {
    var text = new StringBuilder();
    add(text, flags, Uapi.MS_RDONLY(), "MS_RDONLY");
    add(text, flags, Uapi.MS_NOSUID(), "MS_NOSUID");
    add(text, flags, Uapi.MS_NODEV(), "MS_NODEV");
    add(text, flags, Uapi.MS_NOEXEC(), "MS_NOEXEC");
    add(text, flags, Uapi.MS_REMOUNT(), "MS_REMOUNT");
    add(text, flags, Uapi.MS_NOATIME(), "MS_NOATIME");
    add(text, flags, Uapi.MS_NODIRATIME(), "MS_NODIRATIME");
    add(text, flags, Uapi.MS_BIND(), "MS_BIND");
    add(text, flags, Uapi.MS_RELATIME(), "MS_RELATIME");
    return text.toString();
  }

  /** {@return attributes of mount_setattr as flags of mount(2)} */
  static long flags(long attributes) {
    long flags = 0;
    if ((attributes & Uapi.MOUNT_ATTR_RDONLY()) != 0) {
      flags |= Uapi.MS_RDONLY();
    }
    if ((attributes & Uapi.MOUNT_ATTR_NOSUID()) != 0) {
      flags |= Uapi.MS_NOSUID();
    }
    if ((attributes & Uapi.MOUNT_ATTR_NODEV()) != 0) {
      flags |= Uapi.MS_NODEV();
    }
    if ((attributes & Uapi.MOUNT_ATTR_NOEXEC()) != 0) {
      flags |= Uapi.MS_NOEXEC();
    }
    return flags;
  }

  private static void add(StringBuilder text, long flags, long flag, String name) {
    if ((flags & flag) != 0) {
      text.append(text.isEmpty() ? "" : "|").append(name);
    }
  }
}
