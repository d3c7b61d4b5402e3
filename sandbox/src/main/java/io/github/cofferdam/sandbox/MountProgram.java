package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Mounts of a sandbox with a mount namespace: everything read-only, with holes where the policy
 * lets it write, and blocked paths covered. A second wall behind Landlock, which also holds for
 * what Landlock does not see: modes, owners, times and extended attributes.
 */
final class MountProgram {
  private static final Arg NULL = Arg.of(0, "NULL");

  /**
   * struct mount_attr: | attr_set | attr_clr | propagation | userns_fd |, 64 bits each
   * (linux/mount.h).
   */
  private static final int MOUNT_ATTR_SIZE = 32;

  private MountProgram() {}

  /** Everything read-only but what may be written. */
  static SetupProgram readOnlyExcept(List<Path> writable) {
    var steps = new ArrayList<Step>();
    for (Path path : writable) {
      steps.add(
          Step.of(
              "mount",
              "make " + path + " a mount of its own",
              Memory.text(path.toString()),
              Memory.text(path.toString()),
              NULL,
              Arg.of(Uapi.MS_BIND() | Uapi.MS_REC(), "MS_BIND|MS_REC"),
              NULL));
    }
    steps.add(setReadOnly("/", true));
    for (Path path : writable) {
      steps.add(setReadOnly(path.toString(), false));
    }
    return new SetupProgram(steps);
  }

  /**
   * Covers paths: a directory with an empty one that nobody may enter, anything else with
   * /dev/null.
   */
  static SetupProgram cover(List<Path> paths) {
    var steps = new ArrayList<Step>();
    for (Path path : paths) {
      Memory target = Memory.text(path.toString());
      if (Files.isDirectory(path)) {
        steps.add(
            Step.of(
                "mount",
                "cover " + path,
                Memory.text("tmpfs"),
                target,
                Memory.text("tmpfs"),
                Arg.of(
                    Uapi.MS_RDONLY() | Uapi.MS_NOSUID() | Uapi.MS_NODEV() | Uapi.MS_NOEXEC(),
                    "MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC"),
                Memory.text("size=4k,nr_inodes=1,mode=000")));
      } else if (Files.exists(path)) {
        steps.add(
            Step.of(
                "mount",
                "cover " + path,
                Memory.text("/dev/null"),
                target,
                NULL,
                Arg.of(Uapi.MS_BIND(), "MS_BIND"),
                NULL));
      }
    }
    return new SetupProgram(steps);
  }

  private static Step setReadOnly(String path, boolean readOnly) {
    return Step.of(
        "mount_setattr",
        "make " + path + (readOnly ? " read-only" : " writable"),
        Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
        Memory.text(path),
        Arg.of(Uapi.AT_RECURSIVE(), "AT_RECURSIVE"),
        Memory.ofSize(MOUNT_ATTR_SIZE)
            .int64(readOnly ? 0 : 8, Uapi.MOUNT_ATTR_RDONLY())
            .build(readOnly ? "{attr_set=RDONLY}" : "{attr_clr=RDONLY}"),
        Arg.of(MOUNT_ATTR_SIZE));
  }
}
