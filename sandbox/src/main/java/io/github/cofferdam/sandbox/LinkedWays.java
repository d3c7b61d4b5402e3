package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.OsText;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps a command from saying what the policy means: no path of a policy leads over a symbolic link
 * that the command could replace, for its next run or while it runs.
 */
final class LinkedWays {
  private final FileGrants grants;

  LinkedWays(FileGrants grants) {
    this.grants = grants;
  }

  /**
   * Refuses a path that leads over a link within the command's reach. In mode full-access that is
   * every one, and nothing is refused.
   *
   * @param key where the policy has the path
   * @param text the path as the policy has it, which has been looked up before
   * @param base the real directory that relative paths begin with
   */
  void refuse(String key, String text, Path base) throws RefusedException {
    if (grants.restricted()) {
      refuseWay(key, text, PathText.resolve(text, base, PathText.home()));
    }
  }

  /**
   * As {@link #refuse}.
   *
   * @param way the path that the text stands for, absolute, with its links
   */
  void refuseWay(String key, String text, Path way) throws RefusedException {
    if (!grants.restricted()) {
      return;
    }
    var links = new LinkedHashMap<Path, String>();
    PathLinks.collect(way, links);
    for (Map.Entry<Path, String> link : links.entrySet()) {
      if (grants.mayWrite(link.getKey())) {
        throw new RefusedException(
            key
                + ": "
                + Text.quote(text)
                + " leads over the symbolic link "
                + OsText.show(link.getKey())
                + " (to "
                + OsText.show(link.getValue())
                + "), which lies where the command may write: it could lead the next run elsewhere;"
                + " name what it leads to instead");
      }
    }
  }
}
