package io.github.cofferdam.bindings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The mounts of a process, and by which names they show the same files.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">mountinfo(5)</a>
 */
public final class MountInfo {
  private static final Path KERNEL = Path.of("/sys");

  private final List<Mount> mounts;
  private final Map<Mount, Set<Path>> images = new ConcurrentHashMap<>();
  private final Map<Integer, List<Mount>> children = new HashMap<>();

  /** Those whose parent is out of sight. */
  private final List<Mount> first = new ArrayList<>();

  /**
   * A mount.
   *
   * @param id its number
   * @param parent the number of the mount that it is on
   * @param device major:minor of the file system
   * @param root the directory, or file, of the file system that it shows
   * @param point where
   * @param options its own
   * @param type of the file system
   * @param source what was mounted: a device, an image, or any word
   * @param settings of the file system
   */
  public record Mount(
      int id,
      int parent,
      String device,
      Path root,
      Path point,
      String options,
      String type,
      String source,
      String settings) {}

  /**
   * Something that is mounted within a directory and is to be seen elsewhere, too.
   *
   * @param point where in the directory
   * @param elsewhere outside of it
   */
  public record Inner(Path point, Path elsewhere) {}

  private MountInfo(List<Mount> mounts) {
    this.mounts = List.copyOf(mounts);
    var known = new HashSet<Integer>();
    mounts.forEach(mount -> known.add(mount.id()));
    for (Mount mount : mounts) {
      if (mount.parent() == mount.id() || !known.contains(mount.parent())) {
        first.add(mount);
      } else {
        children.computeIfAbsent(mount.parent(), id -> new ArrayList<>()).add(mount);
      }
    }
  }

  /** {@return all of them, as the kernel lists them} */
  public List<Mount> mounts() {
    return mounts;
  }

