package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.namespaces.RootParts.Base;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What is mounted where in a root, and in which order: what a {@link RootFilesystem} comes to on
 * this host as it is now. The deepest path decides, so what lies deeper is mounted later.
 *
 * <pre>
 *   granted  /home           writable      bind   /home
 *   blocked  /home/me                      cover  /home/me          a file system in memory, closed,
 *   granted  /home/me/work   writable      bind   /home/me/work     with a directory to mount this on
 *   blocked  /home/me/work/a/key           pin    /home/me/work/a   bound on itself
 *                                          cover  /home/me/work/a/key
 * </pre>
 *
 * <p>A pin keeps a directory's name: what is mounted on can be neither renamed nor removed, and so
 * the path beneath it still leads to the same file in the next run. Directories need one where the
 * one above can be written to.
 */
final class RootLayout {
  /** Something that is mounted. */
  sealed interface Piece permits Bound, Cover, Pin {
    /** Where, in the sandbox. */
    Path inside();
  }

  /** A tree or file of the host. */
  record Bound(BindMount bind, boolean directory) implements Piece {
    @Override
    public Path inside() {
      return bind.inside();
    }

    // As in BindMount.
    @Override
    public boolean equals(Object other) {
      return other instanceof Bound bound
          && directory == bound.directory
          && bind.equals(bound.bind);
    }

    @Override
    public int hashCode() {
      return bind.hashCode();
    }
  }

  /**
   * What closes a path: a directory, or a file if it is not one.
   *
   * @param host what would be seen there without it
   */
  record Cover(Path inside, boolean directory, Path host, List<Hole> holes) implements Piece {
    /** {@return how many files and directories there are in it at most, itself included} */
    int inodes() {
      int inodes = 1;
      for (Hole hole : holes) {
        inodes += hole.path().getNameCount();
      }
      return inodes;
    }
  }

  /**
   * Where something is mounted in a cover.
   *
   * @param path relative to it
   */
  record Hole(Path path, boolean directory) {}

  /** A directory that is bound on itself. */
  record Pin(Path inside) implements Piece {}

  private static final Path ROOT = Path.of("/");

  private final RootParts root;
  private final Supplier<MountInfo> host;

  /** In the order in which they are mounted, and without pins until those are known. */
  private List<Piece> pieces = new ArrayList<>();

  private final Set<Path> closed = new LinkedHashSet<>();
  private final Map<Path, String> open = new LinkedHashMap<>();

  private RootLayout(RootParts root, Supplier<MountInfo> host) {
    this.root = root;
    this.host = host;
  }

  static RootLayout of(RootParts root) {
    return of(root, RootLayout::readMounts);
  }

  /**
   * Works it out.
   *
   * @param mounts asked for if anything is blocked
   */
  static RootLayout of(RootParts root, Supplier<MountInfo> mounts) {
    var layout = new RootLayout(root, mounts);
    layout.place(layout.covers());
    layout.pin();
    return layout;
  }

  /** {@return all that is mounted, in order} */
  List<Piece> pieces() {
    return pieces;
  }

  /** {@return those of the blocked paths that are there, and closed by all names that are known} */
  Set<Path> closed() {
    return closed;
  }

  /** {@return those that are there and not closed, and why} */
  Map<Path, String> open() {
    return open;
  }

  boolean coversFiles() {
    return pieces.stream().anyMatch(piece -> piece instanceof Cover cover && !cover.directory());
  }

  /** Whether a piece lies where each sandbox of a template has something of its own. */
  boolean isOwn(Piece piece) {
    return piece instanceof Cover && isReplaced(piece.inside()) && above(piece).isEmpty();
  }

  /** The piece that another is mounted on, empty if that is what the root begins with. */
  private Optional<Piece> above(Piece piece) {
    Optional<Piece> nearest = Optional.empty();
    for (Piece other : pieces) {
      if (!(other instanceof Pin)
          && !other.equals(piece)
          && piece.inside().startsWith(other.inside())) {
        // A cover over a bind at the same path comes after it.
        if (!other.inside().equals(piece.inside()) || piece instanceof Cover) {
          nearest = Optional.of(other);
        }
      }
    }
    return nearest;
  }

  /** Those whose changes stay in the sandbox. */
  List<Bound> overlays() {
    var overlays = new ArrayList<Bound>();
    for (Piece piece : pieces) {
      if (piece instanceof Bound bound && bound.bind().overlay()) {
        overlays.add(bound);
      }
    }
    return overlays;
  }

