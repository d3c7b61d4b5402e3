package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Many programs save by a new file beside the old one, which then takes its name. Where a policy
 * lets that one file be written and not its directory, the kernel says EACCES, EROFS or EBUSY, and
 * the program names a file that nobody has heard of.
 */
final class SavedBeside {
  /** Files that are granted by themselves, and when each was written last. */
  private final Map<Path, FileTime> files;

  private SavedBeside(Map<Path, FileTime> files) {
    this.files = files;
  }

  /** Before the command: what it writes is none of its troubles. */
  static SavedBeside of(Policy policy) {
    boolean restricted =
        policy.mode() != Mode.FULL_ACCESS
            && policy.enforcement().of(Protection.FILESYSTEM) != Requirement.OFF;
    var files = new LinkedHashMap<Path, FileTime>();
    if (restricted && !policy.filesystem().readWrite().isEmpty()) {
      try {
        find(policy, files);
      } catch (IOException | IllegalArgumentException e) {
        // The run is refused then, for what it is.
        files.clear();
      }
    }
    return new SavedBeside(files);
  }

  private static void find(Policy policy, Map<Path, FileTime> files) throws IOException {
    Filesystem granted = policy.filesystem();
    Path here = WorkingDirectory.path();
    // Relative paths begin at the workspace, which is where the command runs if none is named.
    Path base =
        policy.workspace().isPresent()
            ? PolicyPath.resolve(policy.workspace().get(), here, PolicyPath.home()).toRealPath()
            : here;
    List<Path> directories = new ArrayList<>();
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      directories.add(base);
    }
    List<Path> single = new ArrayList<>();
    for (String text : granted.readWrite()) {
      Path path = PolicyPath.resolve(PolicyPath.granted(text), base, PolicyPath.home());
      if (Files.exists(path)) {
        Path real = path.toRealPath();
        (Files.isRegularFile(real) ? single : directories).add(real);
      }
    }
    for (Path file : single) {
      Path directory = file.resolveSibling("");
      if (directories.stream().noneMatch(file::startsWith) && Files.isWritable(directory)) {
        files.put(file, Files.getLastModifiedTime(file));
      }
    }
  }

  /** {@return what to grant, after a failure that this may be the reason of} */
  Optional<String> hint() {
    var unwritten = new ArrayList<Path>();
    files.forEach((file, before) -> {
      try {
        if (Files.getLastModifiedTime(file).equals(before)) {
          unwritten.add(file);
        }
      } catch (IOException e) {
        // It is gone: that is another story.
      }
    });
    if (unwritten.isEmpty()) {
      return Optional.empty();
    }
    Path first = unwritten.getFirst();
    int others = unwritten.size() - 1;
    return Optional.of(
        "the policy lets "
            + OsText.show(first)
            + (others == 0 ? "" : " (and " + others + " more like it)")
            + " be written, but not the directory that it is in: a program that saves by a new file"
            + " beside it, renamed over it (sed -i, git config, many editors), cannot; if that is"
            + " why this failed, grant the directory: --rw "
            + OsText.show(first.resolveSibling(""))
            + ", or filesystem.read_write");
  }
}
