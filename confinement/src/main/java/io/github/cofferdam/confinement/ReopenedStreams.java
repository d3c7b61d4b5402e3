package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.namespaces.BindMount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a command gains when it opens a standard stream again, by its name in {@code /proc/self/fd}:
 * that leads through the host's mounts, not those of a root of its own, which are what keeps a path
 * closed, or read-only, that lies beneath a writable one. Landlock does not: its rules hold for all
 * that lies beneath a directory, by whatever name the directory was reached.
 */
final class ReopenedStreams {
  private final FileGrants files;
  private final HostMounts mounts = new HostMounts();

  /** For a command whose mounts keep what these grants say. */
  ReopenedStreams(FileGrants files) {
    this.files = files;
  }

  /** {@return whether what was open for reading can be written, although the policy says no} */
  boolean canBeWritten(StandardStream stream) throws Refusal {
    return stream.access() == StandardStream.Access.READING
        && stream.isFileOrNamedPipe()
        && isWritable(stream.path().orElseThrow());
  }

  /** {@return whether what was open for writing can be read, although the policy blocks it} */
  boolean canBeRead(StandardStream stream) throws Refusal {
    return stream.access() == StandardStream.Access.WRITING
        && stream.isFileOrNamedPipe()
        && isClosed(stream.path().orElseThrow());
  }

  private boolean isWritable(Path path) throws Refusal {
    if (!files.restricted()) {
      return isClosed(path);
    }
    if (files.grantsWriting(path)) {
      return false;
    }
    if (files.mayWrite(path)) {
      return true;
    }
    for (Path granted : writable()) {
      for (Path other : mounts.get().otherPlaces(granted)) {
        if (path.startsWith(other)) {
          return !isToBeWritten(granted.resolve(other.relativize(path)), path);
        }
      }
    }
    return false;
  }

  private List<Path> writable() {
    List<Path> writable = new ArrayList<>(files.readWrite());
    for (BindMount bind : files.binds()) {
      if (bind.writable()) {
        writable.add(bind.source());
      }
    }
    return writable;
  }

  /** Whether the policy lets a file be written by another name. */
  private boolean isToBeWritten(Path name, Path file) throws Refusal {
    try {
      Optional<FileStatus> one = FileStatus.of(name);
      Optional<FileStatus> other = FileStatus.of(file);
      return one.isPresent()
          && other.isPresent()
          && one.get().sameFile(other.get())
          && files.grantsWriting(name);
    } catch (KernelException e) {
      throw new Refusal(e);
    }
  }

  /** Whether only a cover keeps the command from it. What is granted nowhere, Landlock refuses. */
  private boolean isClosed(Path path) throws Refusal {
    List<Path> covered = files.carvedOut();
    if (covered.isEmpty()) {
      return false;
    }
    if (isBeneath(path, covered)) {
      return files.rules().isBlocked(path);
    }
    for (Path other : mounts.get().otherPlaces(path)) {
      if (isBeneath(other, covered) && files.rules().isBlocked(other)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isBeneath(Path path, List<Path> tops) {
    return tops.stream().anyMatch(path::startsWith);
  }
}