  boolean isInStore(Bound bound) {
    return above(bound).isEmpty() && (root.base() == Base.EMPTY || isReplaced(bound.inside()));
  }

  // ---------------------------------------------------------------- what is blocked

  /** Where a path of the host would be seen. */
  private record Spot(Path host, Path inside, boolean directory) {}

  /** Where what is blocked would be seen. */
  private Set<Spot> covers() {
    Set<Spot> spots = new LinkedHashSet<>();
    Optional<MountInfo> mounts = Optional.empty();
    for (Path blocked : root.blocked()) {
      if (!Files.exists(blocked, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      if (mounts.isEmpty()) {
        mounts = Optional.of(host.get());
      }
      Optional<String> reason = whyNot(blocked, mounts.get());
      reason.ifPresentOrElse(why -> open.put(blocked, why), () -> closed.add(blocked));
      if (Files.isSymbolicLink(blocked)) {
        continue;
      }
      addSpots(blocked, true, spots);
      for (Path other : mounts.get().placesAndImages(blocked)) {
        if (Files.exists(other, LinkOption.NOFOLLOW_LINKS)) {
          addSpots(other, false, spots);
          if (closed.contains(blocked)) {
            hardLinks(other, mounts.get())
                .ifPresent(why -> {
                  closed.remove(blocked);
                  open.put(blocked, "of " + other + ", which it is or is stored in, " + why);
                });
          }
        }
      }
      if (spots.removeIf(spot -> spot.inside().equals(ROOT))) {
        closed.remove(blocked);
        open.put(blocked, "it is the root directory, or what is seen there; nothing would be left");
      }
    }
    return spots;
  }

  private static MountInfo readMounts() {
    try {
      return MountInfo.read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Why closing a path, by all names that mounts give it, would not be enough. */
  private Optional<String> whyNot(Path blocked, MountInfo mounts) {
    if (Files.isSymbolicLink(blocked)) {
      return Optional.of("it is a symbolic link; block what it leads to, or remove it");
    }
    if (root.hasOwnLink(blocked)) {
      return Optional.of("it is a link in the sandbox's own /dev; block /dev/pts, or /dev");
    }
    if (Files.isDirectory(blocked, LinkOption.NOFOLLOW_LINKS)) {
      for (MountInfo.Inner inner : mounts.innerMounts(blocked)) {
        if (shows(inner.elsewhere()) && !isBlocked(inner.elsewhere())) {
          return Optional.of(
              "what is mounted in it at "
                  + inner.point()
                  + " is also at "
                  + inner.elsewhere()
                  + ", which can be used; block that as well, or unmount one of them");
        }
      }
      return Optional.empty();
    }
    return hardLinks(blocked, mounts);
  }

  /** Why closing a file, or a directory, by one of its names would not be enough. */
  private Optional<String> hardLinks(Path blocked, MountInfo mounts) {
    if (Files.isDirectory(blocked, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    long names = Place.names(blocked);
    if (names > 1 && showsFileSystemOf(blocked, mounts)) {
      return Optional.of(
          "the file has "
              + names
              + " names, and the others may lie where it can be used; remove the others, or block"
              + " the directories that they are in as well and give this one a file of its own");
    }
    return Optional.empty();
  }

  private boolean isBlocked(Path path) {
    return root.blocked().stream().anyMatch(path::startsWith);
  }

  /** Whether a path of the host, or something beneath it, is to be seen anywhere. */
  private boolean shows(Path host) {
    for (BindMount bind : root.binds()) {
      if (host.startsWith(bind.source()) || bind.source().startsWith(host)) {
        return true;
      }
    }
    return isThere(host);
  }

  private boolean showsFileSystemOf(Path file, MountInfo mounts) {
    if (root.base() != Base.EMPTY && mounts.shows(ROOT, file)) {
      return true;
    }
    for (BindMount bind : root.binds()) {
      if (mounts.shows(bind.source(), file)) {
        return true;
      }
    }
    return false;
  }

  private void addSpots(Path host, boolean named, Set<Spot> spots) {
    boolean directory = Files.isDirectory(host, LinkOption.NOFOLLOW_LINKS);
    if (isThere(host) || root.hasOwn(host)) {
      spots.add(new Spot(host, host, directory));
    }
    for (BindMount bind : root.binds()) {
      if (host.startsWith(bind.source())) {
        Path rest = bind.source().relativize(host);
        spots.add(new Spot(host, bind.inside().resolve(rest).normalize(), directory));
      } else if (bind.source().startsWith(host)
          && !(named && bind.source().equals(bind.inside()))) {
        // One that is bound to its own path is granted inside of what is blocked, and lies deeper;
        // but not in what only a mount makes the same as that.
        boolean part = Files.isDirectory(bind.source(), LinkOption.NOFOLLOW_LINKS);
        spots.add(new Spot(bind.source(), bind.inside(), part));
      }
    }
  }

  /** Whether the root begins with what the host has at a path. */
  private boolean isThere(Path path) {
    return root.base() == Base.UNCHANGED || (root.base() == Base.HOST && !isReplaced(path));
  }

  private boolean isReplaced(Path path) {
    return root.base() != Base.UNCHANGED && SystemPaths.replaced(path);
  }

  // ---------------------------------------------------------------- the order

  private void place(Set<Spot> covers) {
    var all = new ArrayList<Piece>();
    for (BindMount bind : root.binds()) {
      all.add(new Bound(bind, Files.isDirectory(bind.source(), LinkOption.NOFOLLOW_LINKS)));
    }
    for (Spot spot : covers) {
      all.add(new Cover(spot.inside(), spot.directory(), spot.host(), new ArrayList<>()));
    }
    // Stable: at one path, a cover comes after what is bound there.
    all.sort(Comparator.comparingInt(piece -> piece.inside().getNameCount()));
    for (Piece piece : all) {
      Optional<Piece> above = above(piece);
      if (piece instanceof Bound bound) {
        if (above.isPresent() && above.get() instanceof Cover cover) {
          Path path = cover.inside().relativize(bound.inside());
          cover.holes().add(new Hole(path, bound.directory()));
          pieces.add(bound);
        } else if (!isThereAnyway(bound.bind(), above)) {
          pieces.add(bound);
        }
      } else if (piece instanceof Cover cover) {
        // Beneath another cover it is closed, and what is bound over it hides it.
        if (above.isEmpty()
            || (above.get() instanceof Bound bound
                && seenIn(bound.bind(), cover.inside()).equals(cover.host()))) {
          pieces.add(cover);
        }
      } else {
        throw new IllegalStateException(piece.toString());
      }
    }
  }

  private boolean isThereAnyway(BindMount bind, Optional<Piece> above) {
    if (above.isPresent() && above.get() instanceof Bound bound) {
      BindMount other = bound.bind();
      return other.writable() == bind.writable()
          && other.overlay() == bind.overlay()
          && other.executable() == bind.executable()
          && seenIn(other, bind.inside()).equals(bind.source());
    }
    return root.base() == Base.HOST
        && !bind.overlay()
        && root.writable() == bind.writable()
        && root.executable() == bind.executable()
        && bind.source().equals(bind.inside())
        && !isReplaced(bind.inside());
  }

  /** What a bind shows at a path beneath it. */
  private static Path seenIn(BindMount bind, Path inside) {
    return bind.source().resolve(bind.inside().relativize(inside)).normalize();
  }

  // ---------------------------------------------------------------- names that have to stay

  private void pin() {
    Set<Path> taken = new LinkedHashSet<>();
    pieces.forEach(piece -> taken.add(piece.inside()));
    var pins = new ArrayList<Piece>();
    for (Piece piece : pieces) {
      for (Path directory = piece.inside().getParent();
          directory != null && directory.getParent() != null;
          directory = directory.getParent()) {
        if (isWritable(directory.getParent()) && taken.add(directory)) {
          pins.add(new Pin(directory));
        }
      }
    }
    if (!pins.isEmpty()) {
      pieces = new ArrayList<>(pieces);
      pieces.addAll(pins);
      pieces.sort(Comparator.comparingInt(piece -> piece.inside().getNameCount()));
    }
  }

  /**
   * Whether names in a directory of the host can be changed; in memory, nobody finds them later.
   */
  private boolean isWritable(Path directory) {
    Optional<Piece> nearest = Optional.empty();
    for (Piece piece : pieces) {
      if (!(piece instanceof Pin) && directory.startsWith(piece.inside())) {
        nearest = Optional.of(piece);
      }
    }
    if (nearest.isPresent()) {
      return nearest.get() instanceof Bound bound && bound.bind().changesHost();
    }
    return switch (root.base()) {
      case EMPTY -> false;
      case HOST -> root.writable() && !isReplaced(directory);
      case UNCHANGED ->
          !directory.startsWith(SystemPaths.PROCESSES) && !directory.startsWith(SystemPaths.KERNEL);
    };
  }
}
