package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.MountSteps.AT_FDCWD;
import static io.github.cofferdam.namespaces.MountSteps.BIND;
import static io.github.cofferdam.namespaces.MountSteps.BIND_TREE;
import static io.github.cofferdam.namespaces.MountSteps.NULL;
import static io.github.cofferdam.namespaces.MountSteps.OVER_ROOT;
import static io.github.cofferdam.namespaces.MountSteps.SEALED;
import static io.github.cofferdam.namespaces.MountSteps.ZERO;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.namespaces.RootLayout.Bound;
import io.github.cofferdam.namespaces.RootLayout.Cover;
import io.github.cofferdam.namespaces.RootLayout.Piece;
import io.github.cofferdam.namespaces.RootLayout.Pin;
import io.github.cofferdam.namespaces.RootParts.Base;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The system calls that make a root.
 *
 * <p>Everything that the sandbox has of its own lies in one file system in memory, the store:
 *
 * <pre>
 *              an empty root                         the host's
 *   store      is mounted over / and becomes         is mounted over /tmp, and hidden there
 *              the root; the old one is detached
 *   /dev       store/dev                             store/dev, bound to /dev
 *   /tmp       store/tmp, bound to itself            store/tmp, bound to /tmp
 *   sealed     the store, without what is            everything, then /dev, /tmp are opened again
 *              mounted on it
 * </pre>
 *
 * <p>With a {@link NamespaceTemplate} this is done in two parts: once for all sandboxes what they
 * have in common, all of it sealed, and in each what is its own: {@code /proc}, pseudo-terminals,
 * and a second store, over the template's {@code /tmp}.
 *
 * <p>A mount over {@code /} is not seen by a process that has {@code /} as root directory; it is
 * entered as {@code /proc/..}. From then on, relative paths lead into the store.
 */
final class RootSteps {
  private static final Arg DIRECTORY_MODE = Arg.of(0755, "0755");

  private static final String INIT = "/proc/1";

  /** Where a sandbox of a template mounts its own store. */
  private static final String OWN_STORE = OsText.of(SystemPaths.TEMPORARY);

  private static final String SHARED_MEMORY = "/dev/shm";

  private final RootParts root;
  private final RootLayout layout;
  private final boolean empty;
  private final MountSteps steps = new MountSteps();
  private final MountCalls calls;
  private final Set<String> made = new HashSet<>();

  /** What is bound, and its source: a tree that is ready to be attached, or where to find it. */
  private final Map<Bound, Slot> sources = new LinkedHashMap<>();

  /** Devices of the host, while covers of files are made. */
  private Optional<Slot> devices = Optional.empty();

  RootSteps(RootParts root, RootLayout layout, MountApi api) {
    this.root = root;
    this.layout = layout;
    calls =
        switch (api) {
          case TREES -> new TreeMounts(root, steps);
          case CLASSIC -> new ClassicMounts(root, steps);
        };
    empty = root.base() == Base.EMPTY;
  }

  SetupProgram program() {
    if (root.base() == Base.UNCHANGED) {
      openDevices();
      mountProc(false);
      sealInit();
    } else {
      openSources();
      mountStore();
      makeStore();
      mountOverlays();
      mountOwn();
      if (empty) {
        seal();
      }
      mountProc(true);
      maskProc();
      if (!empty) {
        sealHost();
        reopenHost();
      }
      mountTerminals(empty ? "dev/pts" : "/dev/pts");
    }
    attach(layout.pieces());
    if (empty) {
      pivot();
    } else if (root.base() == Base.HOST) {
      steps.add("chdir", "enter the root", Memory.text("/"));
    }
    return steps.program();
  }

  /** What all sandboxes of a template have in common; {@link #own} is to follow. */
  SetupProgram shared() {
    openSources();
    mountStore();
    makeStore();
    if (empty) {
      calls.sealStore();
    } else {
      steps.mount("put the sandboxes' devices in place", Memory.text("dev"), "/dev", BIND_TREE);
      steps.mount("put an empty /tmp in place", Memory.text("tmp"), "/tmp", BIND);
    }
    // The kernel lets somebody mount /proc only where a whole one is to be seen. No process ever
    // shows in this one: its namespace ends with the template's own process.
    mountProc(true);
    if (!empty) {
      sealHost();
    }
    attach(layout.pieces().stream().filter(piece -> !layout.isOwn(piece)).toList());
    if (empty) {
      pivot();
    }
    return steps.program();
  }

