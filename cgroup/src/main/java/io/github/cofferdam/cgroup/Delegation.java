package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where in the hierarchy of version 2 this process may make groups, and with which controllers.
 *
 * <p>A group passes controllers on to the groups in it only if it holds no processes itself, except
 * for the root of all. So the group that this process is in is of use as it is only if it is that
 * root. Otherwise, in this order:
 *
 * <ol>
 *   <li>it was delegated to this user and holds nothing but this process: then this process moves
 *       to a group of its own in it, and the controllers are passed on;
 *   <li>a group above passes the controllers on already, and this user may write to it. The limits
 *       of the groups that are left out by that come along.
 * </ol>
 *
 * <p>No process of others is ever moved, and what a group passes on is changed in the first case
 * only.
 *
 * @param directory where groups can be made
 * @param controllers those of the wanted ones that groups get there
 * @param carried limits that groups there have to have; rates of devices are not carried along
 */
record Delegation(String directory, Set<String> controllers, Map<CgroupResource, Long> carried) {
  /** One at a time: whether this process is alone is asked before it moves. */
  private static final Object LOCK = new Object();

  /** {@return the best place; null if there is none} */
  static @Nullable Delegation find(CgroupHierarchy hierarchy, CgroupFiles files, Set<String> wanted)
      throws IOException {
    String own = hierarchy.directory().orElse(null);
    String top = hierarchy.mountPoint().orElse(null);
    if (own == null || top == null) {
      return null;
    }
    synchronized (LOCK) {
      Delegation best = null;
      var carried = new EnumMap<CgroupResource, Long>(CgroupResource.class);
      for (String directory : upwards(own, top)) {
        if (files.writable(directory) && files.writable(directory + "/cgroup.procs")) {
          Set<String> passedOn =
              directory.equals(own)
                  ? ownControllers(own, top, files, wanted)
                  : words(files, directory + "/cgroup.subtree_control");
          passedOn.retainAll(wanted);
          if (best == null || passedOn.size() > best.controllers.size()) {
            best = new Delegation(directory, passedOn, Map.copyOf(carried));
          }
        }
        carry(carried, files, directory);
      }
      return best;
    }
  }

  /** What this process's own group passes on, after what can be done about it. */
  private static Set<String> ownControllers(
      String own, String top, CgroupFiles files, Set<String> wanted) throws IOException {
    Set<String> passedOn = words(files, own + "/cgroup.subtree_control");
    Set<String> possible = words(files, own + "/cgroup.controllers");
    possible.retainAll(wanted);
    return passedOn.containsAll(possible) || !mayBeEmptied(own, top, files)
        ? passedOn
        : moveDown(own, files);
  }

  /** Adds the limits of a group to those that have to come along when it is left. */
  private static void carry(Map<CgroupResource, Long> carried, CgroupFiles files, String directory)
      throws IOException {
    for (CgroupResource resource : CgroupResource.values()) {
      LimitFile file = resource.v2();
      if (file.form() != LimitFile.Form.RATES) {
        OptionalLong limit = file.limit(readIfThere(files, directory + "/" + file.name()));
        limit.ifPresent(value -> carried.merge(resource, value, Math::min));
      }
    }
  }

  private static String readIfThere(CgroupFiles files, String file) throws KernelException {
    try {
      return files.read(file).strip();
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        return "";
      }
      throw e;
    }
  }

  private static List<String> upwards(String own, String top) {
    var directories = new ArrayList<String>();
    String directory = own;
    while (directory.length() > top.length()) {
      directories.add(directory);
      directory = directory.substring(0, directory.lastIndexOf('/'));
    }
    directories.add(top);
    return directories;
  }

  /** Whether the group is this user's to arrange, and this process is alone in it. */
  private static boolean mayBeEmptied(String own, String top, CgroupFiles files)
      throws IOException {
    // Once is enough: what it has moved down from passes everything on.
    String name = own.substring(own.lastIndexOf('/') + 1);
    if (GroupName.isOwn(name) || !files.writable(own + "/cgroup.subtree_control")) {
      return false;
    }
    // What can be written was given, but to root everything can. The root of a container's own
    // view was given to the container; the root of all is nobody's, and has no file cgroup.type.
    boolean delegated =
        files.user() != 0
            || files.markedAsDelegated(own)
            || (own.equals(top) && !readIfThere(files, own + "/cgroup.type").isEmpty());
    return delegated
        && files.read(own + "/cgroup.procs").strip().equals(Long.toString(files.self()));
  }

  /** Returns the controllers that are passed on afterwards. */
  private static Set<String> moveDown(String own, CgroupFiles files) throws IOException {
    String self = Long.toString(files.self());
    String below = own + "/" + GroupName.own(files);
    files.makeGroup(below);
    files.write(below + "/cgroup.procs", self);
    Set<String> possible = words(files, own + "/cgroup.controllers");
    for (CgroupResource resource : CgroupResource.values()) {
      String controller = resource.v2().controller();
      // Once, though one controller may limit several things.
      if (possible.remove(controller)) {
        passOn(own, controller, files);
      }
    }
    Set<String> passedOn = words(files, own + "/cgroup.subtree_control");
    if (passedOn.isEmpty()) {
      files.write(own + "/cgroup.procs", self);
      files.removeGroup(below);
    }
    return passedOn;
  }

  private static void passOn(String own, String controller, CgroupFiles files) {
    try {
      files.write(own + "/cgroup.subtree_control", "+" + controller);
    } catch (KernelException e) {
      // Somebody has come in meanwhile, or the controller is in use elsewhere: what is passed on
      // in the end is read again.
    }
  }

  private static Set<String> words(CgroupFiles files, String file) throws IOException {
    String text = files.read(file).strip();
    return text.isEmpty() ? new HashSet<>() : new HashSet<>(List.of(text.split(" ", -1)));
  }
}
