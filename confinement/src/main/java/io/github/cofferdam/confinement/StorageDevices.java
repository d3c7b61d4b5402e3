package io.github.cofferdam.confinement;

import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Devices that this user may open and on which files are stored: what is read there was not asked
 * for by a path, so no blocked path keeps it.
 */
final class StorageDevices {
  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int CHARACTERS = 0020000;
  private static final int BLOCKS = 0060000;

  /**
   * Devices of characters that give what is stored: SCSI commands, flash memory, raw devices.
   * Memory and ports need capabilities, which no command has.
   */
  private static final Set<Integer> MAJORS = Set.of(21, 90, 162);

  /** Others are links to these, or have nothing but terminals and what is in memory. */
  private static final Set<Path> WITHOUT =
      Set.of(Path.of("/dev/pts"), Path.of("/dev/shm"), Path.of("/dev/mqueue"));

  private StorageDevices() {}

  /**
   * {@return those at or beneath a path, as real as it is} A directory that may be searched and not
   * listed stands for all that could be in it.
   */
  static List<Path> beneath(Path top) throws Refusal {
    var found = new ArrayList<Path>();
    try {
      find(top, found);
    } catch (IOException | DirectoryIteratorException e) {
      throw new Refusal(
          "cannot look for devices on which what is blocked may be stored, in " + top, e);
    }
    return found;
  }

  /**
   * {@return what is blocked, and the devices beneath grants on which it may be stored} One that
   * the policy names stays granted.
   */
  static List<Path> withThose(
      Policy policy, List<Path> blocked, List<Path> granted, List<BindMount> binds) throws Refusal {
    if (blocked.isEmpty()) {
      return blocked;
    }
    Set<Path> all = new LinkedHashSet<>(blocked);
    boolean ownRoot = OwnRoot.isMadeFor(policy);
    if (!ownRoot && policy.mode() == Mode.FULL_ACCESS && policy.isolation() == Isolation.BASIC) {
      // Nothing is closed there, and the report says so.
      return blocked;
    }
    for (Path path : granted) {
      Path top = path.startsWith(OwnRoot.DEV) ? path : OwnRoot.DEV;
      boolean works =
          !ownRoot
              || (!path.equals(PathFinder.ROOT) && !path.equals(OwnRoot.DEV))
              || binds.stream().anyMatch(bind -> bind.source().equals(path) && bind.devicesWork());
      if (top.startsWith(path) && works) {
        for (Path device : beneath(top)) {
          if (!granted.contains(device)) {
            all.add(device);
          }
        }
      }
    }
    return List.copyOf(all);
  }

  /** {@return whether a path leads to one} */
  static boolean isOne(Path path) throws Refusal {
    try {
      return isStorage(path, attributes(path));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new Refusal("cannot look at " + path, e);
    }
  }

  private static void find(Path path, List<Path> found) throws IOException {
    Map<String, Object> attributes;
    try {
      attributes = attributes(path);
    } catch (NoSuchFileException | AccessDeniedException e) {
      // Gone, or in a directory that this user may not search.
      return;
    }
    if (isStorage(path, attributes)) {
      found.add(path);
    } else if (type(attributes) == DIRECTORY && !WITHOUT.contains(path)) {
      if (!Files.isReadable(path)) {
        if (Files.isExecutable(path)) {
          found.add(path);
        }
        return;
      }
      try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
        for (Path child : children) {
          find(child, found);
        }
      } catch (NoSuchFileException e) {
        // It went with the last device in it.
        return;
      }
    }
  }

  private static boolean isStorage(Path path, Map<String, Object> attributes) {
    int type = type(attributes);
    boolean stores = type == BLOCKS || (type == CHARACTERS && MAJORS.contains(major(attributes)));
    return stores && (Files.isReadable(path) || Files.isWritable(path));
  }

  private static Map<String, Object> attributes(Path path) throws IOException {
    return Files.readAttributes(path, "unix:mode,rdev", LinkOption.NOFOLLOW_LINKS);
  }

  private static int type(Map<String, Object> attributes) {
    return attributes.get("mode") instanceof Integer mode ? mode & TYPE : 0;
  }

  /** As {@code major()} of the C library takes it out of a number of 64 bits. */
  private static int major(Map<String, Object> attributes) {
    long number = attributes.get("rdev") instanceof Long device ? device : 0;
    return (int) (((number >>> 8) & 0xfff) | ((number >>> 32) & ~0xfffL));
  }
}
