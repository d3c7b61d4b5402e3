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
      Path real = real(key, text, base, otherwise(key));
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
      throw new Refusal("filesystem." + key + ": " + e.getMessage(), e);
    }
  }

  /** What to do about a grant that is not there. */
  private static String otherwise(String key) {
    return (key.equals("read_write")
            ? "; make it, or have the run make it (--create, or [filesystem] create = true);"
            : ";")
        + " with a ? at its end it need not be there";
  }

  static Path real(String key, String text, Path base) throws Refusal {
    return real(key, text, base, "");
  }

  /**
   * @param otherwise what the message adds if it is not there
   */
  private static Path real(String key, String text, Path base, String otherwise) throws Refusal {
    return switch (PathFinder.find(lexical(key, text, base))) {
      case PathFinder.Found(Path real) -> real;
      case PathFinder.Missing(Path where) ->
          throw cannotLookUp(key, text, "there is no " + OsText.show(where) + otherwise);
      case PathFinder.Hidden(Path directory) ->
          throw cannotLookUp(key, text, "this user may not search " + OsText.show(directory));
      case PathFinder.Unknown(String reason) -> throw cannotLookUp(key, text, reason);
    };
  }

  private static Refusal cannotLookUp(String key, String text, String reason) {
    return new Refusal(
        "filesystem."
            + key
            + " names "
            + Text.quote(text)
            + ", which cannot be looked up: "
            + reason);
  }
}
