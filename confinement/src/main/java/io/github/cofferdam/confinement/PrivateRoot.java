package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.policy.Filesystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The root that a command has of its own: what a policy's grants come to there. Where everything on
 * the host may be read, it is the host's, read-only, but for {@code /dev}, {@code /proc} and {@code
 * /tmp}; else it has only what is granted.
 *
 * <p>The command's working directory and the workspace are there as well where everything may be
 * read, also if they lie in the host's {@code /tmp}.
 */
public final class PrivateRoot {
  static final Path TMP = Path.of("/tmp");
  private static final Path SHM = Path.of("/dev/shm");
  private static final Path TERMINALS = Path.of("/dev/pts");

  private static final Set<FsRight> LIST = EnumSet.of(FsRight.READ_DIR);
  private static final Set<FsRight> READ = EnumSet.of(FsRight.READ_DIR, FsRight.READ_FILE);
  private static final Set<FsRight> DEVICES =
      EnumSet.of(FsRight.READ_DIR, FsRight.READ_FILE, FsRight.WRITE_FILE);
  private static final Set<FsRight> DEVICES_WITH_IOCTL =
      EnumSet.of(FsRight.READ_DIR, FsRight.READ_FILE, FsRight.WRITE_FILE, FsRight.IOCTL_DEV);

  /** What every such root has in {@code /dev}: devices whose ioctl commands do no harm. */
  private static final Set<String> OWN_DEVICES =
      Set.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom");

  private static final Path OWN_TERMINAL = Path.of("/dev/tty");
  private static final Path CONSOLE = Path.of("/dev/console");
  private static final Set<FsRight> TERMINAL =
      EnumSet.of(FsRight.READ_FILE, FsRight.WRITE_FILE, FsRight.IOCTL_DEV);

  private final FileGrants files;
  private final PathRules rules;
  private final boolean whole;
  private final List<BindMount> binds = new ArrayList<>();

  /**
   * Works out what the root has.
   *
   * @param seen directories of the host that the command has to see if it may read everything
   */
  public PrivateRoot(FileGrants files, List<Path> seen) {
    this.files = files;
    whole = files.wholeRoot();
    rules = files.rules();
    binds.addAll(files.binds());
    for (Path path : rules.granted()) {
      if (!path.equals(PathFinder.ROOT) && !isOwn(path) && !isBound(path)) {
        binds.add(bind(path, path));
        narrowBinds(path);
      }
    }
    if (whole) {
      for (Path path : seen) {
        if (!sees(path) && !isBound(path) && !rules.isBlocked(path)) {
          binds.add(new BindMount(path, path, false, !rules.isOnlyRead(PathFinder.ROOT)));
        }
      }
    }
    for (Path socket : files.sockets()) {
      if (!sees(socket)) {
        binds.add(new BindMount(socket, socket, false, false));
      }
    }
    for (Path device : files.terminal()) {
      if (!device.equals(OWN_TERMINAL)) {
        // The host's /dev/pts is out of sight; a program that asks for its name finds this one.
        binds.add(new BindMount(device, CONSOLE, true));
      }
    }
  }

  /**
   * Landlock lets everything be executed that lies beneath what may be, and sees execve only; what
   * is mounted without execution is not loaded by the dynamic loader either.
   */
  private BindMount bind(Path path, Path inside) {
    boolean executable = !rules.losesExecution(path) && !rules.isOnlyRead(path);
    return path.equals(inside) && rules.isOverlay(path)
        ? BindMount.overlay(path, inside).withExecutable(executable)
        : new BindMount(path, inside, rules.isWritable(path), executable);
  }

  /**
   * What may not be written is not written by another path either, to which it is bound; nor is
   * what an overlay keeps as it is.
   */
  private void narrowBinds(Path path) {
    for (BindMount bind : files.binds()) {
      if (bind.writable() && path.startsWith(bind.source()) && !path.equals(bind.source())) {
        Path inside = bind.inside().resolve(bind.source().relativize(path));
        if (!isBound(inside)) {
          binds.add(bind(path, inside));
        }
      }
    }
  }

  /** Whether the sandbox has its own in this place, which is granted anyway. */
  private static boolean isOwn(Path path) {
    return path.equals(OwnRoot.DEV) || path.startsWith(OwnRoot.PROC) || path.startsWith(TERMINALS);
  }

  private boolean isBound(Path inside) {
    for (BindMount bind : binds) {
      if (inside.equals(bind.inside())) {
        return true;
      }
    }
    return false;
  }

  /**
   * {@return what the policy grants of the host in {@code /dev}, the only place where devices work:
   * neither what every root has there, nor the command's own terminal}
   */
  List<Path> devices() {
    var devices = new ArrayList<Path>();
    for (BindMount bind : binds) {
      boolean own =
          files.terminal().contains(bind.source())
              || (bind.source().equals(bind.inside())
                  && OWN_DEVICES.contains(bind.inside().toString()));
      if (bind.devicesWork() && !own) {
        devices.add(bind.inside());
      }
    }
    return devices;
  }

  /** {@return the directories whose changes stay in it} */
  List<Path> overlays() {
    return binds.stream().filter(BindMount::overlay).map(BindMount::inside).toList();
  }

  /** {@return the directory for temporary files, as the command sees it} */
  public Path temporary() {
    boolean memory = !isBound(SHM) && !isClosed(SHM);
    return (isBound(TMP) || isClosed(TMP)) && memory ? SHM : TMP;
  }