  /**
   * {@return the mounts of this process}
   *
   * @throws IOException if there is no /proc
   */
  public static MountInfo read() throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
    return parse(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /**
   * {@return what lines of the form {@code 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4
   * /dev/sda rw} say} What is no path, such as the root of an {@code nsfs}, is left out: it leads
   * to no other file.
   *
   * @param text each character a byte
   */
  public static MountInfo parse(String text) {
    var mounts = new ArrayList<Mount>();
    for (String line : text.split("\n", -1)) {
      String[] fields = line.split(" ", 7);
      int rest = line.indexOf(" - ");
      if (fields.length < 7 || rest < 0 || !fields[3].startsWith("/")) {
        continue;
      }
      String[] system = line.substring(rest + 3).split(" ", 3);
      mounts.add(
          new Mount(
              Integer.parseInt(fields[0]),
              Integer.parseInt(fields[1]),
              fields[2],
              path(unescape(fields[3])),
              path(unescape(fields[4])),
              fields[5],
              system[0],
              system.length > 1 ? unescape(system[1]) : "",
              system.length == 3 ? unescape(system[2]) : ""));
    }
    return new MountInfo(mounts);
  }

  /**
   * {@return the mount that a path is on, as it is seen now: one that lies under another is not}
   *
   * @param path absolute and real
   */
  public Optional<Mount> on(Path path) {
    Optional<Mount> at = Optional.empty();
    List<Mount> candidates = first;
    while (true) {
      Optional<Mount> next = Optional.empty();
      for (Mount mount : candidates) {
        // On the way down, the first one that is met hides those of the same parent behind it.
        if (path.startsWith(mount.point())
            && (next.isEmpty() || next.get().point().startsWith(mount.point()))) {
          next = Optional.of(mount);
        }
      }
      if (next.isEmpty()) {
        return at;
      }
      at = next;
      candidates = children.getOrDefault(next.get().id(), List.of());
    }
  }

  /**
   * {@return the other paths that lead to the same file or directory, or into it, by mounts}: where
   * the same directory of its file system, one above it or one beneath it is mounted as well, and
   * where an overlay shows it or takes it from. Hard links are not looked for, nor are mounts whose
   * own path is hidden by another.
   *
   * @param path absolute and real
   */
  public List<Path> otherPlaces(Path path) {
    return otherPlaces(path, false);
  }

  /**
   * {@return the paths by which what is at a path can be read, or changed, besides this one}: the
   * {@link #otherPlaces}, and images in which it, or what is mounted beneath it, is stored.
   *
   * @param path absolute and real
   */
  public List<Path> placesAndImages(Path path) {
    return otherPlaces(path, true);
  }

  private List<Path> otherPlaces(Path path, boolean images) {
    Set<Path> found = new LinkedHashSet<>();
    Deque<Path> left = new ArrayDeque<>(List.of(path));
    while (!left.isEmpty()) {
      Path place = left.pop();
      Optional<Mount> own = on(place);
      if (own.isPresent()) {
        List<Path> others = othersOf(own.get(), place);
        if (images) {
          others.addAll(imagesOf(own.get(), place));
        }
        for (Path other : others) {
          if (!other.startsWith(path)
              && found.stream().noneMatch(other::startsWith)
              && found.add(other)) {
            left.push(other);
          }
        }
      }
    }
    // One that lies beneath another may have been found before it.
    var tops = new ArrayList<Path>();
    for (Path place : found) {
      if (found.stream().noneMatch(other -> !other.equals(place) && place.startsWith(other))) {
        tops.add(place);
      }
    }
    return tops;
  }

  private List<Path> othersOf(Mount own, Path path) {
    var found = new ArrayList<Path>();
    addPlaces(own, inside(own, path), found);
    if (own.type().equals("overlay")) {
      for (Path layer : layers(own)) {
        Path source = layer.resolve(inside(own, path).toString().substring(1)).normalize();
        if (Files.exists(source)) {
          found.add(source);
        }
      }
    }
    for (Mount mount : mounts) {
      if (mount.type().equals("overlay")) {
        for (Path layer : layers(mount)) {
          if (path.startsWith(layer)) {
            addSeen(mount, Path.of("/").resolve(layer.relativize(path)).normalize(), found);
          } else if (layer.startsWith(path)) {
            addSeen(mount, Path.of("/"), found);
          }
        }
      }
    }
    return found;
  }

  /**
   * {@return the other paths that lead to the very same directory by mounts} An overlay's
   * directories are its own.
   *
   * @param directory absolute and real
   */
  public List<Path> otherNames(Path directory) {
    Optional<Mount> own = on(directory);
    var names = new ArrayList<Path>();
    if (own.isPresent()) {
      Path inside = inside(own.get(), directory);
      for (Mount mount : mounts) {
        if (!mount.equals(own.get())
            && mount.device().equals(own.get().device())
            && inside.startsWith(mount.root())) {
          addSeen(mount, inside, names);
        }
      }
    }
    return names;
  }

  /**
   * {@return what is mounted within a directory and can be seen there}, not what it is on itself
   *
   * @param directory absolute and real
   */
  public List<Mount> within(Path directory) {
    var within = new ArrayList<Mount>();
    for (Mount mount : mounts) {
      if (mount.point().startsWith(directory)
          && !mount.point().equals(directory)
          && on(mount.point()).equals(Optional.of(mount))) {
        within.add(mount);
      }
    }
    return within;
  }

  /** Images in which a path is stored, and what is mounted beneath it. */
  private List<Path> imagesOf(Mount own, Path path) {
    var found = new ArrayList<Path>(images(own));
    for (Mount mount : within(path)) {
      found.addAll(images(mount));
    }
    return found;
  }

  private Set<Path> images(Mount mount) {
    return images.computeIfAbsent(
        mount,
        each ->
            new StoredIn(KERNEL)
                .files(
                    each.device(),
                    each.source().startsWith("/")
                        ? Optional.of(path(each.source()))
                        : Optional.empty()));
  }

  /** Where a path of a mount's file system is seen by other mounts. */
  private void addPlaces(Mount own, Path inside, List<Path> found) {
    for (Mount mount : mounts) {
      if (!mount.equals(own) && mount.device().equals(own.device())) {
        addSeen(mount, inside, found);
      }
    }
  }

  private void addSeen(Mount mount, Path inside, List<Path> found) {
    Path place;
    if (inside.startsWith(mount.root())) {
      place = mount.point().resolve(mount.root().relativize(inside)).normalize();
    } else if (mount.root().startsWith(inside)) {
      place = mount.point();
    } else {
      return;
    }
    if (on(place).equals(Optional.of(mount))) {
      found.add(place);
    }
  }

  /** The path of a file in its file system. */
  private static Path inside(Mount mount, Path path) {
    return mount.root().resolve(mount.point().relativize(path)).normalize();
  }

  /** Directories that an overlay is made of, as far as they have absolute paths. */
  private static List<Path> layers(Mount overlay) {
    var layers = new ArrayList<Path>();
    for (String setting : overlay.settings().split("(?<!\\\\),", -1)) {
      String[] parts = setting.split("=", 2);
      boolean many = parts[0].equals("lowerdir");
      if (parts.length == 2
          && (many || parts[0].equals("upperdir") || parts[0].equals("lowerdir+"))) {
        for (String layer : many ? parts[1].split("(?<!\\\\):+", -1) : new String[] {parts[1]}) {
          String plain = layer.replaceAll("\\\\(.)", "$1");
          if (plain.startsWith("/")) {
            layers.add(path(plain));
          }
        }
      }
    }
    return layers;
  }

  /**
   * {@return what is mounted within a directory and also seen outside of it}
   *
   * @param directory absolute and real
   */
  public List<Inner> innerMounts(Path directory) {
    var inner = new ArrayList<Inner>();
    for (Mount mount : within(directory)) {
      for (Path other : otherPlaces(mount.point())) {
        if (!other.startsWith(directory)) {
          inner.add(new Inner(mount.point(), other));
        }
      }
    }
    return inner;
  }

  /**
   * {@return whether something at or beneath a path is on the same file system as a file}, so that
   * another name of it may be there
   *
   * @param top absolute and real
   * @param file absolute and real
   */
  public boolean shows(Path top, Path file) {
    Optional<Mount> own = on(file);
    if (own.isEmpty()) {
      return true;
    }
    String device = own.get().device();
    if (on(top).stream().anyMatch(mount -> mount.device().equals(device))) {
      return true;
    }
    for (Mount mount : mounts) {
      if (mount.point().startsWith(top)
          && mount.device().equals(device)
          && on(mount.point()).equals(Optional.of(mount))) {
        return true;
      }
    }
    return false;
  }

  private static Path path(String bytes) {
    byte[] name = bytes.getBytes(StandardCharsets.ISO_8859_1);
    return OsText.path(OsText.decode(name, 0, name.length)).normalize();
  }

  /** Space, tab, newline and backslash are written as a backslash and three octal digits. */
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length() && isOctal(text, i + 1)) {
        plain.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private static boolean isOctal(String text, int from) {
    for (int i = from; i < from + 3; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }
}
