package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where runs of this process could write, and so leave links behind. What a policy names, {@link
 * LinkedWays} looks at; where a program has its next command run is not named there, and is the
 * workspace all the same.
 */
public final class WrittenPlaces {
  /** Those that were not used for longest are forgotten. */
  private static final int MOST = 10_000;

  private static final Map<Path, Boolean> PLACES =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Boolean> eldest) {
          return size() > MOST;
        }
      };

  private WrittenPlaces() {}

  /**
   * Keeps in mind where a run may write. All of the host says nothing: it is as mode full-access.
   */
  public static void add(Collection<Path> writable) {
    synchronized (PLACES) {
      for (Path place : writable) {
        if (!place.equals(PathFinder.ROOT)) {
          PLACES.put(place, true);
        }
      }
    }
  }

  private static boolean has(Path path) {
    synchronized (PLACES) {
      for (Path at = path; at != null; at = at.getParent()) {
        if (PLACES.get(at) != null) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Refuses a way that a link leads out of where runs could write.
   *
   * @param what what the path is for
   * @param way absolute, with its links
   * @param real where it leads
   */
  public static void refuseLedOut(String what, Path way, Path real) throws Refusal {
    if (way.equals(real) || has(real)) {
      return;
    }
    Map<Path, String> links = new LinkedHashMap<>();
    PathLinks.collect(way, links);
    for (Map.Entry<Path, String> link : links.entrySet()) {
      if (has(link.getKey())) {
        throw new Refusal(
            what
                + " "
                + OsText.show(way)
                + " is reached over "
                + LinkedWays.shown(link)
                + ", which lies where commands of this process may write, and leads to "
                + OsText.show(real)
                + ", where they may not: one of them could have put it there; name what it leads to"
                + " instead");
      }
    }
  }
}
