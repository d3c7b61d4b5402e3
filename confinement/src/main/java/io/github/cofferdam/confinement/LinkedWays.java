package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.policy.PolicyPath;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps a command from saying what the policy means: no path of a policy leads over a symbolic link
 * that the command could replace, for its next run or while it runs.
 */
public final class LinkedWays {
  private final Reach grants;

  /** What a command can do with files, as far as it matters here. */
  public interface Reach {
    /** {@return whether the policy restricts files at all} */
    boolean restricted();

    /** {@return whether the command may write to a path, whatever lies there} */
    boolean mayWrite(Path path);

    /** {@return whether the policy grants writing to a path} */
    boolean grantsWriting(Path path);
  }

  /** Looks at what a command may write by some grants. */
  public LinkedWays(Reach grants) {
    this.grants = grants;
  }

  /**
   * Refuses a path that leads over a link within the command's reach. In mode full-access that is
   * every one, and nothing is refused.
   *
   * @param key where the policy has the path
   * @param text the path as the policy has it, which has been looked up before
   * @param base the real directory that relative paths begin with
   * @param found where paths of this key were found to lead then: this one is among them, or
   *     somebody has changed the way since, and a link may have been there that is gone now
   */
  public void refuse(String key, String text, Path base, Collection<Path> found) throws Refusal {
    if (!grants.restricted()) {
      return;
    }
    Path end = refuseWay(key, text, PolicyPath.resolve(text, base, PolicyPath.home()));
    if (!found.contains(end)) {
      throw new Refusal(
          key
              + ": "
              + Text.quote(text)
              + " leads to "
              + OsText.show(end)
              + " now, and led elsewhere when it was looked up: something changes it while this run"
              + " is made ready; try again when no other run may write there");
    }
  }

  /**
   * Refuses a way that leads over a link within the command's reach.
   *
   * @param way the path that the text stands for, absolute, with its links
   * @return where it leads
   */
  public Path refuseWay(String key, String text, Path way) throws Refusal {
    var links = new LinkedHashMap<Path, String>();
    Path end = PathLinks.collect(way, links);
    if (!grants.restricted()) {
      return end;
    }
    for (Map.Entry<Path, String> link : links.entrySet()) {
      if (grants.mayWrite(link.getKey())) {
        throw new Refusal(
            key
                + ": "
                + Text.quote(text)
                + " leads over "
                + shown(link)
                + ", which lies where the command may write: it could lead the next run elsewhere;"
                + " name what it leads to instead");
      }
    }
    return end;
  }

  /**
   * Refuses a path that this process is to use for the command, if a link within the command's
   * reach leads it to where the command may not write: what it may write, it could use itself.
   *
   * @param what what the path is for
   * @param path as it was named
   * @param links those on the way, with what they hold
   * @param real where it leads
   */
  public void refuseElsewhere(String what, Path path, Map<Path, String> links, Path real)
      throws Refusal {
    if (grants.grantsWriting(real)) {
      return;
    }
    for (Map.Entry<Path, String> link : links.entrySet()) {
      // In mode full-access that is every one, and only what is blocked is beyond reach.
      if (grants.mayWrite(link.getKey())) {
        throw new Refusal(
            what
                + ": "
                + OsText.show(path)
                + " leads over "
                + shown(link)
                + ", which lies where the command may write, to "
                + OsText.show(real)
                + ", where it may not: a run before this one could have put it there; name what it"
                + " leads to instead");
      }
    }
  }

  /** A link and what it holds, in a message. */
  static String shown(Map.Entry<Path, String> link) {
    return "the symbolic link "
        + OsText.show(link.getKey())
        + " (to "
        + OsText.show(link.getValue())
        + ")";
  }
}
