package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.clone_args;
import io.github.cofferdam.bindings.uapi.mount_attr;
import io.github.cofferdam.bindings.uapi.open_how;
import io.github.cofferdam.bindings.uapi.statfs;
import org.junit.jupiter.api.Test;

/** The places in structures that are written down by hand, against the generated classes. */
class MountLayoutTest {

  @Test
  void mountAttr() {
    assertEquals(mount_attr.sizeof(), MountLayout.ATTR_SIZE);
    assertEquals(mount_attr.attr_set$offset(), MountLayout.ATTR_SET);
    assertEquals(mount_attr.attr_clr$offset(), MountLayout.ATTR_CLEAR);
    assertEquals(mount_attr.propagation$offset(), MountLayout.ATTR_PROPAGATION);
  }

  @Test
  void theFlagsOfAFileSystem() {
    assertEquals(statfs.sizeof(), NestedLimit.STATFS_SIZE);
    assertEquals(statfs.f_flags$offset(), NestedLimit.STATFS_FLAGS);
  }

  @Test
  void cloneArgs() {
    assertEquals(clone_args.sizeof(), CloneArguments.SIZE);
    assertEquals(clone_args.flags$offset(), CloneArguments.FLAGS);
    assertEquals(clone_args.pidfd$offset(), CloneArguments.PIDFD);
    assertEquals(clone_args.exit_signal$offset(), CloneArguments.EXIT_SIGNAL);
    assertEquals(clone_args.cgroup$offset(), CloneArguments.CGROUP);
  }

  @Test
  void openHow() {
    assertEquals(open_how.sizeof(), MountLayout.HOW_SIZE);
    assertEquals(open_how.flags$offset(), MountLayout.HOW_FLAGS);
    assertEquals(open_how.resolve$offset(), MountLayout.HOW_RESOLVE);
  }

  @Test
  void theNewAttributesHaveOldFlags() {
    long all = Uapi.MOUNT_ATTR_RDONLY() | Uapi.MOUNT_ATTR_NOSUID() | Uapi.MOUNT_ATTR_NODEV();

    // linux/mount.h: MS_RDONLY 1, MS_NOSUID 2, MS_NODEV 4
    assertEquals(7, MountNames.flags(all));
    assertEquals(1, MountNames.flags(Uapi.MOUNT_ATTR_RDONLY()));
    assertEquals(0, MountNames.flags(0));
  }
}