  /**
   * {@return the root}
   *
   * @param disk how much the command may store, if that is limited
   */
  RootFilesystem root(Filesystem filesystem, OptionalLong disk) {
    RootFilesystem.Builder root = whole ? RootFilesystem.host() : RootFilesystem.empty();
    if (whole) {
      root.writable(rules.isWritable(PathFinder.ROOT));
      root.executable(!rules.isOnlyRead(PathFinder.ROOT));
    }
    for (BindMount bind : binds) {
      root.bind(bind);
    }
    if (!whole) {
      for (Map.Entry<Path, String> link : links().entrySet()) {
        root.link(link.getKey(), link.getValue());
      }
    }
    for (Path path : files.blocked()) {
      root.block(path);
    }
    OptionalLong size = filesystem.temporarySize();
    if (disk.isPresent() && (size.isEmpty() || disk.getAsLong() < size.getAsLong())) {
      size = disk;
    }
    if (size.isPresent()) {
      root.size(size.getAsLong());
    }
    root.terminal(!files.terminal().isEmpty());
    return root.build();
  }

  private Map<Path, String> links() {
    Map<Path, String> links = new LinkedHashMap<>();
    for (PathLinks.Link link : PathLinks.ofSystem()) {
      if (sees(link.real())) {
        links.put(link.path(), link.target());
      }
    }
    links.putAll(files.links());
    links.keySet().removeIf(link -> sees(link) || isMade(link) || isOwn(link));
    return links;
  }

  /** {@return whether a path of the host is there under the same name} */
  private boolean sees(Path path) {
    BindMount nearest = null;
    for (BindMount bind : binds) {
      if (path.startsWith(bind.inside())
          && (nearest == null || bind.inside().startsWith(nearest.inside()))) {
        nearest = bind;
      }
    }
    if (rules.isBlocked(path)) {
      return false;
    }
    if (nearest != null) {
      return nearest.source().resolve(nearest.inside().relativize(path)).equals(path);
    }
    return whole
        && !path.startsWith(TMP)
        && !path.startsWith(OwnRoot.DEV)
        && !path.startsWith(OwnRoot.PROC);
  }

  /** {@return whether what is mounted at a path of the host is there, in part and anywhere} */
  boolean shows(Path mounted) {
    if (sees(mounted)) {
      return true;
    }
    for (BindMount bind : binds) {
      if (bind.source().startsWith(mounted)
          || (mounted.startsWith(bind.source()) && !rules.isBlocked(mounted))) {
        return true;
      }
    }
    return false;
  }

  /** {@return where the command finds a directory of the host, empty if it does not} */
  public Optional<Path> inside(Path directory) {
    if (rules.isBlocked(directory)) {
      return Optional.empty();
    }
    if (sees(directory) || isMade(directory)) {
      return Optional.of(directory);
    }
    for (BindMount bind : files.binds()) {
      if (directory.startsWith(bind.source())) {
        return Optional.of(bind.inside().resolve(bind.source().relativize(directory)));
      }
    }
    return Optional.empty();
  }

  /** Whether what the sandbox has of its own by a path is covered. */
  private boolean isClosed(Path own) {
    return files.blocked().stream().anyMatch(own::startsWith);
  }

  /** Directories that every root has, and those above what is bound. */
  private boolean isMade(Path directory) {
    if (directory.equals(PathFinder.ROOT)
        || directory.equals(TMP)
        || directory.equals(OwnRoot.DEV)
        || directory.equals(OwnRoot.PROC)) {
      return true;
    }
    for (BindMount bind : binds) {
      if (bind.inside().startsWith(directory)) {
        return true;
      }
    }
    return false;
  }

  /** Grants to the second wall what the first one lets be seen. */
  void grant(LandlockPolicy.Builder layer) {
    for (Path path : files.read()) {
      if (sees(path) && !isOwn(path)) {
        layer.read(path);
      }
    }
    for (Path path : files.readExecute()) {
      if (sees(path) && !isOwn(path)) {
        layer.readExecute(path);
      }
    }
    for (Path path : files.readWrite()) {
      if (sees(path) && !isOwn(path)) {
        layer.readWrite(path);
      }
    }
    for (Path path : files.overlay()) {
      // By then it is another directory than the host's, which is not granted.
      if (sees(path)) {
        layer.readWriteMade(path);
      }
    }
    for (BindMount bind : files.binds()) {
      if (bind.writable()) {
        layer.readWriteAt(bind.source(), bind.inside());
      } else {
        layer.readExecuteAt(bind.source(), bind.inside());
      }
    }
    if (!whole) {
      // Whatever exists there is granted, so all of it may be listed.
      layer.grantMade(LIST, PathFinder.ROOT);
      grantOwn(layer, READ, OwnRoot.PROC);
    }
    if (!isBound(SHM) && !isClosed(SHM)) {
      layer.readWriteMade(SHM);
    }
    if (!isBound(TMP) && !isClosed(TMP)) {
      layer.readWriteMade(TMP);
    }
    grantOwn(layer, DEVICES, OwnRoot.DEV);
    grantOwn(layer, DEVICES_WITH_IOCTL, TERMINALS);
    if (!files.terminal().isEmpty()) {
      grantOwn(layer, TERMINAL, OWN_TERMINAL);
      grantOwn(layer, TERMINAL, CONSOLE);
    }
  }

  /** What is covered is not there to be granted. */
  private void grantOwn(LandlockPolicy.Builder layer, Set<FsRight> rights, Path own) {
    if (!isClosed(own)) {
      layer.grantMade(rights, own);
    }
  }
}
