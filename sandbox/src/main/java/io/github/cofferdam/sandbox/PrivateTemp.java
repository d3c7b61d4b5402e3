package io.github.cofferdam.sandbox;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A directory for one run's temporary files, which only its user may enter. It is removed when the run has ended, or when
 * this virtual machine shuts down in order; a virtual machine that is killed leaves it behind.
 */
final class PrivateTemp implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final Set<PrivateTemp> OPEN = ConcurrentHashMap.newKeySet();
  private static final int ATTEMPTS = 100;

  private final Path path;

  private PrivateTemp(Path path) {
    this.path = path;
  }

  static PrivateTemp create() throws IOException {
    Path parent = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    for (int attempt = 1; ; attempt++) {
      // Anyone may guess the name: what counts is that mkdir fails where something is there already.
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

  /** Removes the directory with all that is in it, without following links. The command's tree has ended by now. */
  @Override
  public void close() throws IOException {
    if (!OPEN.remove(this)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            // The command may have taken our own right to list what it made.
            Files.setPosixFilePermissions(
                directory, PosixFilePermissions.fromString("rwx------"));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            // A directory that cannot be listed is tried again with the right to.
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
              Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
              Files.walkFileTree(file, this);
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
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
