package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.namespaces.RootPlan;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Protection;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Files: a root of the command's own where it has one, and Landlock's rules. */
final class FileWall implements Wall {
  /**
   * Handled and granted on everything where files are not restricted: from version 1 on every layer
   * handles a right on files, and any layer denies REFER that does not grant it.
   */
  private static final Set<FsRight> UNRESTRICTED = EnumSet.of(FsRight.MAKE_BLOCK, FsRight.REFER);

  @Override
  public Set<Protection> protections() {
    return EnumSet.of(
        Protection.FILESYSTEM,
        Protection.PROTECTED_NAMES,
        Protection.TRUNCATE,
        Protection.METADATA,
        Protection.DEVICE_IOCTL,
        Protection.VIRTUAL_MACHINE);
  }

  // ---------------------------------------------------------------- what it builds

  /** {@return what the command will see of the file system}, if it has mounts of its own */
  static RootFilesystem root(Terms terms) {
    if (terms.root() != null) {
      return terms.root().root(terms.policy().filesystem(), terms.limits().disk());
    }
    RootFilesystem.Builder unchanged = RootFilesystem.unchanged();
    if (terms.wanted(Protection.FILESYSTEM)) {
      for (Path path : terms.files().carvedOut()) {
        unchanged.block(path);
      }
    }
    return unchanged.build();
  }

  @Override
  public void build(Layers layers) {
    Terms terms = layers.terms();
    if (!terms.restrictsFiles()) {
      // Whoever is in a layer, whatever it restricts, cannot open the memory of those outside.
      EnumSet<FsRight> handled = EnumSet.copyOf(UNRESTRICTED);
      if (terms.listsUnixSockets()) {
        handled.add(FsRight.RESOLVE_UNIX);
      }
      layers.ruleset().handle(handled).grant(UNRESTRICTED, PathFinder.ROOT);
    } else {
      layers.ruleset().handle(handled(terms));
      if (terms.root() != null) {
        terms.root().grant(layers.ruleset());
      } else {
        LandlockGrants.add(layers);
        LandlockGrants.noteReadOnlyInWritable(layers);
        terms.files().rules().openInBlocked().forEach(layers.ruleset()::unblock);
        layers.carve(terms.files().blocked());
      }
    }
    layers.filter(
        layers
            .filter()
            .fileWatches(terms.ownNamespaces() || !hidesFiles(terms))
            .metadataChanges(!deniesMetadataChanges(terms)));
  }

  /** Connecting to Unix sockets is another wall's: where none may be made, seccomp refuses them. */
  private static Set<FsRight> handled(Terms terms) {
    EnumSet<FsRight> rights = EnumSet.allOf(FsRight.class);
    if (!terms.listsUnixSockets()) {
      rights.remove(FsRight.RESOLVE_UNIX);
    }
    if (!terms.wanted(Protection.TRUNCATE)) {
      rights.remove(FsRight.TRUNCATE);
    }
    if (!terms.wanted(Protection.DEVICE_IOCTL)) {
      rights.remove(FsRight.IOCTL_DEV);
    }
    return rights;
  }

  /** Whether there are directories whose names the command is not to learn: inotify tells them. */
  private static boolean hidesFiles(Terms terms) {
    Filesystem files = terms.policy().filesystem();
    return terms.wanted(Protection.FILESYSTEM)
        && !(files.blocked().isEmpty()
            && files.readOnly().isEmpty()
            && files.readExecute().isEmpty());
  }

  /**
   * A filter cannot tell files apart: changes of modes, owners and times can only be refused for
   * all files. That suits the mode in which the command has nothing to write but its temporary
   * files.
   */
  private static boolean deniesMetadataChanges(Terms terms) {
    return terms.policy().mode() == Mode.READONLY
        && terms.policy().filesystem().readWrite().isEmpty()
        && terms.policy().isolation() == Isolation.BASIC
        && terms.wanted(Protection.METADATA);
  }

  // ---------------------------------------------------------------- what it claims