  /** What a sandbox that has begun as a copy of a template has of its own. */
  SetupProgram own() {
    List<Piece> covers = layout.pieces().stream().filter(layout::isOwn).toList();
    if (!covers.isEmpty()) {
      openDevices();
    }
    String proc = OsText.of(SystemPaths.PROCESSES);
    mountProc(proc);
    maskProc(proc, "/dev/pts");
    steps.setAttributes("seal /proc", AT_FDCWD, Memory.text(proc), Uapi.AT_RECURSIVE(), SEALED, 0);
    if (isBoundInside(SystemPaths.TEMPORARY)) {
      mountStore(SHARED_MEMORY, "700");
    } else {
      mountStore(OWN_STORE, "755");
      steps.add("chdir", "enter it", Memory.text(OWN_STORE));
      directory("tmp", Arg.of(0700, "0700"));
      directory("shm", Arg.of(0700, "0700"));
      steps.mount(
          "put the sandbox's own /dev/shm in place", Memory.text("shm"), SHARED_MEMORY, BIND);
      steps.mount("put the sandbox's own /tmp in place", Memory.text("tmp"), OWN_STORE, BIND);
    }
    mountTerminals("/dev/pts");
    steps.add("chdir", "enter the root", Memory.text("/"));
    for (Piece piece : covers) {
      if (piece instanceof Cover cover) {
        calls.cover(cover, OsText.of(cover.inside()), devices);
      }
    }
    closeDevices();
    return steps.program();
  }

  private boolean isBoundInside(Path inside) {
    for (BindMount bind : root.binds()) {
      if (bind.inside().equals(inside)) {
        return true;
      }
    }
    return false;
  }

  // ---------------------------------------------------------------- what is bound

  /** While every path means what it means on the host. */
  private void openSources() {
    openDevices();
    for (Piece piece : layout.pieces()) {
      if (piece instanceof Bound bound) {
        sources.put(bound, calls.openSource(bound));
      }
    }
  }

  /** What covers files is a device, and {@code /dev} may be covered before the last of them. */
  private void openDevices() {
    if (layout.coversFiles()) {
      Slot slot = Slot.named("devices");
      steps.open(OsText.of(SystemPaths.DEVICES), slot);
      devices = Optional.of(slot);
    }
  }

  private void closeDevices() {
    devices.ifPresent(steps::close);
    devices = Optional.empty();
  }

  /**
   * What is written to overlays lies in the store, where it will be hidden: beneath {@code /proc},
   * or beneath {@code /tmp}. They are mounted there before the store is sealed, and with the source
   * as working directory: in its options the kernel takes paths, in which some bytes have a meaning
   * of their own.
   */
  private void mountOverlays() {
    List<Bound> overlays = layout.overlays();
    String above = empty ? OVER_ROOT + "/proc/" : OWN_STORE + "/";
    for (int i = 0; i < overlays.size(); i++) {
      String place = (empty ? "proc/overlay" : "overlay") + i;
      directory(place, Arg.of(0700, "0700"));
      for (String part : List.of("upper", "work", "merged")) {
        directory(place + "/" + part, DIRECTORY_MODE);
      }
    }
    for (int i = 0; i < overlays.size(); i++) {
      Bound bound = overlays.get(i);
      Path source = bound.bind().source();
      String there = above + "overlay" + i;
      Slot opened = Objects.requireNonNull(sources.get(bound));
      steps.add("fchdir", "go to " + source, opened);
      steps.mount(
          "keep changes in the sandbox that are made in " + source,
          "overlay",
          there + "/merged",
          Arg.of(Uapi.MS_NOSUID() | Uapi.MS_NODEV(), "MS_NOSUID|MS_NODEV"),
          Memory.text(
              "lowerdir=.,upperdir=" + there + "/upper,workdir=" + there + "/work,userxattr"));
      steps.close(opened);
      sources.put(bound, calls.openOverlay(bound, there + "/merged"));
    }
    if (!overlays.isEmpty()) {
      steps.add("chdir", "go back", Memory.text(empty ? OVER_ROOT : OWN_STORE));
    }
  }

