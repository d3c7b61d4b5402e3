package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A directory for one run's temporary files, which only its user may enter. It is removed when the
 * run has ended, or when this virtual machine shuts down in order; a virtual machine that is killed
 * leaves it behind.
 */
final class PrivateTemp implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final Set<PrivateTemp> OPEN = ConcurrentHashMap.newKeySet();
  private static final int ATTEMPTS = 100;

  /**
   * Characters, which may be three bytes each, and another name may follow: the kernel takes paths
   * of 4095 bytes.
   */
  private static final int LONG_PATH = 1000;

  private final Path path;

  private PrivateTemp(Path path) {
    this.path = path;
  }

  static PrivateTemp create() throws IOException {
    Path parent = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    for (int attempt = 1; ; attempt++) {
      // Anyone may guess the name: what counts is that mkdir fails where something is there
      // already.
      Path path =
          parent.resolve(
              "cofferdam-"
                  + ProcessHandle.current().pid()
                  + "-"
                  + Long.toHexString(System.nanoTime())
                  + "-"
                  + COUNTER.incrementAndGet());
      try {
        Files.createDirectory(path, owner);
        var temp = new PrivateTemp(path);
        ShutdownHook.ensure();
        OPEN.add(temp);
        return temp;
      } catch (FileAlreadyExistsException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  Path path() {
    return path;
  }

  /**
   * Removes the directory with all that is in it, without following links. The command's tree has
   * ended by now.
   *
   * <p>A command may nest directories deeper than a path can say, and than there are descriptors to
   * walk them. So only one is open at a time, and what gets too deep is moved up to the top.
   */
  @Override
  public void close() throws IOException {
    if (!OPEN.remove(this)) {
      return;
    }
    try {
      Files.delete(path);
      return;
    } catch (DirectoryNotEmptyException e) {
      // Most runs leave nothing; this one did.
    }
    var directories = new ArrayDeque<Path>();
    directories.push(path);
    long moved = 0;
    while (!directories.isEmpty()) {
      Path directory = directories.getFirst();
      open(directory);
      boolean empty = true;
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        for (Path entry : entries) {
          if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(entry);
            continue;
          }
          Path next = entry;
          if (entry.toString().length() > LONG_PATH) {
            do {
              next = path.resolve(Long.toString(moved++));
            } while (Files.exists(next, LinkOption.NOFOLLOW_LINKS));
            open(entry);
            Files.move(entry, next, StandardCopyOption.ATOMIC_MOVE);
          }
          directories.push(next);
          empty = false;
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
      // Otherwise it comes again when what was in it is gone.
      if (empty) {
        directories.pop();
        Files.delete(directory);
      }
    }
  }

  /** The command may have taken our own right to list what it made. */
  private static void open(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /** Registered with the first directory, so that runs without one do not pay for it. */
  private static final class ShutdownHook {
    static {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(ShutdownHook::removeAll, "cofferdam-cleanup"));
    }

    private ShutdownHook() {}

    static void ensure() {}

    private static void removeAll() {
      for (PrivateTemp temp : OPEN) {
        try {
          temp.close();
        } catch (IOException e) {
          System.getLogger(PrivateTemp.class.getName())
              .log(System.Logger.Level.WARNING, "cannot remove " + temp.path, e);
        }
      }
    }
  }
}
