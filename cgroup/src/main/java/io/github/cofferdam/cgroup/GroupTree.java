package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/** A group and the groups in it: ends what is in there, and removes it. */
final class GroupTree {
  /** With the pause in between, a few seconds. */
  private static final int ATTEMPTS = 1000;

  private final CgroupFiles files;
  private final String directory;

  GroupTree(CgroupFiles files, String directory) {
    this.files = files;
    this.directory = directory;
  }

  /**
   * Ends all processes of a group of version 2 at once.
   *
   * @return whether this kernel can do that (Linux 5.14)
   */
  boolean killAtOnce() throws KernelException {
    try {
      files.write(directory + "/cgroup.kill", "1");
      return true;
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** Ends the processes one by one until none is left. */
  void killOneByOne() throws IOException {
    for (int attempt = 1; !killThose(); attempt++) {
      if (attempt == ATTEMPTS) {
        throw new IOException("the processes in " + directory + " do not end");
      }
      files.pause();
    }
  }

  /** Ends the processes that are there now; returns whether there was none. */
  boolean killThose() throws IOException {
    boolean none = true;
    for (String group : all()) {
      String procs = group + "/cgroup.procs";
      for (String line : lines(procs)) {
        // 0 is a process of another namespace.
        if (!line.isEmpty() && !line.equals("0")) {
          files.kill(Long.parseLong(line), procs);
          none = false;
        }
      }
    }
    return none;
  }

  private String[] lines(String procs) throws KernelException {
    try {
      return files.read(procs).split("\n", -1);
    } catch (KernelException e) {
      if (isGone(e)) {
        return new String[0];
      }
      throw e;
    }
  }

  /** Removes the group. What has just been ended may take a moment to leave it. */
  void remove() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        removeNow();
        return;
      } catch (KernelException e) {
        if (e.errno() != Errno.EBUSY || attempt == ATTEMPTS) {
          throw e;
        }
      }
      files.pause();
    }
  }

  /** Removes the group with the groups in it; EBUSY if there is a process. */
  void removeNow() throws IOException {
    List<String> groups = all();
    for (int i = groups.size() - 1; i >= 0; i--) {
      try {
        files.removeGroup(groups.get(i));
      } catch (KernelException e) {
        if (!isGone(e)) {
          throw e;
        }
      }
    }
  }

  /** A group that was removed meanwhile: its files answer ENODEV while they are open. */
  private static boolean isGone(KernelException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV;
  }

  /** This group and all in it, parents first. */
  private List<String> all() throws IOException {
    var all = new ArrayList<String>();
    all.add(directory);
    for (int i = 0; i < all.size(); i++) {
      String group = all.get(i);
      List<String> names;
      try {
        names = files.groups(group);
      } catch (NoSuchFileException e) {
        continue;
      }
      for (String name : names) {
        all.add(group + "/" + name);
      }
    }
    return all;
  }
}
