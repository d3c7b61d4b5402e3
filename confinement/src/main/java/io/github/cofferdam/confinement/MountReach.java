package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.bindings.MountInfo.Mount;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a rule of Landlock reaches that does not lie beneath the path that it was made for. A rule
 * is on a directory, not on a path: the kernel goes up from a file, over mount points, and looks
 * whether it meets the directory. So it meets it by all names that mounts give the directory, and
 * beneath one there may be something else than beneath another:
 *
 * <pre>
 *   /data           granted, and bound at /other
 *   /other/more     a file system that is mounted there: reached, though not beneath /data
 *   /data/mine      a file system that is mounted there, over what /other/mine still shows: reached
 * </pre>
 *
 * @param granted where the rule is
 * @param name another name of that
 * @param place what is reached beneath the name
 */
record MountReach(Path granted, Path name, Path place) {

  /**
   * {@return all of that}
   *
   * @param granted a directory, absolute and real
   */
  static List<MountReach> of(MountInfo mounts, Path granted) {
    var reached = new ArrayList<MountReach>();
    for (Path name : mounts.otherNames(granted)) {
      for (Mount mount : mounts.within(name)) {
        Path same = granted.resolve(name.relativize(mount.point()));
        Optional<Mount> there = mounts.on(same).filter(own -> own.point().equals(same));
        if (there.isEmpty()
            || !there.get().device().equals(mount.device())
            || !there.get().root().equals(mount.root())) {
          reached.add(new MountReach(granted, name, mount.point()));
        }
      }
      for (Mount mount : mounts.within(granted)) {
        Path same = name.resolve(granted.relativize(mount.point()));
        if (mounts.on(same).equals(mounts.on(name))
            && Files.exists(same, LinkOption.NOFOLLOW_LINKS)) {
          reached.add(new MountReach(granted, name, same));
        }
      }
    }
    return reached;
  }
}
