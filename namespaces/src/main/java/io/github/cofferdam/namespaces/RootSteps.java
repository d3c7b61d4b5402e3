package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.RootFilesystem.Base;
import io.github.cofferdam.namespaces.RootLayout.Bound;
import io.github.cofferdam.namespaces.RootLayout.Cover;
import io.github.cofferdam.namespaces.RootLayout.Hole;
import io.github.cofferdam.namespaces.RootLayout.Piece;
import io.github.cofferdam.namespaces.RootLayout.Pin;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * <p>A mount over {@code /} is not seen by who has {@code /} as root directory; it is entered as
 * {@code /proc/..}. From then on, relative paths lead into the store.
 */
final class RootSteps {
  private static final Arg NULL = Arg.of(0, "NULL");
  private static final Arg ZERO = Arg.of(0);
  private static final Arg AT_FDCWD = Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD");
  private static final Memory EMPTY_TEXT = Memory.text("");
  private static final Arg BIND = Arg.of(Uapi.MS_BIND(), "MS_BIND");
  private static final Arg BIND_TREE = Arg.of(Uapi.MS_BIND() | Uapi.MS_REC(), "MS_BIND|MS_REC");
  private static final Arg DIRECTORY_MODE = Arg.of(0755, "0755");

  /** How the store is entered from the old root. */
  private static final String INIT = "/proc/1";

  private static final String OVER_ROOT = "/proc/..";

  static final String[] DEVICES = {"null", "zero", "full", "random", "urandom"};

  /** Name and target of the links in {@code /dev}. */
  static final String[] DEVICE_LINKS = {
    "fd", "/proc/self/fd",
    "stdin", "/proc/self/fd/0",
    "stdout", "/proc/self/fd/1",
    "stderr", "/proc/self/fd/2",
    "ptmx", "pts/ptmx"
  };

  /** Where a sandbox of a template mounts its own store. */
  private static final String OWN_STORE = OsText.of(RootFilesystem.TEMPORARY);

  private static final String SHARED_MEMORY = "/dev/shm";

  private static final long HALF_SEALED = Uapi.MOUNT_ATTR_NOSUID() | Uapi.MOUNT_ATTR_NODEV();

  private static final long SEALED = Uapi.MOUNT_ATTR_RDONLY() | HALF_SEALED;

  private final RootFilesystem root;
  private final RootLayout layout;
  private final MountApi api;
  private final boolean empty;
  private final List<Step> steps = new ArrayList<>(96);
  private final Set<String> made = new HashSet<>();

  /** What is bound, and its source: a tree that is ready to be attached, or where to find it. */
  private final Map<Bound, Slot> sources = new LinkedHashMap<>();

  /** Devices of the host, while covers of files are made. */
  private Optional<Slot> devices = Optional.empty();

  RootSteps(RootFilesystem root, RootLayout layout, MountApi api) {
    this.root = root;
    this.layout = layout;
    this.api = api;
    empty = root.base == Base.EMPTY;
  }

  SetupProgram program() {
    if (root.base == Base.UNCHANGED) {
      openDevices();
      mountProc(false);
      sealInit();
    } else {
      openSources();
      mountStore();
      makeStore();
      mountOwn();
      if (empty) {
        seal();
      }
      mountProc(true);
      maskProc();
      if (!empty) {
        sealHost();
        openHost();
      }
      mountTerminals(empty ? "dev/pts" : "/dev/pts");
    }
    attach(layout.pieces());
    if (empty) {
      pivot();
    } else if (root.base == Base.HOST) {
      add("chdir", "enter the root", Memory.text("/"));
    }
    return new SetupProgram(steps);
  }