  @Override
  public List<Claim> claims(Built built) throws Refusal {
    Terms terms = built.terms();
    if (terms.restrictsFiles()) {
      return List.of(
          files(built),
          protectedNames(built),
          truncation(built),
          devices(built),
          metadata(built),
          virtualMachine(built));
    }
    // All these are walls around files; without that one there is nothing that they hold to.
    String why =
        terms.files().restricted() ? "filesystem is off in the policy" : "mode full-access";
    return List.of(
        files(built),
        Claim.notAsked(Protection.PROTECTED_NAMES, why),
        Claim.notAsked(Protection.TRUNCATE, why),
        Claim.notAsked(Protection.DEVICE_IOCTL, why),
        Claim.notAsked(Protection.METADATA, why),
        Claim.notAsked(Protection.VIRTUAL_MACHINE, why));
  }

  private static Claim files(Built built) throws Refusal {
    Terms terms = built.terms();
    FileGrants files = terms.files();
    Optional<Cause> open = terms.ownNamespaces() ? uncovered(built) : beyondLandlock(built);
    if (open.isEmpty() && files.restricted()) {
      open =
          files
              .grantedStorage(terms.root() != null)
              .map(device -> new Cause.StorageGranted(device.toString()));
    }
    if (open.isPresent()) {
      return Claim.partial(Protection.FILESYSTEM, open.get());
    }
    if (!files.restricted()) {
      return Claim.notAsked(Protection.FILESYSTEM, "mode full-access");
    }
    if (terms.root() != null) {
      return root(built, files);
    }
    if (!built.hasDomain()) {
      return Claim.missing(Protection.FILESYSTEM, new Cause.NoLandlock(true));
    }
    if (!built.landlock().has(FsRight.REFER)) {
      return Claim.partial(Protection.FILESYSTEM, new Cause.RenamesRefused());
    }
    var words = new StringBuilder("Landlock ").append(built.landlock().version());
    words.append(inMemory(files, "by the dynamic loader, and as a copy in memory"));
    built.layer().warnings().forEach(cost -> words.append("; ").append(cost));
    return Claim.enforced(Protection.FILESYSTEM, Means.LANDLOCK, words.toString());
  }

  /** Mounts know of reading and writing; only Landlock keeps what may be read from running. */
  private static Claim root(Built built, FileGrants files) {
    requireOverlays(built);
    return built.hasDomain()
        ? Claim.enforced(
            Protection.FILESYSTEM,
            Means.MOUNTS,
            "a root of its own, and Landlock" + inMemory(files, "as a copy in memory"))
        : Claim.partial(
            Protection.FILESYSTEM,
            new Cause.RootWithoutLandlock(!files.readExecute().contains(PathFinder.ROOT)));
  }

  /** One that lies in another is a part of it. */
  private static void requireOverlays(Built built) {
    PrivateRoot root = built.terms().root();
    List<BindMount> made = built.root().overlays();
    for (Path path : root == null ? List.<Path>of() : root.overlays()) {
      if (made.stream().noneMatch(overlay -> path.startsWith(overlay.inside()))) {
        throw new IllegalStateException(path + " is not mounted as an overlay");
      }
    }
  }

  /** How a program runs that the policy lets be read, but not executed. */
  private static String inMemory(FileGrants files, String how) {
    PathRules rules = files.rules();
    return rules.granted().stream().allMatch(rules::isExecutable)
        ? ""
        : "; what may not be executed can still be run " + how;
  }

  /** What keeps a blocked path from being closed by mounts. */
  private static Optional<Cause> uncovered(Built built) {
    FileGrants files = built.terms().files();
    RootPlan made = built.root();
    if (!built.terms().wanted(Protection.FILESYSTEM)) {
      return Optional.empty();
    }
    for (Path path : files.blocked()) {
      @Nullable String reason = made.open().get(path);
      if (reason != null) {
        return Optional.of(new Cause.PathNotCovered(path.toString(), reason));
      }
    }
    for (Path path : files.carvedOut()) {
      // What is not there cannot be covered, and matters only where the command could make it.
      if (!made.closed().contains(path) && files.mayWrite(path) && !liesInClosed(path, made)) {
        return Optional.of(
            new Cause.PathMayAppear(
                "the blocked path " + path + " does not exist, and the command may create it"));
      }
    }
    return Optional.empty();
  }

  private static boolean liesInClosed(Path path, RootPlan made) {
    return made.closed().stream().anyMatch(path::startsWith);
  }

