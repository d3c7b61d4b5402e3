package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.MountSteps.AT_FDCWD;
import static io.github.cofferdam.namespaces.MountSteps.BIND;
import static io.github.cofferdam.namespaces.MountSteps.BIND_TREE;
import static io.github.cofferdam.namespaces.MountSteps.NULL;
import static io.github.cofferdam.namespaces.MountSteps.OVER_ROOT;
import static io.github.cofferdam.namespaces.MountSteps.PRIVATE_TREE;
import static io.github.cofferdam.namespaces.MountSteps.SEALED;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.namespaces.RootLayout.Bound;
import io.github.cofferdam.namespaces.RootLayout.Cover;
import io.github.cofferdam.namespaces.RootLayout.Hole;
import io.github.cofferdam.namespaces.RootLayout.Pin;
import io.github.cofferdam.namespaces.RootParts.Base;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Mounts as {@link MountApi#CLASSIC} makes them: a source is a name in a directory that is entered
 * before, and every mount is sealed by itself.
 */
final class ClassicMounts implements MountCalls {
  private final RootParts root;
  private final MountSteps steps;

  /** Where to go back to from the directory of devices, in a root that is the host's. */
  private Optional<Slot> before = Optional.empty();

  ClassicMounts(RootParts root, MountSteps steps) {
    this.root = root;
    this.steps = steps;
  }

  /** Not relative: other directories are entered meanwhile. */
  @Override
  public String at(String path) {
    return root.base() == Base.EMPTY ? OVER_ROOT + path : path;
  }

  /**
   * mount(2) takes a file by its name only, in a directory that can be entered. An overlay is made
   * of nothing but a directory.
   */
  @Override
  public Slot openSource(Bound bound) {
    String path = OsText.of(bound.bind().source());
    Slot opened = Slot.named("source");
    steps.open(bound.directory() || bound.bind().overlay() ? path : parent(path), opened);
    return opened;
  }

  /** It stays mounted there as well, where it is hidden. */
  @Override
  public Slot openOverlay(Bound bound, String path) {
    Slot opened = Slot.named("overlay");
    steps.open(path, opened);
    return opened;
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash == 0 ? "/" : path.substring(0, slash);
  }

  @Override
  public void begin(boolean coversFiles) {
    if (root.base() == Base.UNCHANGED && coversFiles) {
      before = Optional.of(Slot.named("directory"));
      steps.open(".", before.get());
    }
  }

  @Override
  public void end(boolean any) {
    if (root.base() != Base.UNCHANGED && any) {
      String where = root.base() == Base.EMPTY ? OVER_ROOT : "/";
      steps.add("chdir", "enter the new root", Memory.text(where));
    }
    before.ifPresent(slot -> {
      steps.add("fchdir", "go back", slot);
      steps.close(slot);
    });
  }

  @Override
  public void attach(Bound bound, Slot source, String purpose) {
    BindMount bind = bound.bind();
    String target = at(OsText.of(bind.inside()));
    String path = OsText.of(bind.source());
    steps.add("fchdir", "go to " + path, source);
    String name = bound.directory() ? "." : path.substring(path.lastIndexOf('/') + 1);
    steps.mount(purpose, Memory.text(name), target, BIND_TREE);
    steps.mount("keep mounts away from " + bind.inside(), NULL, target, PRIVATE_TREE);
    if (bind.overlay()) {
      steps.remount(target, 0, bind.attributes());
      return;
    }
    // What follows the source in the paths beneath it; all of them follow the root directory.
    int rest = path.equals("/") ? 0 : path.length();
    for (MountTable.Entry entry : MountTable.ofHost().beneath(bind.source())) {
      String beneath = entry.path().equals(path) ? "" : entry.path().substring(rest);
      steps.remount(target + beneath, entry.flags(), bind.attributes());
    }
  }

  @Override
  public void pin(Pin pin, String purpose) {
    String path = at(OsText.of(pin.inside()));
    steps.mount(purpose, Memory.text(path), path, BIND_TREE);
  }

  @Override
  public void cover(Cover cover, String path, Optional<Slot> devices) {
    if (!cover.directory()) {
      steps.add("fchdir", "go to /dev", devices.orElseThrow());
      steps.mount("cover " + cover.inside(), Memory.text("null"), path, BIND);
      steps.remount(path, 0, SEALED);
      return;
    }
    List<Hole> holes = cover.holes();
    steps.mount(
        "cover " + cover.inside(),
        "tmpfs",
        path,
        Arg.of(Uapi.MS_NOSUID() | Uapi.MS_NODEV(), "MS_NOSUID|MS_NODEV"),
        Memory.text("nr_inodes=" + cover.inodes() + ",mode=" + (holes.isEmpty() ? "000" : "111")));
    steps.makeHoles(holes, AT_FDCWD, path + "/");
    steps.remount(path, 0, SEALED);
  }

  @Override
  public void sealMask(String path) {
    steps.remount(path, 0, SEALED);
  }

  /** Each of them is by now. */
  @Override
  public void sealMasks() {}

  @Override
  public void sealStore() {
    steps.remount(".", 0, SEALED);
    sealDevices("");
  }

  @Override
  public void sealHost(long attributes) {
    steps.mount("keep mounts out of the sandbox", NULL, "/", PRIVATE_TREE);
    for (MountTable.Entry entry : MountTable.ofHost().beneath(Path.of("/"))) {
      if (!SystemPaths.replaced(OsText.path(entry.path()))) {
        steps.remount(entry.path(), entry.flags(), attributes);
      }
    }
    steps.remount("/dev", 0, SEALED);
    sealDevices("/");
  }

  private void sealDevices(String above) {
    for (String name : OwnDevices.NAMES) {
      steps.remount(above + "dev/" + name, 0, SEALED & ~Uapi.MOUNT_ATTR_NODEV());
    }
    if (root.terminal()) {
      steps.remount(above + "dev/tty", 0, SEALED & ~Uapi.MOUNT_ATTR_NODEV());
    }
  }

  /** What is mounted on what was sealed is open as it was. */
  @Override
  public void reopen(String path) {}
}