  /** What all sandboxes of a template have in common; {@link #own} is to follow. */
  SetupProgram shared() {
    openSources();
    mountStore();
    makeStore();
    if (empty) {
      sealStore();
    } else {
      mount("put the sandboxes' devices in place", Memory.text("dev"), "/dev", BIND_TREE);
      mount("put an empty /tmp in place", Memory.text("tmp"), "/tmp", BIND);
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
    return new SetupProgram(steps);
  }

  /** What a sandbox that has begun as a copy of a template has of its own. */
  SetupProgram own() {
    List<Piece> covers = layout.pieces().stream().filter(layout::isOwn).toList();
    if (!covers.isEmpty()) {
      openDevices();
    }
    String proc = OsText.of(RootFilesystem.PROCESSES);
    mountProc(proc);
    maskProc(proc, "/dev/pts");
    setAttributes("seal /proc", AT_FDCWD, Memory.text(proc), Uapi.AT_RECURSIVE(), SEALED, 0);
    if (isBoundInside(RootFilesystem.TEMPORARY)) {
      mountStore(SHARED_MEMORY, "700");
    } else {
      mountStore(OWN_STORE, "755");
      add("chdir", "enter it", Memory.text(OWN_STORE));
      directory("tmp", Arg.of(0700, "0700"));
      directory("shm", Arg.of(0700, "0700"));
      mount("put the sandbox's own /dev/shm in place", Memory.text("shm"), SHARED_MEMORY, BIND);
      mount("put the sandbox's own /tmp in place", Memory.text("tmp"), OWN_STORE, BIND);
    }
    mountTerminals("/dev/pts");
    add("chdir", "enter the root", Memory.text("/"));
    for (Piece piece : covers) {
      if (piece instanceof Cover cover) {
        cover(cover, OsText.of(cover.inside()));
      }
    }
    closeDevices();
    return new SetupProgram(steps);
  }

  private boolean isBoundInside(Path inside) {
    for (BindMount bind : root.binds) {
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
        openSource(bound);
      }
    }
  }

