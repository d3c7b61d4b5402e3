package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.policy.PathName;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * Finds what matches the patterns of a deny list now.
 *
 * <p>No symbolic link is followed. What matches is not searched any further, since it is closed as
 * a whole, unless something in it is granted. A directory that this user may search and not list
 * may hold something that matches: it is closed as a whole, too. All patterns of a run have one
 * bound together, beyond which the run is refused: half a deny list is none.
 */
final class PathGlob {
  /** So many paths can be blocked: literal ones and matches together. */
  static final int MOST_MATCHES = 1000;

  private static final int MOST_ENTRIES = 200_000;
  private static final Duration MOST_TIME = Duration.ofSeconds(5);

  private final List<Path> granted;
  private final int mostEntries;
  private final LongSupplier clock;
  private final long end;

  private final NavigableSet<Path> unlisted = new TreeSet<>();
  private int entries;
  private int closed;

  /**
   * For one run.
   *
   * @param granted what may be used: it is open also inside of what matches, unless it matches too
   */
  PathGlob(List<Path> granted) {
    this(granted, MOST_ENTRIES, System::nanoTime);
  }

  /**
   * For tests.
   *
   * @param mostEntries how many entries are looked at
   * @param clock nanoseconds
   */
  PathGlob(List<Path> granted, int mostEntries, LongSupplier clock) {
    this.granted = granted;
    this.mostEntries = mostEntries;
    this.clock = clock;
    end = clock.getAsLong() + MOST_TIME.toNanos();
  }

  /** A directory, and which names of the pattern its entries may match. */
  private record Visit(Path directory, BitSet next) {}

  /**
   * Looks for what matches.
   *
   * @param text the pattern as written, for messages
   * @param beginning a directory without links on the way to it
   * @param names what follows; the first one is a pattern
   * @return what matches, by its path
   */
  NavigableSet<Path> find(String text, Path beginning, List<PathName> names) throws Refusal {
    return new Search(text, names).from(beginning);
  }

  /** {@return the directories among all matches that are there because they cannot be listed} */
  NavigableSet<Path> unlisted() {
    return unlisted;
  }

  /** One pattern. */
  private final class Search {
    private final String text;
    private final List<PathName> names;
    private final NavigableSet<Path> found = new TreeSet<>();
    private final Deque<Visit> open = new ArrayDeque<>();

    Search(String text, List<PathName> names) {
      this.text = text;
      this.names = names;
    }

    NavigableSet<Path> from(Path beginning) throws Refusal {
      var first = new BitSet();
      first.set(0);
      open.push(new Visit(beginning, closure(first)));
      while (!open.isEmpty()) {
        Visit visit = open.pop();
        if (hasPattern(visit.next())) {
          list(visit);
        } else {
          lookUp(visit);
        }
      }
      return found;
    }

    /** Names that are no patterns: the directory need not be listed. */
    private void lookUp(Visit visit) throws Refusal {
      for (int i = visit.next().nextSetBit(0); i >= 0; i = visit.next().nextSetBit(i + 1)) {
        count();
        String name = names.get(i).text();
        Path path = visit.directory().resolve(OsText.path(name));
        try {
          boolean directory =
              Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                  .isDirectory();
          entry(visit, OsText.encode(name), directory);
        } catch (NoSuchFileException e) {
          // Nothing has that name here.
        } catch (AccessDeniedException e) {
          unlisted(visit.directory());
        } catch (Refusal e) {
          throw e;
        } catch (IOException e) {
          throw refused(OsText.show(path) + ": " + PathFinder.reason(e));
        }
      }
    }

    private void list(Visit visit) throws Refusal {
      try {
        DirectoryListing.read(
            visit.directory(),
            (name, directory) -> {
              count();
              entry(visit, name, directory);
            });
      } catch (KernelException e) {
        if (e.errno() == Errno.EACCES) {
          unlisted(visit.directory());
        } else if (e.errno() != Errno.ENOENT
            && e.errno() != Errno.ENOTDIR
            && e.errno() != Errno.ELOOP) {
          // Else it is no directory any more, and holds nothing.
          throw refused(Text.of(e));
        }
      }
    }

    private void entry(Visit visit, byte[] name, boolean directory) throws Refusal {
      var next = new BitSet();
      for (int i = visit.next().nextSetBit(0); i >= 0; i = visit.next().nextSetBit(i + 1)) {
        boolean last = i == names.size() - 1;
        if (names.get(i).isAnyDepth() ? last : last && names.get(i).matches(name)) {
          Path match = at(visit, name);
          close(match);
          if (!directory || !opensIn(match)) {
            return;
          }
        }
        if (directory && names.get(i).isAnyDepth()) {
          next.set(i);
        } else if (directory && !last && names.get(i).matches(name)) {
          next.set(i + 1);
        }
      }
      if (!next.isEmpty()) {
        open.push(new Visit(at(visit, name), closure(next)));
      }
    }

    private static Path at(Visit visit, byte[] name) {
      return visit.directory().resolve(OsText.path(OsText.decode(name, 0, name.length)));
    }

    /** {@code **} may stand for no directory at all. */
    private BitSet closure(BitSet next) {
      for (int i = next.nextSetBit(0); i >= 0; i = next.nextSetBit(i + 1)) {
        if (names.get(i).isAnyDepth() && i + 1 < names.size()) {
          next.set(i + 1);
        }
      }
      return next;
    }

    private boolean hasPattern(BitSet next) {
      return next.stream().anyMatch(i -> !names.get(i).isLiteral());
    }

    /**
     * What this user may not search, the command cannot reach either, unless the directory is the
     * user's own: then the command could open it again.
     */
    private void unlisted(Path directory) throws Refusal {
      try {
        if (Files.isExecutable(directory) || isOwn(directory)) {
          if (opensIn(directory)) {
            throw refused(
                OsText.show(directory) + " cannot be listed, and something in it is granted");
          }
          unlisted.add(directory);
          close(directory);
        }
      } catch (IOException e) {
        throw refused(OsText.show(directory) + ": " + PathFinder.reason(e));
      }
    }

    private void close(Path path) throws Refusal {
      if (found.add(path) && ++closed > MOST_MATCHES) {
        throw refused("more than " + MOST_MATCHES + " files and directories match");
      }
    }

    private void count() throws Refusal {
      if (++entries > mostEntries || clock.getAsLong() - end > 0) {
        throw refused(
            "looking for what matches takes too long: "
                + (entries - 1)
                + " entries were looked at");
      }
    }

    private Refusal refused(String reason) {
      return new Refusal(
          "filesystem.blocked: "
              + Text.quote(text)
              + " cannot be carried out: "
              + reason
              + "; name a directory deeper down, or block a whole directory");
    }
  }

  private boolean opensIn(Path closed) {
    for (Path path : granted) {
      if (path.startsWith(closed) && !path.equals(closed)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOwn(Path directory) throws IOException {
    Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    return owner.equals((int) Syscall.call(Syscall.number("geteuid")));
  }
}
