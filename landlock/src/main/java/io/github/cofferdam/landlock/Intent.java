package io.github.cofferdam.landlock;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a policy's builder has verbs for: the rights that are needed together to do something with a
 * path. Reading never includes executing.
 */
enum Intent {
  READ(Set.of(), FsRight.READ_FILE, FsRight.READ_DIR),
  READ_EXECUTE(READ.rights, FsRight.EXECUTE),
  /** Devices cannot be made. */
  READ_WRITE(
      READ.rights,
      FsRight.WRITE_FILE,
      FsRight.TRUNCATE,
      FsRight.REMOVE_DIR,
      FsRight.REMOVE_FILE,
      FsRight.MAKE_DIR,
      FsRight.MAKE_REG,
      FsRight.MAKE_SOCK,
      FsRight.MAKE_FIFO,
      FsRight.MAKE_SYM,
      FsRight.REFER),
  READ_WRITE_EXECUTE(READ_WRITE.rights, FsRight.EXECUTE),
  DEVICE(Set.of(), FsRight.READ_FILE, FsRight.WRITE_FILE),
  DEVICE_WITH_IOCTL(DEVICE.rights, FsRight.IOCTL_DEV),
  CONNECT_UNIX(Set.of(), FsRight.RESOLVE_UNIX);

  @SuppressWarnings("ImmutableEnumChecker") // What Sets.copy makes cannot be changed.
  private final Set<FsRight> rights;

  Intent(Collection<FsRight> base, FsRight... more) {
    EnumSet<FsRight> all = Sets.mutable(FsRight.class, base);
    all.addAll(List.of(more));
    rights = Sets.copy(FsRight.class, all);
  }

  Set<FsRight> rights() {
    return rights;
  }
}
