package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.confinement.LinkedWays;
import io.github.cofferdam.confinement.PathFinder;
import io.github.cofferdam.confinement.PathLinks;
import io.github.cofferdam.launcher.Stdio;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The files that a command's standard streams are redirected to. This process opens them, with all
 * its rights, and closes its own copies when the command has started.
 *
 * <p>Where the command may write, a run before it may have put a link in place of the file, or of a
 * directory above it, or a FIFO whose opening waits for ever; another one may do so at any moment.
 */
final class RedirectFiles implements AutoCloseable {
  private static final int OPENAT = Syscall.number("openat");
  private static final int FCNTL = Syscall.number("fcntl");

  /** Less the umask, as for every file that a program makes. */
  private static final int MODE = 0666;

  /** Links in it are the kernel's: they lead to what is open, whatever they look like. */
  private static final Path PROC = Path.of("/proc");

  private final List<Fd> open = new ArrayList<>();

  /**
   * Opens what a redirect names.
   *
   * @param stream whose redirect it is, for messages
   * @param grants what the command may write
   * @throws FileNotFoundException if it cannot be opened, in the words of the JDK's streams
   * @throws RefusedException if a command could have put there what it leads to
   */
  Stdio open(String stream, Redirect redirect, FileGrants grants) throws IOException {
    return switch (redirect.type()) {
      case PIPE -> Stdio.pipe();
      case INHERIT -> Stdio.inherit();
      case READ -> open(stream, redirect, grants, Uapi.O_RDONLY());
      case WRITE ->
          open(stream, redirect, grants, Uapi.O_WRONLY() | Uapi.O_CREAT() | Uapi.O_TRUNC());
      case APPEND ->
          open(stream, redirect, grants, Uapi.O_WRONLY() | Uapi.O_CREAT() | Uapi.O_APPEND());
    };
  }

  private Stdio open(String stream, Redirect redirect, FileGrants grants, int flags)
      throws IOException {
    File file = Objects.requireNonNull(redirect.file());
    if (file.getPath().indexOf('\0') >= 0) {
      throw new FileNotFoundException("Invalid file path");
    }
    if (file.getPath().isEmpty()) {
      throw notFound(file, Errno.ENOENT);
    }
    try {
      Optional<Path> within = within(stream, file, grants);
      Fd fd = within.isPresent() ? openWithin(stream, within.get(), flags) : openNamed(file, flags);
      open.add(fd);
      // What is open for writing is none.
      if (FileStatus.of(fd).isDirectory()) {
        throw notFound(file, Errno.EISDIR);
      }
      return Stdio.to(fd);
    } catch (KernelException e) {
      FileNotFoundException named = notFound(file, e.errno());
      named.initCause(e);
      throw named;
    }
  }

  /** In the words of the JDK's streams, which ProcessBuilder opens. */
  private static FileNotFoundException notFound(File file, Errno why) {
    return new FileNotFoundException(file + " (" + why.text() + ")");
  }

  /** Opens what a command is to read. */
  Stdio holding(byte[] content) throws KernelException {
    Fd fd = InputMemory.of(content);
    open.add(fd);
    return Stdio.to(fd);
  }

  /** Where a file is, without links, if that is where the command may write. */
  private static Optional<Path> within(String stream, File file, FileGrants grants)
      throws IOException {
    Path named = OsText.path(file.getPath());
    Path way = named.isAbsolute() ? named : WorkingDirectory.path().resolve(named);
    Map<Path, String> links = new LinkedHashMap<>();
    PathLinks.collect(way, links);
    if (links.isEmpty()) {
      return Optional.of(way.normalize()).filter(grants::mayWrite);
    }
    boolean kernels = links.keySet().stream().anyMatch(link -> link.startsWith(PROC));
    Path real = kernels ? PROC : end(way);
    new LinkedWays(grants).refuseElsewhere(stream, named, links, real);
    return kernels ? Optional.empty() : Optional.of(real).filter(grants::mayWrite);
  }

  private static Path end(Path way) {
    return switch (PathFinder.find(way)) {
      case PathFinder.Found(Path real) -> real;
      case PathFinder.Missing(Path where) -> where;
      // Whoever opens it is told why that cannot be.
      case PathFinder.Hidden hidden -> way.normalize();
      case PathFinder.Unknown unknown -> way.normalize();
    };
  }

  /** By descriptors, on which nobody can put a link. */
  private static Fd openWithin(String stream, Path real, int flags) throws IOException {
    Path parent = real.getParent();
    if (parent == null) {
      throw new RefusedException(stream + ": / is no file");
    }
    String name = OsText.of(real.getFileName());
    try (Directory directory = Directory.openReal(parent)) {
      Optional<FileStatus> before = directory.look(name);
      if (before.isPresent()) {
        refuseFifo(stream, real, before.get());
      }
      Fd fd = directory.openFile(name, flags | Uapi.O_NONBLOCK() | Uapi.O_NOCTTY(), MODE);
      try {
        refuseFifo(stream, real, FileStatus.of(fd));
        // As it would have been opened otherwise.
        Syscall.check(
            Syscall.call(FCNTL, fd.number(), Uapi.F_SETFL(), flags & Uapi.O_APPEND()),
            "fcntl",
            "set the flags of " + real);
        return fd;
      } catch (IOException e) {
        fd.close();
        throw e;
      }
    }
  }

  private static void refuseFifo(String stream, Path real, FileStatus status)
      throws RefusedException {
    if (status.isFifo()) {
      throw new RefusedException(
          stream
              + ": "
              + OsText.show(real)
              + " is a named pipe and lies where the command may write: opening it would wait for"
              + " somebody who opens the other end; put it somewhere else, or hand over an open"
              + " descriptor (SandboxCommand, Stdio.to)");
    }
  }

  private static Fd openNamed(File file, int flags) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      return Fd.owning(
          Syscall.call(
              OPENAT,
              Uapi.AT_FDCWD(),
              OsText.allocate(arena, file.getPath()).address(),
              flags | Uapi.O_CLOEXEC(),
              MODE),
          "openat",
          "open " + file);
    }
  }

  @Override
  public void close() {
    open.forEach(Fd::close);
  }
}
