package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/**
 * A file or tree of the host that a sandbox has in its own root, with all that is mounted beneath
 * it.
 *
 * @param source where it is on the host: absolute, without symbolic links; one that is found there
 *     at the start fails the launch
 * @param inside where it is in the sandbox: absolute and normal
 * @param writable whether it may be changed there; what is bound beneath it decides for itself
 * @param executable whether programs in it may run
 * @param overlay whether changes stay in the sandbox, in a file system in memory over the source
 *     (overlayfs), which must be a directory with nothing mounted beneath it and is never changed
 */
public record BindMount(
    Path source, Path inside, boolean writable, boolean executable, boolean overlay) {
  /**
   * A bind.
   *
   * @throws IllegalArgumentException if a path is not absolute and normal, if the root directory
   *     would be bound, which is what {@link RootFilesystem#host} is for, or if it is an overlay
   *     that is not writable
   */
  public BindMount {
    require(source);
    require(inside);
    if (inside.getNameCount() == 0) {
      throw new IllegalArgumentException("nothing can be bound to the root directory: " + source);
    }
    if (overlay && !writable) {
      throw new IllegalArgumentException("an overlay is there to be written to: " + source);
    }
  }

  /** One that is no overlay. */
  public BindMount(Path source, Path inside, boolean writable, boolean executable) {
    this(source, inside, writable, executable, false);
  }

  /** With programs in it that may run. */
  public BindMount(Path source, Path inside, boolean writable) {
    this(source, inside, writable, true);
  }

  /** {@return this bind with programs in it that may run, or not} */
  public BindMount withExecutable(boolean value) {
    return new BindMount(source, inside, writable, value, overlay);
  }

  /** {@return a bind that cannot be changed} */
  public static BindMount readOnly(Path source, Path inside) {
    return new BindMount(source, inside, false);
  }

  /** {@return a bind that can be changed} */
  public static BindMount writable(Path source, Path inside) {
    return new BindMount(source, inside, true);
  }

  /**
   * {@return a directory that can be changed, while the source stays as it is} Linux 5.11; what the
   * kernel does not take for the lower layer of an overlay fails the launch.
   */
  public static BindMount overlay(Path source, Path inside) {
    return new BindMount(source, inside, true, true, true);
  }

  /** {@return whether names and files of the host can be changed by way of it} */
  boolean changesHost() {
    return writable && !overlay;
  }

  /**
   * {@return whether devices work on it: only on what is bound into {@code /dev}, by somebody who
   * means a device} Everywhere else a device that lies in the source cannot be opened.
   */
  public boolean devicesWork() {
    return inside.startsWith(SystemPaths.DEVICES) && !inside.startsWith(SystemPaths.SHARED_MEMORY);
  }

  /** {@return the attributes of its mount, as mount_setattr(2) takes them} */
  long attributes() {
    long attributes = Uapi.MOUNT_ATTR_NOSUID();
    if (!writable) {
      attributes |= Uapi.MOUNT_ATTR_RDONLY();
    }
    if (!executable) {
      attributes |= Uapi.MOUNT_ATTR_NOEXEC();
    }
    if (!devicesWork()) {
      attributes |= Uapi.MOUNT_ATTR_NODEV();
    }
    return attributes;
  }

  static void require(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())
        || !path.isAbsolute()
        || !path.normalize().equals(path)) {
      throw new IllegalArgumentException("not an absolute and normal path: " + path);
    }
  }

  // Generated ones are bootstrapped anew in every process, which takes longer than asking for them.
  @Override
  public boolean equals(Object other) {
    return other instanceof BindMount bind
        && source.equals(bind.source)
        && inside.equals(bind.inside)
        && writable == bind.writable
        && executable == bind.executable
        && overlay == bind.overlay;
  }

  @Override
  public int hashCode() {
    return 31 * source.hashCode() + inside.hashCode();
  }

  @Override
  public String toString() {
    return OsText.show(source)
        + (source.equals(inside) ? "" : ":" + OsText.show(inside))
        + (overlay ? ":overlay" : writable ? ":rw" : "")
        + (executable ? "" : ":noexec");
  }
}
