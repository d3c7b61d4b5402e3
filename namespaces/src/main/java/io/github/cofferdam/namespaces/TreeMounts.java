package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.MountSteps.AT_FDCWD;
import static io.github.cofferdam.namespaces.MountSteps.EMPTY_TEXT;
import static io.github.cofferdam.namespaces.MountSteps.HALF_SEALED;
import static io.github.cofferdam.namespaces.MountSteps.NULL;
import static io.github.cofferdam.namespaces.MountSteps.SEALED;
import static io.github.cofferdam.namespaces.MountSteps.ZERO;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.RootLayout.Bound;
import io.github.cofferdam.namespaces.RootLayout.Cover;
import io.github.cofferdam.namespaces.RootLayout.Hole;
import io.github.cofferdam.namespaces.RootLayout.Pin;
import io.github.cofferdam.namespaces.RootParts.Base;
import java.util.List;
import java.util.Optional;

/**
 * Mounts as {@link MountApi#TREES} makes them: by descriptors, so that no directory is entered, and
 * a tree is sealed with one call.
 */
record TreeMounts(RootParts root, MountSteps steps) implements MountCalls {
  @Override
  public String at(String path) {
    return root.base() == Base.EMPTY ? path.substring(1) : path;
  }

  @Override
  public Slot openSource(Bound bound) {
    String path = OsText.of(bound.bind().source());
    Slot opened = Slot.named("source");
    steps.open(path, opened);
    return bound.bind().overlay() ? opened : sealedTree(bound, path, opened);
  }

  /** What is beneath the copy's place is its alone. */
  @Override
  public Slot openOverlay(Bound bound, String path) {
    Slot opened = Slot.named("overlay");
    steps.open(path, opened);
    Slot tree = sealedTree(bound, path, opened);
    steps.add(
        "umount2",
        "leave it at its place alone",
        Memory.text(path),
        Arg.of(MountLayout.MNT_DETACH, "MNT_DETACH"));
    return tree;
  }

  private Slot sealedTree(Bound bound, String path, Slot opened) {
    Slot tree = copyTree(path, opened);
    steps.close(opened);
    steps.setAttributes(
        "set the attributes of " + path,
        tree,
        EMPTY_TEXT,
        Uapi.AT_EMPTY_PATH() | Uapi.AT_RECURSIVE(),
        bound.bind().attributes(),
        0);
    return tree;
  }

  private Slot copyTree(String path, Slot opened) {
    Slot tree = Slot.named("tree");
    steps.add(
        Step.of(
                "open_tree",
                "copy the mounts of " + path,
                opened,
                EMPTY_TEXT,
                Arg.of(
                    Uapi.OPEN_TREE_CLONE()
                        | Uapi.OPEN_TREE_CLOEXEC()
                        | Uapi.AT_EMPTY_PATH()
                        | Uapi.AT_RECURSIVE(),
                    "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH|AT_RECURSIVE"))
            .opening(tree));
    return tree;
  }

  @Override
  public void begin(boolean coversFiles) {}

  @Override
  public void end(boolean any) {}

  @Override
  public void attach(Bound bound, Slot source, String purpose) {
    steps.move(purpose, source, AT_FDCWD, Memory.text(at(OsText.of(bound.inside()))), 0);
  }

  @Override
  public void pin(Pin pin, String purpose) {
    String path = at(OsText.of(pin.inside()));
    Slot place = Slot.named("pinned");
    steps.open(path, place);
    Slot tree = copyTree(path, place);
    steps.move(purpose, tree, place, EMPTY_TEXT, Uapi.MOVE_MOUNT_T_EMPTY_PATH());
    steps.close(tree);
    steps.close(place);
  }