  /** What of the policy's paths Landlock alone cannot keep. */
  private static Optional<Cause> beyondLandlock(Built built) throws Refusal {
    FileGrants files = built.terms().files();
    if (!files.restricted() && !files.blocked().isEmpty()) {
      return Optional.of(
          new Cause.PathBeyondLandlock(
              "the blocked path "
                  + files.blocked().getFirst()
                  + " lies beneath a path that may be used: Landlock alone cannot take it out of"
                  + " what is granted; isolation = namespace can"));
    }
    var beyond = new LinkedHashMap<>(built.beyondLandlock());
    OtherNames.addTo(beyond, built);
    return beyond.values().stream().findFirst().map(Cause.PathBeyondLandlock::new);
  }

  /** What may be written is asked for what lies in it, and would lie in it. */
  private static Claim protectedNames(Built built) {
    FileGrants files = built.terms().files();
    PathRules rules = files.rules();
    boolean any = rules.granted().stream().anyMatch(path -> rules.writableAbove(path).isPresent());
    if (!any && files.unmade().isEmpty()) {
      return Claim.notAsked(
          Protection.PROTECTED_NAMES, "all that lies in what may be written may be written");
    }
    if (any && built.terms().root() == null) {
      return Claim.missing(
          Protection.PROTECTED_NAMES,
          new Cause.PathBeyondLandlock(
              "Landlock alone cannot keep what lies in a writable path from being written"));
    }
    if (!files.unmade().isEmpty()) {
      return Claim.partial(
          Protection.PROTECTED_NAMES,
          new Cause.PathMayAppear(
              (any ? "read-only mounts; but " : "")
                  + "not there when the run began, so that the command can make them: "
                  + files.unmade().stream().map(OsText::show).collect(Collectors.joining(", "))));
    }
    return Claim.enforced(Protection.PROTECTED_NAMES, Means.MOUNTS, "read-only mounts");
  }

  private static Claim truncation(Built built) {
    return built.terms().root() == null
        ? built.byLandlock(Protection.TRUNCATE, FsRight.TRUNCATE, "Landlock")
        : Claim.enforced(Protection.TRUNCATE, Means.MOUNTS, "read-only mounts");
  }

  /**
   * In a root of the command's own there is no device outside {@code /dev}, where it has those that
   * do no harm and terminals of its own; what else the policy grants there, only Landlock keeps
   * from taking commands.
   */
  private static Claim devices(Built built) {
    PrivateRoot root = built.terms().root();
    if (root == null) {
      return built.byLandlock(Protection.DEVICE_IOCTL, FsRight.IOCTL_DEV, "Landlock");
    }
    if (built.has(FsRight.IOCTL_DEV)) {
      return Claim.enforced(
          Protection.DEVICE_IOCTL,
          Means.MOUNTS,
          "a /dev of its own, mounts without devices, and Landlock");
    }
    List<Path> granted = root.devices();
    if (granted.isEmpty()) {
      return Claim.enforced(
          Protection.DEVICE_IOCTL, Means.MOUNTS, "a /dev of its own, and mounts without devices");
    }
    Abi needed = FsRight.IOCTL_DEV.abi();
    return Claim.partial(
        Protection.DEVICE_IOCTL,
        new Cause.DeviceGranted(granted.getFirst().toString(), needed.version(), needed.linux()));
  }

  private static Claim metadata(Built built) {
    if (built.terms().root() != null) {
      return Claim.enforced(Protection.METADATA, Means.MOUNTS, "read-only mounts");
    }
    return built.filter().refusesMetadata()
        ? Claim.enforced(Protection.METADATA, Means.SECCOMP, "seccomp refuses all changes")
        : Claim.missing(Protection.METADATA, new Cause.MetadataUnseen());
  }

  private static Claim virtualMachine(Built built) {
    Terms terms = built.terms();
    if (terms.root() == null && !built.hasDomain()) {
      return Claim.missing(Protection.VIRTUAL_MACHINE, new Cause.NoLandlock(false));
    }
    if (terms.machineGap().isPresent()) {
      return Claim.partial(
          Protection.VIRTUAL_MACHINE, new Cause.VirtualMachineInReach(terms.machineGap().get()));
    }
    return Claim.enforced(
        Protection.VIRTUAL_MACHINE,
        Means.PLACE,
        terms.root() == null
            ? "nothing that it runs from lies where the command may write"
            : "what it runs from is not there, or read-only");
  }
}
