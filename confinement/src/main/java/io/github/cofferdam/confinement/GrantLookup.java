package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.policy.PolicyPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds what the texts of a policy's grants lead to on this host. */
final class GrantLookup {
  private GrantLookup() {}

  /** Those that are there; of the others, those that need not be are added to missing. */
  static List<Path> resolve(
      String key, List<String> texts, Path base, Map<Path, String> links, List<Path> missing)
      throws Refusal {
    var paths = new ArrayList<Path>();
    for (String each : texts) {
      String text = PolicyPath.granted(each);
      if (PolicyPath.isOptional(each) && isHomeless(text)) {
        continue;
      }
      Path path = lexical(key, text, base);
      if (PolicyPath.isOptional(each)
          && PathFinder.find(path) instanceof PathFinder.Missing(Path where)) {
        missing.add(where);
        continue;
      }
      Path real = real(key, text, base);
      paths.add(real);
      if (!path.equals(real)) {
        PathLinks.collect(path, links);
      }
    }
    return paths;
  }

  /** A path in the home of a user who has none is not there. */
  private static boolean isHomeless(String text) {
    return (text.equals("~") || text.startsWith("~/")) && PolicyPath.home().isEmpty();
  }

  /** As it is written: links are not looked at. */
  private static Path lexical(String key, String text, Path base) throws Refusal {
    try {
      return PolicyPath.resolve(text, base, PolicyPath.home());
    } catch (IllegalArgumentException e) {
      throw new Refusal(dotted(key) + ": " + e.getMessage(), e);
    }
  }

  /** {@return the key with its table}: one of the file system, unless it names another */
  private static String dotted(String key) {
    return key.indexOf('.') < 0 ? "filesystem." + key : key;
  }

  static Path real(String key, String text, Path base) throws Refusal {
    return switch (PathFinder.find(lexical(key, text, base))) {
      case PathFinder.Found(Path real) -> real;
      case PathFinder.Missing(Path where) -> throw missing(key, text, where);
      case PathFinder.Hidden(Path directory) ->
          throw cannotLookUp(key, text, "this user may not search " + OsText.show(directory));
      case PathFinder.Unknown(String reason) -> throw cannotLookUp(key, text, reason);
    };
  }

  private static Refusal missing(String key, String text, Path where) {
    String optional = "; write " + Text.quote(text + "?") + " if it need not be there";
    String help =
        switch (key) {
          case "bind_mounts" -> "";
          case "read_write" -> optional + ", or have it made: create = true, or --create";
          default -> optional;
        };
    return new Refusal(
        dotted(key)
            + " names "
            + Text.quote(text)
            + ", and there is no "
            + OsText.show(where)
            + help);
  }

  private static Refusal cannotLookUp(String key, String text, String reason) {
    return new Refusal(
        dotted(key) + " names " + Text.quote(text) + ", which cannot be looked up: " + reason);
  }
}
