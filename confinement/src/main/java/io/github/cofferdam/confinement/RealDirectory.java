package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Directories that a run begins with. */
public final class RealDirectory {
  private RealDirectory() {}

  /**
   * {@return the working directory of a run, without links}
   *
   * @param asked the one that was asked for, which may be relative; empty for this process's own
   */
  public static Path working(Optional<Path> asked) throws Refusal {
    try {
      if (asked.isEmpty()) {
        return WorkingDirectory.path();
      }
      Path path = asked.get();
      return of(
          "working directory", path.isAbsolute() ? path : WorkingDirectory.path().resolve(path));
    } catch (Refusal e) {
      throw e;
    } catch (IOException e) {
      throw new Refusal(
          "the working directory of this process cannot be looked up: " + PathFinder.reason(e), e);
    }
  }

  /**
   * {@return a path that leads to a directory, without links}
   *
   * @param what what it is for, for messages
   * @param path absolute
   */
  public static Path of(String what, Path path) throws Refusal {
    String named = "the " + what + " " + OsText.show(path);
    return switch (PathFinder.find(path)) {
      case PathFinder.Found(Path real) when PathFinder.isDirectory(real) -> real;
      case PathFinder.Found found -> throw new Refusal(named + " is not a directory");
      case PathFinder.Missing missing -> throw new Refusal(named + " does not exist");
      case PathFinder.Hidden(Path directory) ->
          throw new Refusal(
              named + " cannot be reached: this user may not search " + OsText.show(directory));
      case PathFinder.Unknown(String reason) ->
          throw new Refusal(named + " cannot be looked up: " + reason);
    };
  }
}