  private void openSource(Bound bound) {
    BindMount bind = bound.bind();
    String path = OsText.of(bind.source());
    Slot opened = Slot.named("source");
    // mount(2) takes a file by its name only, in a directory that can be entered.
    boolean byName = api == MountApi.CLASSIC && !bound.directory();
    open(byName ? parent(path) : path, opened);
    if (api == MountApi.CLASSIC) {
      sources.put(bound, opened);
      return;
    }
    Slot tree = copyTree(path, opened);
    steps.add(Step.close(opened));
    setAttributes(
        "set the attributes of " + path,
        tree,
        EMPTY_TEXT,
        Uapi.AT_EMPTY_PATH() | Uapi.AT_RECURSIVE(),
        attributes(bind),
        0);
    sources.put(bound, tree);
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

  /** What covers files is a device, and {@code /dev} may be covered before the last of them. */
  private void openDevices() {
    if (layout.coversFiles()) {
      Slot slot = Slot.named("devices");
      open(OsText.of(RootFilesystem.DEVICES), slot);
      devices = Optional.of(slot);
    }
  }

  private void closeDevices() {
    devices.ifPresent(slot -> steps.add(Step.close(slot)));
    devices = Optional.empty();
  }

  private void open(String path, Slot slot) {
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

  private static long attributes(BindMount bind) {
    long attributes = Uapi.MOUNT_ATTR_NOSUID();
    if (!bind.writable()) {
      attributes |= Uapi.MOUNT_ATTR_RDONLY();
    }
    if (!bind.executable()) {
      attributes |= Uapi.MOUNT_ATTR_NOEXEC();
    }
    if (!bind.devicesWork()) {
      attributes |= Uapi.MOUNT_ATTR_NODEV();
    }
    return attributes;
  }

  // ---------------------------------------------------------------- in the new root

  private void attach(List<Piece> pieces) {
    Optional<Slot> before = Optional.empty();
    if (api == MountApi.CLASSIC && root.base == Base.UNCHANGED && devices.isPresent()) {
      before = Optional.of(Slot.named("directory"));
      open(".", before.get());
    }
    for (Piece piece : pieces) {
      switch (piece) {
        case Bound bound -> attach(bound);
        case Cover cover -> cover(cover, at(cover.inside()));
        case Pin pin -> pin(pin);
      }
    }
    closeDevices();
    if (api == MountApi.CLASSIC && root.base != Base.UNCHANGED && !pieces.isEmpty()) {
      add("chdir", "enter the new root", Memory.text(empty ? OVER_ROOT : "/"));
    }
    before.ifPresent(slot -> {
      add("fchdir", "go back", slot);
      steps.add(Step.close(slot));
    });
  }

  private void attach(Bound bound) {
    BindMount bind = bound.bind();
    Slot source = Objects.requireNonNull(sources.get(bound));
    String purpose = "attach " + bind.source() + " at " + bind.inside();
    if (api == MountApi.TREES) {
      move(purpose, source, AT_FDCWD, Memory.text(at(bind.inside())), 0);
    } else {
      attachByName(bound, source, purpose);
    }
    steps.add(Step.close(source));
  }

  private void attachByName(Bound bound, Slot source, String purpose) {
    BindMount bind = bound.bind();
    String target = at(bind.inside());
    String path = OsText.of(bind.source());
    add("fchdir", "go to " + path, source);
    String name = bound.directory() ? "." : path.substring(path.lastIndexOf('/') + 1);
    mount(purpose, Memory.text(name), target, BIND_TREE);
    mount("keep mounts away from " + bind.inside(), NULL, target, PRIVATE_TREE);
    // What follows the source in the paths beneath it; all of them follow the root directory.
    int rest = path.equals("/") ? 0 : path.length();
    for (MountTable.Entry entry : MountTable.ofHost().beneath(bind.source())) {
      String beneath = entry.path().equals(path) ? "" : entry.path().substring(rest);
      remount(target + beneath, entry.flags(), attributes(bind));
    }
  }

  /** With all that is mounted beneath it already, which the copy would hide. */
  private void pin(Pin pin) {
    String path = at(pin.inside());
    String purpose = "keep the name of " + pin.inside();
    if (api == MountApi.CLASSIC) {
      mount(purpose, Memory.text(path), path, BIND_TREE);
      return;
    }
    Slot place = Slot.named("pinned");
    open(path, place);
    Slot tree = copyTree(path, place);
    move(purpose, tree, place, EMPTY_TEXT, Uapi.MOVE_MOUNT_T_EMPTY_PATH());
    steps.add(Step.close(tree));
    steps.add(Step.close(place));
  }

  // ---------------------------------------------------------------- what it has of its own

  private void mountStore() {
    String where = empty ? "/" : OsText.of(RootFilesystem.TEMPORARY);
    mountStore(where, "755");
    add("chdir", "enter it", Memory.text(empty ? OVER_ROOT : where));
  }

  private void mountStore(String where, String mode) {
    // One page a file on average; without a limit, empty files would fill the memory.
    long files = Math.max(1024, root.size / 4096);
    mount(
        "make the sandbox's own file system",
        "tmpfs",
        where,
        Arg.of(Uapi.MS_NOSUID() | Uapi.MS_NODEV(), "MS_NOSUID|MS_NODEV"),
        Memory.text("size=" + root.size + ",nr_inodes=" + files + ",mode=" + mode));
  }

  private void makeStore() {
    directory("tmp", Arg.of(0700, "0700"));
    directory("dev", DIRECTORY_MODE);
    directory("dev/shm", Arg.of(0700, "0700"));
    directory("dev/pts", DIRECTORY_MODE);
    if (empty) {
      directory("proc", DIRECTORY_MODE);
    }
    for (String device : DEVICES) {
      device(device);
    }
    if (root.terminal) {
      device("tty");
    }
    for (int i = 0; i < DEVICE_LINKS.length; i += 2) {
      link(DEVICE_LINKS[i + 1], "dev/" + DEVICE_LINKS[i]);
    }
    for (Bound bound : sources.keySet()) {
      String path = OsText.of(bound.inside()).substring(1);
      if (layout.isInStore(bound) && !made.contains(path)) {
        mountPoint(path, bound.directory());
      }
    }
    for (Map.Entry<Path, String> link : root.links.entrySet()) {
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
    add("mkdirat", "make /" + path, AT_FDCWD, Memory.text(path), mode);
  }

  private void file(String path) {
    made.add(path);
    add(
        "mknodat",
        "make /" + path,
        AT_FDCWD,
        Memory.text(path),
        Arg.of(Uapi.S_IFREG() | 0444, "S_IFREG|0444"),
        ZERO);
  }

  private void link(String target, String path) {
    add("symlinkat", "link /" + path, Memory.text(target), AT_FDCWD, Memory.text(path));
  }

  private void device(String name) {
    file("dev/" + name);
    mount("bind the device " + name, Memory.text("/dev/" + name), "dev/" + name, BIND);
  }

  /** Bound to where they are seen. As mounts they can be written to when the root cannot. */
  private void mountOwn() {
    boolean temporary = !isBoundInside(RootFilesystem.TEMPORARY);
    if (empty) {
      mount("make /dev/shm a mount", Memory.text("dev/shm"), "dev/shm", BIND);
      if (temporary) {
        mount("make /tmp a mount", Memory.text("tmp"), "tmp", BIND);
      }
    } else {
      mount("put the sandbox's devices in place", Memory.text("dev"), "/dev", BIND_TREE);
      mount("make /dev/shm a mount", Memory.text("dev/shm"), "/dev/shm", BIND);
      mount("put the sandbox's own /tmp in place", Memory.text("tmp"), "/tmp", BIND);
    }
  }

  private void mountTerminals(String where) {
    mount(
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
    mount(
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
    mount("put init's files over themselves", init, INIT, BIND);
    remount(INIT, 0, SEALED | Uapi.MOUNT_ATTR_NOEXEC());
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
    if (empty && api == MountApi.TREES && ProcMasks.any()) {
      setAttributes("seal /proc", AT_FDCWD, Memory.text("proc"), Uapi.AT_RECURSIVE(), SEALED, 0);
    }
  }

  private void maskProc(String proc, String emptyDirectory) {
    for (String name : ProcMasks.files()) {
      String path = proc + "/" + name;
      mount("hide " + name + " in /proc", Memory.text("/dev/null"), path, BIND);
      if (api == MountApi.CLASSIC) {
        remount(path, 0, SEALED);
      }
    }
    for (String name : ProcMasks.directories()) {
      // The terminals are mounted later, so this is the empty directory beneath.
      String path = proc + "/" + name;
      mount("hide " + name + " in /proc", Memory.text(emptyDirectory), path, BIND);
      if (api == MountApi.CLASSIC) {
        remount(path, 0, SEALED);
      }
    }
  }

  // ---------------------------------------------------------------- what is blocked

  private void cover(Cover cover, String path) {
    if (api == MountApi.CLASSIC) {
      coverByName(cover, path);
      return;
    }
    Slot place = Slot.named("blocked");
    open(path, place);
    Slot closed = Slot.named("cover");
    if (cover.directory()) {
      makeClosedDirectory(closed, cover.holes());
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
      setAttributes("seal it", closed, EMPTY_TEXT, Uapi.AT_EMPTY_PATH(), SEALED, 0);
    }
    move("cover " + cover.inside(), closed, place, EMPTY_TEXT, Uapi.MOVE_MOUNT_T_EMPTY_PATH());
    steps.add(Step.close(closed));
    steps.add(Step.close(place));
  }

  private void makeClosedDirectory(Slot cover, List<Hole> holes) {
    Slot context = Slot.named("context");
    steps.add(
        Step.of(
                "fsopen",
                "begin a file system in memory",
                Memory.text("tmpfs"),
                Arg.of(Uapi.FSOPEN_CLOEXEC(), "FSOPEN_CLOEXEC"))
            .opening(context));
    configure(context, "mode", holes.isEmpty() ? "000" : "111");
    configure(context, "nr_inodes", Integer.toString(inodes(holes)));
    add(
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
            .opening(cover));
    steps.add(Step.close(context));
    if (!holes.isEmpty()) {
      makeHoles(holes, cover, "");
      setAttributes("seal it", cover, EMPTY_TEXT, Uapi.AT_EMPTY_PATH(), SEALED, 0);
    }
  }

  /** The directories on the way can be passed through, and not listed. */
  private void makeHoles(List<Hole> holes, Arg directory, String above) {
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

  /** As many as there are at most, itself included. */
  private static int inodes(List<Hole> holes) {
    int inodes = 1;
    for (Hole hole : holes) {
      inodes += hole.path().getNameCount();
    }
    return inodes;
  }

  private void configure(Slot context, String key, String value) {
    add(
        "fsconfig",
        "set " + key,
        context,
        Arg.of(Uapi.FSCONFIG_SET_STRING(), "FSCONFIG_SET_STRING"),
        Memory.text(key),
        Memory.text(value),
        ZERO);
  }

  private void coverByName(Cover cover, String path) {
    if (!cover.directory()) {
      add("fchdir", "go to /dev", devices.orElseThrow());
      mount("cover " + cover.inside(), Memory.text("null"), path, BIND);
      remount(path, 0, SEALED);
      return;
    }
    List<Hole> holes = cover.holes();
    mount(
        "cover " + cover.inside(),
        "tmpfs",
        path,
        Arg.of(Uapi.MS_NOSUID() | Uapi.MS_NODEV(), "MS_NOSUID|MS_NODEV"),
        Memory.text("nr_inodes=" + inodes(holes) + ",mode=" + (holes.isEmpty() ? "000" : "111")));
    makeHoles(holes, AT_FDCWD, path + "/");
    remount(path, 0, SEALED);
  }

  // ---------------------------------------------------------------- the end

  /**
   * The store and the devices bound into it: whoever is their owner on the host could change their
   * modes.
   */
  private void seal() {
    if (api == MountApi.CLASSIC) {
      remount(".", 0, SEALED);
      sealDevices("");
      return;
    }
    sealStore();
    open("dev/shm");
    if (!isBoundInside(RootFilesystem.TEMPORARY)) {
      open("tmp");
    }
  }

  private void sealStore() {
    setAttributes(
        "make the root read-only",
        AT_FDCWD,
        Memory.text("."),
        Uapi.AT_RECURSIVE(),
        SEALED & ~Uapi.MOUNT_ATTR_NODEV(),
        0);
  }

  private void sealHost() {
    long attributes = root.writable ? SEALED & ~Uapi.MOUNT_ATTR_RDONLY() : SEALED;
    if (!root.executable) {
      attributes |= Uapi.MOUNT_ATTR_NOEXEC();
    }
    if (api == MountApi.CLASSIC) {
      mount("keep mounts out of the sandbox", NULL, "/", PRIVATE_TREE);
      for (MountTable.Entry entry : MountTable.ofHost().beneath(Path.of("/"))) {
        if (!RootFilesystem.replaced(OsText.path(entry.path()))) {
          remount(entry.path(), entry.flags(), attributes);
        }
      }
      remount("/dev", 0, SEALED);
      sealDevices("/");
      return;
    }
    setAttributes(
        "seal everything", AT_FDCWD, Memory.text("/"), Uapi.AT_RECURSIVE(), attributes, 0);
    setAttributes(
        "let devices work in /dev",
        AT_FDCWD,
        Memory.text("/dev"),
        Uapi.AT_RECURSIVE(),
        Uapi.MOUNT_ATTR_RDONLY(),
        Uapi.MOUNT_ATTR_NODEV());
  }

  private void openHost() {
    if (api == MountApi.CLASSIC) {
      return;
    }
    open("/dev/shm");
    if (!root.writable || !root.executable) {
      open("/tmp");
    }
  }

  private void sealDevices(String above) {
    for (String name : DEVICES) {
      remount(above + "dev/" + name, 0, SEALED & ~Uapi.MOUNT_ATTR_NODEV());
    }
    if (root.terminal) {
      remount(above + "dev/tty", 0, SEALED & ~Uapi.MOUNT_ATTR_NODEV());
    }
  }

  private void open(String path) {
    setAttributes(
        "make " + path + " writable",
        AT_FDCWD,
        Memory.text(path),
        0,
        0,
        root.executable
            ? Uapi.MOUNT_ATTR_RDONLY()
            : Uapi.MOUNT_ATTR_RDONLY() | Uapi.MOUNT_ATTR_NOEXEC());
  }

  private void pivot() {
    Memory here = Memory.text(".");
    add("pivot_root", "make it the root, with the old one over it", here, here);
    add("umount2", "detach the old root", here, Arg.of(MountLayout.MNT_DETACH, "MNT_DETACH"));
    add("chdir", "enter the root", Memory.text("/"));
  }

  // ---------------------------------------------------------------- single calls

  /** Where a path of the sandbox is found while the root is made. */
  private String at(Path inside) {
    String path = OsText.of(inside);
    if (!empty) {
      return path;
    }
    // The classic way enters other directories meanwhile.
    return api == MountApi.CLASSIC ? OVER_ROOT + path : path.substring(1);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash == 0 ? "/" : path.substring(0, slash);
  }

  private void add(String syscall, String purpose, Arg... args) {
    steps.add(Step.of(syscall, purpose, args));
  }

  private static final Arg PRIVATE_TREE =
      Arg.of(Uapi.MS_PRIVATE() | Uapi.MS_REC(), "MS_PRIVATE|MS_REC");

  private void mount(String purpose, Arg source, String target, Arg flags) {
    add("mount", purpose, source, Memory.text(target), NULL, flags, NULL);
  }

  private void mount(String purpose, String type, String target, Arg flags, Arg options) {
    Memory name = Memory.text(type);
    add("mount", purpose, name, Memory.text(target), name, flags, options);
  }

  /** Sets the attributes of one mount the old way, which sets all of them: also those it had. */
  private void remount(String target, long flags, long attributes) {
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
  private void setAttributes(
      String purpose, Arg directory, Memory path, long flags, long set, long clear) {
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

  private void move(String purpose, Slot mount, Arg directory, Memory path, long flags) {
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
}
