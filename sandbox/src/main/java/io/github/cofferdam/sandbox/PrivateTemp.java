package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A directory for one run's temporary files, which only its user may enter. It is removed when the
 * run has ended, or when this virtual machine shuts down in order; a virtual machine that is killed
 * leaves it behind.
 *
 * <p>It is held by descriptors from the beginning. This process is not confined: were it to remove
 * by path what a command has made, another command that may write there could lead it anywhere.
 */
final class PrivateTemp implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final Set<PrivateTemp> OPEN = ConcurrentHashMap.newKeySet();
  private static final int ATTEMPTS = 100;

  private final Path path;
  private final Directory parent;
  private final Directory directory;

  private PrivateTemp(Path path, Directory parent, Directory directory) {
    this.path = path;
    this.parent = parent;
    this.directory = directory;
  }

  static PrivateTemp create() throws IOException {
    Path where = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    Directory parent = Directory.open(where);
    try {
      String name = null;
      Directory directory = null;
      for (int attempt = 1; directory == null; attempt++) {
        // Anyone may guess the name: what counts is that mkdir fails where something is there
        // already.
        name =
            "cofferdam-"
                + ProcessHandle.current().pid()
                + "-"
                + Long.toHexString(System.nanoTime())
                + "-"
                + COUNTER.incrementAndGet();
        directory = make(parent, name, attempt == ATTEMPTS);
      }
      var temp = new PrivateTemp(where.resolve(name), parent, directory);
      ShutdownHook.ensure();
      OPEN.add(temp);
      return temp;
    } catch (IOException | RuntimeException e) {
      parent.close();
      throw e;
    }
  }

  /** Null if the name is taken. */
  private static @Nullable Directory make(Directory parent, String name, boolean last)
      throws IOException {
    try {
      return parent.make(name);
    } catch (KernelException e) {
      if (e.errno() == Errno.EEXIST && !last) {
        return null;
      }
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /**
   * Removes the directory with all that is in it. The command's tree has ended by now.
   *
   * @throws IOException if something is left, because others have moved it, or keep writing to it
   */
  @Override
  public void close() throws IOException {
    if (!OPEN.remove(this)) {
      return;
    }
    try (parent;
        directory) {
      parent.deleteTree(path.getFileName().toString(), directory);
    }
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
