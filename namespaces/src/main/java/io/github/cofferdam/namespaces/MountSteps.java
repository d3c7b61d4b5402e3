package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.RootLayout.Hole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Steps that mount, as they are collected, one call after the other. */
final class MountSteps {
  static final Arg NULL = Arg.of(0, "NULL");
  static final Arg ZERO = Arg.of(0);
  static final Arg AT_FDCWD = Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD");
  static final Memory EMPTY_TEXT = Memory.text("");
  static final Arg BIND = Arg.of(Uapi.MS_BIND(), "MS_BIND");
  static final Arg BIND_TREE = Arg.of(Uapi.MS_BIND() | Uapi.MS_REC(), "MS_BIND|MS_REC");
  static final Arg PRIVATE_TREE = Arg.of(Uapi.MS_PRIVATE() | Uapi.MS_REC(), "MS_PRIVATE|MS_REC");

  static final long HALF_SEALED = Uapi.MOUNT_ATTR_NOSUID() | Uapi.MOUNT_ATTR_NODEV();
  static final long SEALED = Uapi.MOUNT_ATTR_RDONLY() | HALF_SEALED;

  /** How what is mounted over {@code /} is entered from the old root. */
  static final String OVER_ROOT = "/proc/..";

  private final List<Step> steps = new ArrayList<>(96);

  SetupProgram program() {
    return new SetupProgram(steps);
  }

  void add(Step step) {
    steps.add(step);
  }

  void add(String syscall, String purpose, Arg... args) {
    steps.add(Step.of(syscall, purpose, args));
  }

  void open(String path, Slot slot) {
    steps.add(
        Step.of(
                "openat2",
                "open " + path + " without following links",
                AT_FDCWD,
                Memory.text(path),
                MountLayout.NO_LINKS,
                Arg.of(MountLayout.HOW_SIZE))
            .opening(slot));
  }

  void close(Slot slot) {
    steps.add(Step.close(slot));
  }

  void mount(String purpose, Arg source, String target, Arg flags) {
    add("mount", purpose, source, Memory.text(target), NULL, flags, NULL);
  }

  void mount(String purpose, String type, String target, Arg flags, Arg options) {
    Memory name = Memory.text(type);
    add("mount", purpose, name, Memory.text(target), name, flags, options);
  }

  /** Sets the attributes of one mount the old way, which sets all of them: also those it had. */
  void remount(String target, long flags, long attributes) {
    long all = flags | MountNames.flags(attributes) | Uapi.MS_REMOUNT() | Uapi.MS_BIND();
    add(
        "mount",
        "set the attributes of " + target,
        NULL,
        Memory.text(target),
        NULL,
        Arg.of(all, MountNames.mountFlags(all)),
        NULL);
  }

  /** Sets and clears attributes of a mount, or of a tree, which is kept from others then, too. */
  void setAttributes(String purpose, Arg directory, Memory path, long flags, long set, long clear) {
    Memory.Builder attributes =
        Memory.ofSize(MountLayout.ATTR_SIZE)
            .int64(MountLayout.ATTR_SET, set)
            .int64(MountLayout.ATTR_CLEAR, clear);
    boolean alone = (flags & Uapi.AT_RECURSIVE()) != 0 && clear == 0;
    if (alone) {
      attributes.int64(MountLayout.ATTR_PROPAGATION, Uapi.MS_PRIVATE());
    }
    var display = new StringBuilder("{");
    if (set != 0) {
      display.append("attr_set=").append(MountNames.attributes(set));
    }
    if (clear != 0) {
      display.append(set == 0 ? "" : ", ").append("attr_clr=");
      display.append(MountNames.attributes(clear));
    }
    display.append(alone ? ", propagation=MS_PRIVATE}" : "}");
    add(
        "mount_setattr",
        purpose,
        directory,
        path,
        Arg.of(flags, MountNames.atFlags(flags)),
        attributes.build(display.toString()),
        Arg.of(MountLayout.ATTR_SIZE));
  }

  void move(String purpose, Slot mount, Arg directory, Memory path, long flags) {
    add(
        "move_mount",
        purpose,
        mount,
        EMPTY_TEXT,
        directory,
        path,
        Arg.of(
            Uapi.MOVE_MOUNT_F_EMPTY_PATH() | flags,
            flags == 0
                ? "MOVE_MOUNT_F_EMPTY_PATH"
                : "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"));
  }

  /** The directories on the way can be passed through, and not listed. */
  void makeHoles(List<Hole> holes, Arg directory, String above) {
    var known = new HashSet<Path>();
    for (Hole hole : holes) {
      for (int names = 1; names <= hole.path().getNameCount(); names++) {
        Path path = hole.path().subpath(0, names);
        if (known.add(path)) {
          Memory name = Memory.text(above + nameOf(path));
          if (names == hole.path().getNameCount() && !hole.directory()) {
            Arg file = Arg.of(Uapi.S_IFREG(), "S_IFREG");
            add("mknodat", "make a place for " + path, directory, name, file, ZERO);
          } else {
            Arg mode = Arg.of(0111, "0111");
            add("mkdirat", "make a place for " + path, directory, name, mode);
          }
        }
      }
    }
  }

  /** A relative path's own bytes. */
  private static String nameOf(Path relative) {
    return OsText.of(Path.of("/").resolve(relative)).substring(1);
  }
}
