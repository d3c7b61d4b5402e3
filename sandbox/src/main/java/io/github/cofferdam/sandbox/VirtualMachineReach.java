package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.namespaces.BindMount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Which of the files that this virtual machine runs from a policy lets the command change. */
final class VirtualMachineReach {
  private VirtualMachineReach() {}

  /**
   * {@return the grants for a root of the command's own, in which what this virtual machine runs
   * from may be read only, since the most specific path decides}
   */
  static FileGrants covered(Policy policy, FileGrants files) throws RefusedException {
    if (policy.enforcement().of(Protection.VIRTUAL_MACHINE) == Requirement.OFF) {
      return files;
    }
    var read = new ArrayList<>(files.read());
    var readExecute = new ArrayList<>(files.readExecute());
    FileGrants narrowed = files;
    for (Path file : within(policy, files)) {
      // What covers a directory covers all in it; what is itself granted to be written stays so.
      if (files.readWrite().contains(file)
          || VirtualMachineFiles.isUncoverable(file)
          || !narrowed.grantsWriting(file)
          || isReplaced(narrowed, file)) {
        continue;
      }
      boolean executable = readExecute.stream().anyMatch(file::startsWith);
      (executable ? readExecute : read).add(file);
      narrowed =
          new FileGrants(
              files.restricted(),
              List.copyOf(read),
              List.copyOf(readExecute),
              files.readWrite(),
              files.blocked(),
              files.binds(),
              files.links(),
              files.terminal(),
              files.warnings());
    }
    return narrowed;
  }

  /**
   * {@return a file that this virtual machine runs from and the command may change}
   *
   * @param ownRoot whether the command has a root of its own
   * @param mounts asked without such a root, if something may be written
   */
  static Optional<Path> first(Policy policy, FileGrants files, boolean ownRoot, HostMounts mounts)
      throws RefusedException {
    for (Path file : within(policy, files)) {
      if (files.grantsWriting(file) && !(ownRoot && isReplaced(files, file))) {
        return Optional.of(file);
      }
    }
    return ownRoot ? Optional.empty() : firstByOtherName(policy, files, mounts);
  }

  /** What Landlock lets be written in a directory, it does by all names of the directory. */
  private static Optional<Path> firstByOtherName(Policy policy, FileGrants files, HostMounts mounts)
      throws RefusedException {
    for (Path granted : writable(policy, files)) {
      for (Path name : mounts.get().otherPlaces(granted)) {
        List<Path> within = within(name);
        if (!within.isEmpty()) {
          return Optional.of(within.getFirst());
        }
      }
    }
    return Optional.empty();
  }

  /** Those at or beneath writable grants, and around them; the outermost first. */
  private static List<Path> within(Policy policy, FileGrants files) throws RefusedException {
    var found = new ArrayList<Path>();
    for (Path granted : writable(policy, files)) {
      for (Path file : within(granted)) {
        found.add(granted.startsWith(file) ? granted : file);
      }
    }
    found.sort(Comparator.comparingInt(Path::getNameCount));
    return found;
  }

  private static List<Path> within(Path granted) throws RefusedException {
    try {
      return VirtualMachineFiles.current().within(granted);
    } catch (KernelException e) {
      throw new RefusedException(e);
    }
  }

  private static List<Path> writable(Policy policy, FileGrants files) {
    var writable = new ArrayList<Path>();
    for (BindMount bind : files.binds()) {
      if (bind.writable()) {
        writable.add(bind.source());
      }
    }
    if (policy.mode() != Mode.READONLY || !policy.filesystem().readWrite().isEmpty()) {
      writable.addAll(files.readWrite());
    }
    // Else there is only the run's own temporary directory, which has just been made.
    return writable;
  }

  /** Whether the command's own root has something else there. */
  private static boolean isReplaced(FileGrants files, Path file) {
    return (file.startsWith(PrivateRoot.TMP) || file.startsWith(PrivateRoot.DEV))
        && files.rules().deciding(file).filter(FileGrants.ROOT::equals).isPresent()
        && files.binds().stream().noneMatch(bind -> file.startsWith(bind.source()));
  }
}
