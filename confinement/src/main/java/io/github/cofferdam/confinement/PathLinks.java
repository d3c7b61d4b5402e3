package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Symbolic links on the way to a path. */
public final class PathLinks {
  /** As many as the kernel follows. */
  private static final int MOST = 40;

  /** Names that point into {@code /usr} on most systems, and that programs rely on. */
  private static final String[] SYSTEM = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

  /**
   * A link in the root directory.
   *
   * @param path where it is
   * @param target what it holds
   * @param real where it leads
   */
  record Link(Path path, String target, Path real) {}

  private PathLinks() {}

  /**
   * Adds all links that are met on the way, with what they hold.
   *
   * @param path absolute
   * @return where the way ends, if there is something: without links
   */
  public static Path collect(Path path, Map<Path, String> links) {
    Deque<Path> rest = new ArrayDeque<>();
    push(path, rest);
    Path at = PathFinder.ROOT;
    int followed = 0;
    while (!rest.isEmpty() && followed < MOST) {
      Path next = at.resolve(rest.pop()).normalize();
      if (!Files.isSymbolicLink(next)) {
        at = next;
        continue;
      }
      try {
        Path target = Files.readSymbolicLink(next);
        links.put(next, OsText.of(target));
        push(target, rest);
        if (target.isAbsolute()) {
          at = PathFinder.ROOT;
        }
        followed++;
      } catch (IOException e) {
        // It has just been replaced; what is granted was looked up before.
        at = next;
      }
    }
    return at;
  }

  private static void push(Path path, Deque<Path> rest) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      rest.push(path.getName(i));
    }
  }

  /** {@return the links in the root directory that programs rely on; looked up once} */
  static List<Link> ofSystem() {
    return Host.LINKS;
  }

  private static final class Host {
    static final List<Link> LINKS = new ArrayList<>();

    static {
      for (String name : SYSTEM) {
        Path path = PathFinder.ROOT.resolve(name);
        try {
          if (Files.isSymbolicLink(path)) {
            LINKS.add(new Link(path, OsText.of(Files.readSymbolicLink(path)), path.toRealPath()));
          }
        } catch (IOException e) {
          // It leads nowhere.
        }
      }
    }

    private Host() {}
  }
}