  // ---------------------------------------------------------------- in the new root

  private void attach(List<Piece> pieces) {
    calls.begin(devices.isPresent());
    for (Piece piece : pieces) {
      if (piece instanceof Bound bound) {
        attach(bound);
      } else if (piece instanceof Cover cover) {
        calls.cover(cover, calls.at(OsText.of(cover.inside())), devices);
      } else {
        calls.pin((Pin) piece, "keep the name of " + piece.inside());
      }
    }
    closeDevices();
    calls.end(!pieces.isEmpty());
  }

  private void attach(Bound bound) {
    BindMount bind = bound.bind();
    Slot source = Objects.requireNonNull(sources.get(bound));
    calls.attach(bound, source, "attach " + bind.source() + " at " + bind.inside());
    steps.close(source);
  }

  // ---------------------------------------------------------------- what it has of its own

  private void mountStore() {
    String where = empty ? "/" : OsText.of(SystemPaths.TEMPORARY);
    mountStore(where, "755");
    steps.add("chdir", "enter it", Memory.text(empty ? OVER_ROOT : where));
  }

  private void mountStore(String where, String mode) {
    // One page a file on average; without a limit, empty files would fill the memory.
    long files = Math.max(1024, root.size() / 4096);
    steps.mount(
        "make the sandbox's own file system",
        "tmpfs",
        where,
        Arg.of(Uapi.MS_NOSUID() | Uapi.MS_NODEV(), "MS_NOSUID|MS_NODEV"),
        Memory.text("size=" + root.size() + ",nr_inodes=" + files + ",mode=" + mode));
  }

  private void makeStore() {
    directory("tmp", Arg.of(0700, "0700"));
    directory("dev", DIRECTORY_MODE);
    directory("dev/shm", Arg.of(0700, "0700"));
    directory("dev/pts", DIRECTORY_MODE);
    if (empty) {
      directory("proc", DIRECTORY_MODE);
    }
    for (String device : OwnDevices.NAMES) {
      device(device);
    }
    if (root.terminal()) {
      device("tty");
    }
    for (int i = 0; i < OwnDevices.LINKS.length; i += 2) {
      link(OwnDevices.LINKS[i + 1], "dev/" + OwnDevices.LINKS[i]);
    }
    for (Bound bound : sources.keySet()) {
      String path = OsText.of(bound.inside()).substring(1);
      if (layout.isInStore(bound) && !made.contains(path)) {
        mountPoint(path, bound.directory());
      }
    }
    for (Map.Entry<Path, String> link : root.links().entrySet()) {
      String path = OsText.of(link.getKey()).substring(1);
      directories(path);
      link(link.getValue(), path);
    }
  }

  private void mountPoint(String path, boolean directory) {
    directories(path);
    if (directory) {
      directory(path, DIRECTORY_MODE);
    } else {
      file(path);
    }
  }

