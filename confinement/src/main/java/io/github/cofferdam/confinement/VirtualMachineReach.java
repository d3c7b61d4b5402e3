package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which of the files that this virtual machine runs from a policy lets the command of one run
 * change.
 */
public final class VirtualMachineReach {
  private final Policy policy;

  /** What this machine runs from as this run begins, once something needed to know it. */
  private @Nullable VirtualMachineFiles machine;

  /** What a policy lets a command change of it. */
  public VirtualMachineReach(Policy policy) {
    this.policy = policy;
  }

  /**
   * {@return the grants for a root of the command's own, in which what this virtual machine runs
   * from may be read only, since the most specific path decides}
   */
  public FileGrants covered(FileGrants files) throws Refusal {
    if (policy.enforcement().of(Protection.VIRTUAL_MACHINE) == Requirement.OFF) {
      return files;
    }
    var read = new ArrayList<>(files.read());
    var readExecute = new ArrayList<>(files.readExecute());
    FileGrants narrowed = files;
    for (Path file : within(files)) {
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
              files.overlay(),
              files.blocked(),
              files.binds(),
              files.links(),
              files.terminal(),
              files.missing(),
              files.unmade(),
              files.streams(),
              files.sockets(),
              files.warnings());
    }
    return narrowed;
  }

  /**
   * {@return what the command may change of what this virtual machine runs from, and what to do;
   * empty if nothing}
   *
   * @param ownRoot whether the command has a root of its own
   * @param mounts asked without such a root, if something may be written
   */
  Optional<String> gap(FileGrants files, boolean ownRoot, HostMounts mounts) throws Refusal {
    if (policy.enforcement().of(Protection.VIRTUAL_MACHINE) == Requirement.OFF) {
      return Optional.empty();
    }
    List<Path> writable = writable(files);
    if (writable.isEmpty()) {
      return Optional.empty();
    }
    for (Path file : within(files)) {
      if (files.grantsWriting(file) && !(ownRoot && isReplaced(files, file))) {
        return Optional.of(changeable(file, ownRoot));
      }
    }
    if (!ownRoot) {
      Optional<Path> other = firstByOtherName(writable, mounts);
      if (other.isPresent()) {
        return Optional.of(changeable(other.get(), false));
      }
    }
    try {
      return machine().linkedInto(writable).map(VirtualMachineReach::linked);
    } catch (KernelException e) {
      throw new Refusal(e);
    }
  }

  /** What Landlock lets be written in a directory, it does by all names of the directory. */
  private Optional<Path> firstByOtherName(List<Path> writable, HostMounts mounts) throws Refusal {
    for (Path granted : writable) {
      for (Path name : mounts.get().otherPlaces(granted)) {
        List<Path> within = within(name);
        if (!within.isEmpty()) {
          return Optional.of(within.getFirst());
        }
      }
    }
    return Optional.empty();
  }

  private static String changeable(Path file, boolean ownRoot) {
    if (VirtualMachineFiles.isUncoverable(file)) {
      return "this virtual machine looks for code in "
          + file
          + (Files.isSymbolicLink(file)
              ? ", a link that the command may change"
              : ", which is not there and the command may make")
          + "; write somewhere else (another workspace), take it out of the class path or library"
          + " path, or allow it: virtual_machine = \"prefer\" in [enforcement]";
    }
    boolean counters = file.toString().contains("/hsperfdata_");
    return "this virtual machine runs from "
        + file
        + ", which the command may change; write somewhere else (another workspace)"
        + (ownRoot ? "" : ", use isolation = namespace, where it is mounted read-only")
        + (counters ? ", start Java with -XX:-UsePerfData" : "")
        + ", or allow it: virtual_machine = \"prefer\" in [enforcement]";
  }

  private static String linked(Path file) {
    return "this virtual machine runs from "
        + file
        + ", which has more names than that (find / -samefile "
        + file
        + " lists them; perf makes such in ~/.debug), and the others may lie where the command may"
        + " write;"
        + " put a copy that has one name (cp) in its place, write on another file system, or allow"
        + " it: virtual_machine = \"prefer\" in [enforcement]";
  }

  /** Those at or beneath writable grants, and around them; the outermost first. */
  private List<Path> within(FileGrants files) throws Refusal {
    var found = new ArrayList<Path>();
    for (Path granted : writable(files)) {
      for (Path file : within(granted)) {
        found.add(granted.startsWith(file) ? granted : file);
      }
    }
    found.sort(Comparator.comparingInt(Path::getNameCount));
    return found;
  }

  private List<Path> within(Path granted) throws Refusal {
    VirtualMachineFiles known = machine();
    try {
      return known.within(granted);
    } catch (KernelException e) {
      throw new Refusal(e);
    }
  }

  private VirtualMachineFiles machine() throws Refusal {
    VirtualMachineFiles known = machine;
    if (known == null) {
      known = VirtualMachineFiles.now();
      machine = known;
    }
    return known;
  }

  private List<Path> writable(FileGrants files) {
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
    return (file.startsWith(PrivateRoot.TMP) || file.startsWith(OwnRoot.DEV))
        && files.rules().deciding(file).filter(PathFinder.ROOT::equals).isPresent()
        && files.binds().stream().noneMatch(bind -> file.startsWith(bind.source()));
  }
}
