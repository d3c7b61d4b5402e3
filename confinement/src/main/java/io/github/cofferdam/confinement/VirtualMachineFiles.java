package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.Syscall;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that this virtual machine runs from: what it has mapped (its libraries, the image of
 * the JDK's classes, a class data archive, the performance counters in {@code /tmp}), the JDK's
 * directory, and where classes, libraries and agents come from. Whoever cuts one of them short ends
 * this process with SIGBUS; whoever writes to one runs code in it.
 *
 * <p>Among them is what the start script, of a checkout or of an installed copy, builds and runs
 * the next time: see {@link #HOME}.
 *
 * <p>Classes are looked for late: an entry of the class path that is not there yet is opened when
 * somebody has made it, and so is what a jar's manifest names.
 *
 * <p>What is loaded later than the list was made is not in it, so each run that may write makes its
 * own: between two of them, a plugin's class loader can have opened a jar.
 */
public final class VirtualMachineFiles {
  private static final Path SELF = Path.of("/proc/self");

  /**
   * The system property with which the start script says where it is: in a checkout, or in the
   * folder of an installed copy, which has the jar and its cache in it.
   */
  private static final String HOME = "cofferdam.home";

  private static final String DELETED = " (deleted)";
  private static final int STICKY = 01000;

  /** Write permission of a group or of all, {@code stat.h}. */
  private static final int WRITABLE_BY_OTHERS = 0022;

  private static final int GETEUID = Syscall.number("geteuid");
  private static final int PREAD64 = Syscall.number("pread64");

  /**
   * Where a virtual machine looks for libraries unless told otherwise: the system's, which programs
   * load at any time. Those that are loaded are mapped.
   */
  private static final Set<String> LIBRARIES_OF_THE_SYSTEM =
      Set.of("/usr/java/packages/lib", "/usr/lib64", "/lib64", "/lib", "/usr/lib");

  private final List<Path> files;
  private final MountInfo mounts;

  /** What mounts give other names to, kept as long as they stay the same. */
  private record OtherPlaces(MountInfo mounts, Map<Path, List<Path>> known) {
    private static final int MOST = 10_000;

    private static volatile @Nullable OtherPlaces last;

    static OtherPlaces under(MountInfo mounts) {
      OtherPlaces kept = last;
      if (kept == null
          || kept.known().size() > MOST
          || !kept.mounts().mounts().equals(mounts.mounts())) {
        kept = new OtherPlaces(mounts, new ConcurrentHashMap<>());
        last = kept;
      }
      return kept;
    }

    List<Path> of(Path file) {
      return known.computeIfAbsent(file, mounts::placesAndImages);
    }
  }

  private VirtualMachineFiles(Set<Path> files, MountInfo mounts) {
    this.files = List.copyOf(files);
    this.mounts = mounts;
  }

  /** {@return whether there is nothing there that a mount could keep} */
  static boolean isUncoverable(Path file) {
    return Files.isSymbolicLink(file) || Files.notExists(file);
  }

  /** {@return those of this process now} */
  public static VirtualMachineFiles now() throws Refusal {
    try {
      return find();
    } catch (IOException e) {
      throw new Refusal(
          "the files that this virtual machine runs from cannot be found out: " + e.getMessage(),
          e);
    }
  }

  private static VirtualMachineFiles find() throws IOException {
    var found = new LinkedHashSet<Path>();
    String home = System.getProperty("java.home");
    add(found, home);
    for (String entry : entries("sun.boot.library.path")) {
      add(found, entry);
    }
    var classes = new ClassPathFiles();
    for (String list : List.of("java.class.path", "jdk.module.path", "jdk.module.upgrade.path")) {
      for (String entry : entries(list)) {
        classes.add(entry);
      }
    }
    for (String entry : entries("java.library.path")) {
      if (!LIBRARIES_OF_THE_SYSTEM.contains(entry)) {
        classes.add(entry);
      }
    }
    for (String entry : VirtualMachineOptions.places()) {
      classes.add(entry);
    }
    found.addAll(classes.find());
    String checkout = System.getProperty(HOME);
    if (checkout != null) {
      addCheckout(found, Path.of(checkout).toRealPath());
    }
    addOpen(found);
    addMapped(found, home);
    OtherPlaces others = OtherPlaces.under(MountInfo.read());
    for (Path file : List.copyOf(found)) {
      // The JDK's own are where the JDK is.
      if ((home == null || !file.startsWith(home) || file.equals(Path.of(home)))
          && !isUncoverable(file)) {
        found.addAll(others.of(file));
      }
    }
    return new VirtualMachineFiles(found, others.mounts());
  }

  /** Plugins and agents, which have a class loader of their own. */
  private static void addOpen(Set<Path> found) throws IOException {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(SELF.resolve("fd"));
        Arena arena = Arena.ofConfined()) {
      MemorySegment beginning = arena.allocate(Integer.BYTES, Integer.BYTES);
      for (Path descriptor : open) {
        String file = readLink(descriptor);
        if (file.startsWith("/")
            && (isNamedAsClasses(file)
                || beginsAsZip(Integer.parseInt(descriptor.getFileName().toString()), beginning))) {
          add(found, file);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static boolean isNamedAsClasses(String file) {
    return file.endsWith(".jar") || file.endsWith(".zip") || file.endsWith(".jmod");
  }

  /** Class loaders take any name. Reading at a position moves nobody's. */
  private static boolean beginsAsZip(int descriptor, MemorySegment buffer) {
    long read = Syscall.call(PREAD64, descriptor, buffer.address(), Integer.BYTES, 0);
    return read == Integer.BYTES
        && buffer.get(ValueLayout.JAVA_BYTE, 0) == 'P'
        && buffer.get(ValueLayout.JAVA_BYTE, 1) == 'K';
  }

  private static void addMapped(Set<Path> found, @Nullable String home) throws IOException {
    var paths = new LinkedHashSet<String>();
    // address perms offset device inode      path
    String maps = Files.readString(SELF.resolve("maps"), StandardCharsets.ISO_8859_1);
    for (String line : maps.split("\n", -1)) {
      int path = line.indexOf('/');
      if (path > 0) {
        paths.add(line.substring(path));
      }
    }
    for (String bytes : paths) {
      String path = new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      if (home != null && path.startsWith(home + "/") && !path.endsWith(DELETED)) {
        // The kernel follows links, so this is real already; most are of the JDK.
        found.add(Path.of(path));
      } else {
        add(found, path);
      }
    }
  }

  /**
   * What is read or run when the start script builds or starts the command: itself, all of the
   * modules, and what Maven reads on its own account, which may not be there yet.
   */
  private static void addCheckout(Set<Path> found, Path checkout) throws IOException {
    if (Files.notExists(checkout.resolve("pom.xml"))) {
      found.add(checkout);
      return;
    }
    for (String name : List.of("cofferdam", "pom.xml", "examples", ".mvn")) {
      found.add(checkout.resolve(name));
    }
    try (DirectoryStream<Path> modules =
        Files.newDirectoryStream(checkout, one -> Files.exists(one.resolve("pom.xml")))) {
      modules.forEach(found::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** An empty one among others is the working directory. */
  private static List<String> entries(String property) {
    String list = System.getProperty(property, "");
    return list.isEmpty() ? List.of() : List.of(list.split(File.pathSeparator, -1));
  }

  private static String readLink(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      // It has been closed meanwhile: the listing's own, for one.
      return "";
    }
  }

  /** What is not there, or has no name any more, cannot be changed. */
  private static void add(Set<Path> found, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return;
    }
    try {
      Path real = Path.of(text).toRealPath();
      // Devices, and what is in /proc, were not made by anybody. But /dev/shm holds files.
      if (!real.startsWith("/proc") && (Files.isRegularFile(real) || Files.isDirectory(real))) {
        found.add(real);
      }
    } catch (IOException | InvalidPathException e) {
      // Such as a library that has been deleted.
    }
  }

  /**
   * {@return whether a file is one of them}
   *
   * @param file absolute and real
   */
  boolean runsFrom(Path file) {
    return files.stream().anyMatch(file::startsWith);
  }

  /**
   * {@return those that a process of this user could change if it may write beneath a path}
   *
   * @param granted absolute and real
   */
  public List<Path> within(Path granted) throws KernelException {
    var within = new ArrayList<Path>();
    for (Path file : files) {
      boolean overlap =
          file.startsWith(granted) || (granted.startsWith(file) && Files.isDirectory(file));
      if (overlap && isChangeable(file, granted)) {
        within.add(file);
      }
    }
    return within;
  }

  /**
   * {@return one that may have another name where something is granted to be written}: a hard link,
   * through which it can be written to, wherever the list has it.
   *
   * @param granted absolute and real
   */
  Optional<Path> linkedInto(List<Path> granted) throws KernelException {
    if (granted.isEmpty()) {
      return Optional.empty();
    }
    int user = (int) Syscall.call(GETEUID);
    for (Path file : files) {
      FileStatus status = status(file).orElse(null);
      boolean linked =
          status != null
              && status.isRegularFile()
              && status.links() > 1
              && (user == 0
                  || status.owner() == user
                  || (status.permissions() & WRITABLE_BY_OTHERS) != 0);
      if (linked && granted.stream().anyMatch(top -> mounts.shows(top, file))) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * Whether it can be written to, or another file be put in its place. Whose something is may
   * change its mode first.
   */
  private static boolean isChangeable(Path file, Path granted) throws KernelException {
    int user = (int) Syscall.call(GETEUID);
    if (granted.startsWith(file) || mayWrite(file, user)) {
      return true;
    }
    for (Path at = file; !at.equals(granted); ) {
      Path parent = at.getParent();
      if (parent == null) {
        return false;
      }
      if (mayWrite(parent, user) && mayReplace(at, parent, user)) {
        return true;
      }
      at = parent;
    }
    return false;
  }

  private static boolean mayWrite(Path file, int user) throws KernelException {
    return Files.isWritable(file)
        || status(file).filter(status -> status.owner() == user).isPresent();
  }

  /**
   * Empty if there is nothing, or this user may not search a directory on the way; if that is his
   * own, it is met further up.
   */
  private static Optional<FileStatus> status(Path file) throws KernelException {
    try {
      return FileStatus.of(file);
    } catch (KernelException e) {
      if (e.errno() != Errno.EACCES) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static boolean mayReplace(Path entry, Path directory, int user) throws KernelException {
    FileStatus holding = status(directory).orElse(null);
    FileStatus held = status(entry).orElse(null);
    return holding == null
        || held == null
        || (holding.permissions() & STICKY) == 0
        || holding.owner() == user
        || held.owner() == user;
  }
}
