package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Finds the Unix sockets that a policy lets be connected to. */
final class SocketLookup {
  static final String KEY = "network.unix_sockets";

  private SocketLookup() {}

  /**
   * {@return what is there of them, links followed}
   *
   * @param links takes the links on the way
   * @param blocked what may not be used
   * @param missing takes what need not be there and is not
   * @throws Refusal if one that has to be there is not, is blocked, or is no socket: a directory
   *     would stand for whatever is put there later
   */
  static List<Path> sockets(
      List<String> texts,
      Path base,
      Map<Path, String> links,
      List<Path> blocked,
      List<Path> missing)
      throws Refusal {
    List<Path> found = GrantLookup.resolve(KEY, texts, base, links, missing);
    for (Path path : found) {
      if (blocked.stream().anyMatch(path::startsWith)) {
        throw new Refusal(
            KEY
                + " names "
                + OsText.show(path)
                + ", which filesystem.blocked closes; leave one of them out");
      }
      if (!isSocket(path)) {
        throw new Refusal(KEY + " names " + OsText.show(path) + ", which is no socket");
      }
    }
    return found;
  }

  private static boolean isSocket(Path path) throws Refusal {
    try {
      return FileStatus.require(path).isSocket();
    } catch (KernelException e) {
      throw new Refusal(e);
    }
  }
}
