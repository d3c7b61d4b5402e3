package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Looks up where a path leads, and keeps apart what looks alike to most: that there is nothing, and
 * that one cannot know.
 */
public final class PathFinder {
  /** As many links as the kernel follows. */
  private static final int MOST = 40;

  /** The beginning of all absolute paths. */
  public static final Path ROOT = Path.of("/");

  private PathFinder() {}

  /** Where a path leads. */
  public sealed interface Place {}

  /** To something; {@code real} has no links in it. */
  public record Found(Path real) implements Place {}

  /** To nothing; {@code where} is the path, without links, at which it would be. */
  public record Missing(Path where) implements Place {}

  /**
   * Through a directory that this user may not search: neither may the command, which can do no
   * more.
   */
  public record Hidden(Path directory) implements Place {}

  /** It cannot be found out; {@code reason} says why. */
  public record Unknown(String reason) implements Place {}

  /**
   * {@return where a path leads}
   *
   * @param path absolute and normal
   */
  public static Place find(Path path) {
    Deque<Path> rest = new ArrayDeque<>();
    push(path, rest);
    Path at = ROOT;
    int followed = 0;
    while (!rest.isEmpty()) {
      Path next = at.resolve(rest.pop()).normalize();
      try {
        BasicFileAttributes found =
            Files.readAttributes(next, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (found.isSymbolicLink()) {
          if (++followed > MOST) {
            return new Unknown("it leads through more than " + MOST + " symbolic links");
          }
          Path target = Files.readSymbolicLink(next);
          push(target, rest);
          at = target.isAbsolute() ? ROOT : at;
          continue;
        }
        if (!rest.isEmpty() && !found.isDirectory()) {
          return missing(next, rest);
        }
      } catch (NoSuchFileException e) {
        return missing(next, rest);
      } catch (AccessDeniedException e) {
        return Files.isExecutable(at)
            ? new Unknown("permission denied at " + OsText.show(next))
            : new Hidden(at);
      } catch (IOException e) {
        return new Unknown(OsText.show(next) + ": " + reason(e));
      }
      at = next;
    }
    return new Found(at);
  }

  /** {@return what the kernel said, without the path, which the locale may have garbled} */
  static String reason(IOException e) {
    return e instanceof FileSystemException failure && failure.getReason() != null
        ? failure.getReason()
        : Text.of(e);
  }

  static boolean isDirectory(Path real) {
    return Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS);
  }

  private static Missing missing(Path from, Deque<Path> rest) {
    Path where = from;
    for (Path name : rest) {
      where = where.resolve(name);
    }
    return new Missing(where.normalize());
  }

  private static void push(Path path, Deque<Path> rest) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      rest.push(path.getName(i));
    }
  }
}