  @Override
  public void cover(Cover cover, String path, Optional<Slot> devices) {
    Slot place = Slot.named("blocked");
    steps.open(path, place);
    Slot closed = Slot.named("cover");
    if (cover.directory()) {
      makeClosedDirectory(closed, cover);
    } else {
      steps.add(
          Step.of(
                  "open_tree",
                  "copy the mount of /dev/null",
                  devices.orElseThrow(),
                  Memory.text("null"),
                  Arg.of(
                      Uapi.OPEN_TREE_CLONE() | Uapi.OPEN_TREE_CLOEXEC(),
                      "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC"))
              .opening(closed));
      steps.setAttributes("seal it", closed, EMPTY_TEXT, Uapi.AT_EMPTY_PATH(), SEALED, 0);
    }
    steps.move(
        "cover " + cover.inside(), closed, place, EMPTY_TEXT, Uapi.MOVE_MOUNT_T_EMPTY_PATH());
    steps.close(closed);
    steps.close(place);
  }

  private void makeClosedDirectory(Slot closed, Cover cover) {
    List<Hole> holes = cover.holes();
    Slot context = Slot.named("context");
    steps.add(
        Step.of(
                "fsopen",
                "begin a file system in memory",
                Memory.text("tmpfs"),
                Arg.of(Uapi.FSOPEN_CLOEXEC(), "FSOPEN_CLOEXEC"))
            .opening(context));
    configure(context, "mode", holes.isEmpty() ? "000" : "111");
    configure(context, "nr_inodes", Integer.toString(cover.inodes()));
    steps.add(
        "fsconfig",
        "make the file system",
        context,
        Arg.of(Uapi.FSCONFIG_CMD_CREATE(), "FSCONFIG_CMD_CREATE"),
        NULL,
        NULL,
        ZERO);
    steps.add(
        Step.of(
                "fsmount",
                "make a mount of it",
                context,
                Arg.of(Uapi.FSMOUNT_CLOEXEC(), "FSMOUNT_CLOEXEC"),
                holes.isEmpty()
                    ? Arg.of(SEALED, MountNames.attributes(SEALED))
                    : Arg.of(HALF_SEALED, MountNames.attributes(HALF_SEALED)))
            .opening(closed));
    steps.close(context);
    if (!holes.isEmpty()) {
      steps.makeHoles(holes, closed, "");
      steps.setAttributes("seal it", closed, EMPTY_TEXT, Uapi.AT_EMPTY_PATH(), SEALED, 0);
    }
  }

  private void configure(Slot context, String key, String value) {
    steps.add(
        "fsconfig",
        "set " + key,
        context,
        Arg.of(Uapi.FSCONFIG_SET_STRING(), "FSCONFIG_SET_STRING"),
        Memory.text(key),
        Memory.text(value),
        ZERO);
  }

  /** They are sealed together with what they are on. */
  @Override
  public void sealMask(String path) {}

  @Override
  public void sealMasks() {
    steps.setAttributes(
        "seal /proc", AT_FDCWD, Memory.text("proc"), Uapi.AT_RECURSIVE(), SEALED, 0);
  }

  @Override
  public void sealStore() {
    steps.setAttributes(
        "make the root read-only",
        AT_FDCWD,
        Memory.text("."),
        Uapi.AT_RECURSIVE(),
        SEALED & ~Uapi.MOUNT_ATTR_NODEV(),
        0);
  }

  @Override
  public void sealHost(long attributes) {
    steps.setAttributes(
        "seal everything", AT_FDCWD, Memory.text("/"), Uapi.AT_RECURSIVE(), attributes, 0);
    steps.setAttributes(
        "let devices work in /dev",
        AT_FDCWD,
        Memory.text("/dev"),
        Uapi.AT_RECURSIVE(),
        Uapi.MOUNT_ATTR_RDONLY(),
        Uapi.MOUNT_ATTR_NODEV());
  }

  @Override
  public void reopen(String path) {
    steps.setAttributes(
        "make " + path + " writable",
        AT_FDCWD,
        Memory.text(path),
        0,
        0,
        root.executable()
            ? Uapi.MOUNT_ATTR_RDONLY()
            : Uapi.MOUNT_ATTR_RDONLY() | Uapi.MOUNT_ATTR_NOEXEC());
  }
}
