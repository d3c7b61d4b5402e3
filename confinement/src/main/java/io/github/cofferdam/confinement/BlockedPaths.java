package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.policy.PathName;
import io.github.cofferdam.policy.PathPattern;
import io.github.cofferdam.policy.PolicyPath;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a deny list comes to when a run begins.
 *
 * @param paths absolute and without links: what is there, and where what is not there would be
 * @param warnings what people should know of: names of nothing, and patterns
 * @param ways the paths before links were followed, with what the list has for each
 */
record BlockedPaths(List<Path> paths, List<String> warnings, Map<Path, String> ways) {
  /**
   * So many paths can be closed, or granted, without a run's start becoming slow; and what the
   * launcher has to do for them has a bound as well.
   */
  static final int MOST = PathGlob.MOST_MATCHES;

  private static final String KEY = "filesystem.blocked: ";

  /** Nothing is blocked. */
  static final BlockedPaths NONE = new BlockedPaths(List.of(), List.of(), Map.of());

  /**
   * Works a deny list out.
   *
   * @param texts as {@link PolicyPath#checkBlocked} accepts them
   * @param base where relative paths begin
   * @param granted what the policy grants
   * @param optional those of the texts that need not be there: nothing is closed then, or said
   * @param homes what is a home besides the one of the password database
   */
  static BlockedPaths of(
      List<String> texts, Set<String> optional, Path base, List<Path> granted, Set<String> homes)
      throws Refusal {
    if (texts.isEmpty()) {
      return NONE;
    }
    refuseTooMany(texts.size());
    return new Finder(optional, base, granted, homes).find(texts);
  }

  private static void refuseTooMany(int count) throws Refusal {
    if (count > MOST) {
      throw new Refusal(
          KEY + "more than " + MOST + " paths cannot be closed; block directories around them");
    }
  }

  /** Works on one list. */
  private static final class Finder {
    private final Set<String> optional;
    private final Path base;
    private final Set<String> others;
    private final Set<Path> paths = new LinkedHashSet<>();
    private final Set<String> warnings = new LinkedHashSet<>();
    private final Map<Path, String> ways = new LinkedHashMap<>();
    private final PathGlob glob;

    Finder(Set<String> optional, Path base, List<Path> granted, Set<String> others) {
      glob = new PathGlob(granted);
      this.optional = optional;
      this.base = base;
      this.others = others;
    }

    BlockedPaths find(List<String> texts) throws Refusal {
      for (String text : texts) {
        PathPattern pattern;
        try {
          pattern = PolicyPath.read(text);
        } catch (IllegalArgumentException e) {
          throw new Refusal(KEY + e.getMessage(), e);
        }
        for (Path start : pattern.home() ? homes(text) : List.of(base)) {
          Path beginning = pattern.beginning(start);
          if (pattern.isLiteral()) {
            block(text, beginning);
          } else {
            expand(text, beginning, pattern.rest());
          }
          refuseTooMany(paths.size());
        }
      }
      return new BlockedPaths(List.copyOf(paths), List.copyOf(warnings), ways);
    }

    /** The password database's, and those of environments where they are others. */
    private Set<Path> homes(String text) throws Refusal {
      var homes = new LinkedHashSet<Path>();
      PolicyPath.home().ifPresent(homes::add);
      for (String variable : others) {
        try {
          Optional<Path> other = PolicyPath.home(variable);
          other.ifPresent(homes::add);
        } catch (InvalidPathException e) {
          throw new Refusal(KEY + "HOME is no path: " + e.getMessage(), e);
        }
      }
      if (homes.isEmpty() && !optional.contains(text)) {
        throw new Refusal(KEY + PolicyPath.noHome(text).getMessage());
      }
      return homes;
    }

    private void block(String text, Path path) throws Refusal {
      PathFinder.Place found = PathFinder.find(path);
      boolean closed = found instanceof PathFinder.Missing || found instanceof PathFinder.Hidden;
      if (closed && optional.contains(text)) {
        // The command is this user, too, and cannot search what this process cannot.
        return;
      }
      ways.put(path, text);
      switch (found) {
        case PathFinder.Found(Path real) -> paths.add(real);
        case PathFinder.Missing(Path where) -> {
          paths.add(where);
          warnings.add(
              "blocked "
                  + Text.quote(text)
                  + ": "
                  + OsText.show(where)
                  + " is not there"
                  + hint(text));
        }
        case PathFinder.Hidden(Path directory) -> {
          paths.add(directory);
          warnings.add(
              "blocked "
                  + Text.quote(text)
                  + ": this user may not search "
                  + OsText.show(directory)
                  + ", which is blocked as a whole");
        }
        case PathFinder.Unknown(String reason) -> throw cannotLookUp(text, reason);
      }
    }

    private void expand(String text, Path beginning, List<PathName> names) throws Refusal {
      int closed = 0;
      ways.put(beginning, text);
      switch (PathFinder.find(beginning)) {
        case PathFinder.Found(Path real) -> {
          NavigableSet<Path> matches = glob.find(text, real, names);
          for (Path match : matches) {
            // A link is closed by closing what it leads to.
            block(text, match);
          }
          closed = matches.size();
        }
        case PathFinder.Missing missing -> {}
        case PathFinder.Hidden hidden -> block(text, beginning);
        case PathFinder.Unknown(String reason) -> throw cannotLookUp(text, reason);
      }
      warnings.add(
          "blocked "
              + Text.quote(text)
              + " matches "
              + (closed == 0 ? "nothing" : closed == 1 ? "one path" : closed + " paths")
              + " beneath "
              + OsText.show(beginning)
              + " now; what is made later is not blocked"
              + hint(text));
      for (Path directory : glob.unlisted()) {
        warnings.add(OsText.show(directory) + " cannot be listed, and is blocked as a whole");
      }
    }

    private static Refusal cannotLookUp(String text, String reason) {
      return new Refusal(
          KEY + Text.quote(text) + " cannot be looked up, and so not be closed: " + reason);
    }

    /** What people may have meant otherwise. */
    private static String hint(String text) {
      return text.indexOf('[') >= 0 || text.indexOf('{') >= 0
          ? " ([...] and {...} stand for themselves)"
          : text.indexOf('$') >= 0 ? " (variables are not expanded)" : "";
    }
  }
}
