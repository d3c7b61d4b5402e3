package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.policy.Filesystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Finds the directories that a command changes for itself alone, in a root of its own. */
final class OverlayLookup {
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private OverlayLookup() {}

  /** Those that are there; of the others, those that need not be are added to missing. */
  static List<Path> overlays(
      Filesystem files, Path base, Map<Path, String> links, List<Path> missing) throws Refusal {
    List<Path> overlays = GrantLookup.resolve("overlay", files.overlay(), base, links, missing);
    for (Path path : overlays) {
      if (path.startsWith(OwnRoot.PROC)
          || (path.startsWith(OwnRoot.DEV) && !path.startsWith(SHARED_MEMORY))) {
        throw refusal(path, "which lies in what is the command's own anyway");
      }
      if (path.equals(PathFinder.ROOT)) {
        throw refusal(
            path, "the root directory; name the directories in it that are to be changed");
      }
      if (!PathFinder.isDirectory(path)) {
        throw refusal(path, "which is no directory; name the one that it is in");
      }
    }
    return overlays;
  }

  private static Refusal refusal(Path path, String why) {
    return new Refusal("filesystem.overlay names " + OsText.show(path) + ", " + why);
  }

  /** What is the workspace is to be changed on the host. */
  static void refuseWorkspace(List<Path> overlays, Path workspace) throws Refusal {
    if (overlays.contains(workspace)) {
      throw refusal(
          workspace,
          "which is the workspace, and mode workspace-write is to change it on the host; with mode"
              + " readonly its changes stay in the sandbox");
    }
  }
}