  /** Makes the directories above a path. */
  private void directories(String path) {
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String above = path.substring(0, slash);
      if (!made.contains(above)) {
        directory(above, DIRECTORY_MODE);
      }
    }
  }

  private void directory(String path, Arg mode) {
    made.add(path);
    steps.add("mkdirat", "make /" + path, AT_FDCWD, Memory.text(path), mode);
  }

  private void file(String path) {
    made.add(path);
    steps.add(
        "mknodat",
        "make /" + path,
        AT_FDCWD,
        Memory.text(path),
        Arg.of(Uapi.S_IFREG() | 0444, "S_IFREG|0444"),
        ZERO);
  }

  private void link(String target, String path) {
    steps.add("symlinkat", "link /" + path, Memory.text(target), AT_FDCWD, Memory.text(path));
  }

  private void device(String name) {
    file("dev/" + name);
    steps.mount("bind the device " + name, Memory.text("/dev/" + name), "dev/" + name, BIND);
  }

  /** Bound to where they are seen. As mounts they can be written to when the root cannot. */
  private void mountOwn() {
    boolean temporary = !isBoundInside(SystemPaths.TEMPORARY);
    if (empty) {
      steps.mount("make /dev/shm a mount", Memory.text("dev/shm"), "dev/shm", BIND);
      if (temporary) {
        steps.mount("make /tmp a mount", Memory.text("tmp"), "tmp", BIND);
      }
    } else {
      steps.mount("put the sandbox's devices in place", Memory.text("dev"), "/dev", BIND_TREE);
      steps.mount("make /dev/shm a mount", Memory.text("dev/shm"), "/dev/shm", BIND);
      steps.mount("put the sandbox's own /tmp in place", Memory.text("tmp"), "/tmp", BIND);
    }
  }

  private void mountTerminals(String where) {
    steps.mount(
        "mount the sandbox's own pseudo-terminals",
        "devpts",
        where,
        Arg.of(Uapi.MS_NOSUID() | Uapi.MS_NOEXEC(), "MS_NOSUID|MS_NOEXEC"),
        Memory.text("mode=620,ptmxmode=666"));
  }

  // ---------------------------------------------------------------- /proc

  private void mountProc(String where) {
    mountProc(where, true);
  }

  private void mountProc(boolean readOnly) {
    mountProc(proc(), readOnly);
  }

  private void mountProc(String where, boolean readOnly) {
    long flags = Uapi.MS_NOSUID() | Uapi.MS_NODEV() | Uapi.MS_NOEXEC();
    String display = "MS_NOSUID|MS_NODEV|MS_NOEXEC";
    steps.mount(
        "mount the sandbox's own /proc",
        "proc",
        where,
        readOnly
            ? Arg.of(flags | Uapi.MS_RDONLY(), "MS_RDONLY|" + display)
            : Arg.of(flags, display),
        NULL);
  }

  /** Whoever may write everything still has no business with the process that ends him. */
  private void sealInit() {
    Memory init = Memory.text(INIT);
    steps.mount("put init's files over themselves", init, INIT, BIND);
    steps.remount(INIT, 0, SEALED | Uapi.MOUNT_ATTR_NOEXEC());
  }

  private String proc() {
    return empty ? "proc" : "/proc";
  }

  /**
   * Files with a device on which devices do not work, directories with an empty one. Nothing in
   * {@code /proc} can be written to, so what is left to hide is what it tells.
   */
  private void maskProc() {
    maskProc(proc(), "dev/pts");
    if (empty && ProcMasks.any()) {
      calls.sealMasks();
    }
  }

  private void maskProc(String proc, String emptyDirectory) {
    for (String name : ProcMasks.files()) {
      String path = proc + "/" + name;
      steps.mount("hide " + name + " in /proc", Memory.text("/dev/null"), path, BIND);
      calls.sealMask(path);
    }
    for (String name : ProcMasks.directories()) {
      // The terminals are mounted later, so this is the empty directory beneath.
      String path = proc + "/" + name;
      steps.mount("hide " + name + " in /proc", Memory.text(emptyDirectory), path, BIND);
      calls.sealMask(path);
    }
  }

  // ---------------------------------------------------------------- the end

  /**
   * The store and the devices bound into it: whoever is their owner on the host could change their
   * modes.
   */
  private void seal() {
    calls.sealStore();
    calls.reopen("dev/shm");
    if (!isBoundInside(SystemPaths.TEMPORARY)) {
      calls.reopen("tmp");
    }
  }

  private void sealHost() {
    long attributes = root.writable() ? SEALED & ~Uapi.MOUNT_ATTR_RDONLY() : SEALED;
    if (!root.executable()) {
      attributes |= Uapi.MOUNT_ATTR_NOEXEC();
    }
    calls.sealHost(attributes);
  }

  private void reopenHost() {
    calls.reopen("/dev/shm");
    if (!root.writable() || !root.executable()) {
      calls.reopen("/tmp");
    }
  }

  private void pivot() {
    Memory here = Memory.text(".");
    steps.add("pivot_root", "make it the root, with the old one over it", here, here);
    steps.add("umount2", "detach the old root", here, Arg.of(MountLayout.MNT_DETACH, "MNT_DETACH"));
    steps.add("chdir", "enter the root", Memory.text("/"));
  }
}
