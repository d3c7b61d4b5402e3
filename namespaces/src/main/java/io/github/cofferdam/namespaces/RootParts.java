package io.github.cofferdam.namespaces;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of a {@link RootFilesystem}, whose builder says what they mean.
 *
 * @param links the target of each, in the order in which they are made
 */
record RootParts(
    Base base,
    boolean writable,
    boolean executable,
    boolean terminal,
    long size,
    List<BindMount> binds,
    Map<Path, String> links,
    List<Path> blocked) {
  /** What the root begins with. */
  enum Base {
    /** A file system in memory with nothing in it. */
    EMPTY,
    /** All that the host has. */
    HOST,
    /** All that the host has, with its devices and temporary files, and as writable as there. */
    UNCHANGED
  }

  RootParts {
    binds = List.copyOf(binds);
    links = Collections.unmodifiableMap(new LinkedHashMap<>(links));
    blocked = List.copyOf(blocked);
  }

  /**
   * Whether the sandbox has something of its own by a path of the host: what is in the kernel's
   * {@code /proc}, processes aside, and the devices that both have in common.
   */
  boolean hasOwn(Path path) {
    if (base == Base.UNCHANGED) {
      return false;
    }
    if (path.startsWith(SystemPaths.PROCESSES)) {
      return path.getNameCount() < 2 || !Character.isDigit(path.getName(1).toString().charAt(0));
    }
    return path.equals(SystemPaths.TEMPORARY)
        || path.equals(SystemPaths.DEVICES)
        || path.equals(SystemPaths.SHARED_MEMORY)
        || path.equals(SystemPaths.TERMINALS)
        || (terminal && path.equals(SystemPaths.TERMINAL))
        || isNamed(path, OwnDevices.NAMES);
  }

  /** Whether it has a symbolic link by a path of the host. */
  boolean hasOwnLink(Path path) {
    return base != Base.UNCHANGED && isNamed(path, OwnDevices.LINKS);
  }

  private static boolean isNamed(Path device, String[] names) {
    return SystemPaths.DEVICES.equals(device.getParent())
        && List.of(names).contains(String.valueOf(device.getFileName()));
  }

  /**
   * Whether all that is its own in each sandbox lies in places where nothing else is: what is
   * writable must be the sandbox's own, and covers what a template has there. What is written to an
   * overlay lies between what is bound.
   */
  boolean canBeShared() {
    if (base == Base.UNCHANGED || writable || terminal) {
      return false;
    }
    for (BindMount bind : binds) {
      Path inside = bind.inside();
      if (bind.overlay()
          || (inside.startsWith(SystemPaths.TEMPORARY) && !inside.equals(SystemPaths.TEMPORARY))
          || inside.startsWith(SystemPaths.SHARED_MEMORY)
          || inside.startsWith(SystemPaths.TERMINALS)) {
        return false;
      }
      for (Path path : blocked) {
        // What each sandbox covers by itself is covered last.
        if (hasOwn(path) && inside.startsWith(path)) {
          return false;
        }
      }
    }
    return true;
  }

  /** What is at the paths of the host that decide what there is. */
  List<Place> places() {
    var places = new ArrayList<Place>();
    for (BindMount bind : binds) {
      places.add(Place.of(bind.source()));
    }
    for (Path path : blocked) {
      places.add(Place.withNames(path));
    }
    return places;
  }
}
