package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;

/**
 * A random tree with symbolic and hard links, and a random policy about it: what the kernel does on
 * a confined thread is what {@link LandlockLayer#explain} said, for every path and every right that
 * can be tried.
 */
final class ExplainCheck {
  private static final int OPENAT = Syscall.number("openat");
  private static final int CLOSE = Syscall.number("close");
  private static final int UNLINKAT = Syscall.number("unlinkat");
  private static final int MKNODAT = Syscall.number("mknodat");
  private static final int MKDIRAT = Syscall.number("mkdirat");
  private static final int SYMLINKAT = Syscall.number("symlinkat");
  private static final int LINKAT = Syscall.number("linkat");
  private static final int RENAMEAT2 = Syscall.number("renameat2");
  private static final int TRUNCATE = Syscall.number("truncate");

  private ExplainCheck() {}

  /** Something to try, and what is expected. */
  private record Attempt(String what, Explanation expected, Call call) {}

  /** A system call. */
  @FunctionalInterface
  private interface Call {
    long call(Arena arena);
  }

  static void run(long seed) throws Exception {
    LandlockSupport support = LandlockSupport.probe();
    assumeTrue(support.has(FsRight.REFER), support::toString);
    Path root = Files.createTempDirectory("cofferdam-explain").toRealPath();
    try {
      var tree = new Tree(root, new Random(seed));
      tree.grow();
      LandlockLayer layer = tree.policy(support).on(support);
      check(layer, tree.attempts(layer), seed);
      check(layer, List.of(tree.rename(layer)), seed);
    } finally {
      delete(root);
    }
  }

  private static void check(LandlockLayer layer, List<Attempt> attempts, long seed)
      throws Exception {
    var task =
        new FutureTask<>(() -> {
          layer.restrictThisThread();
          var differences = new ArrayList<String>();
          try (Arena arena = Arena.ofConfined()) {
            for (Attempt attempt : attempts) {
              long result = attempt.call().call(arena);
              boolean denied = result == -Errno.EACCES.number() || result == -Errno.EXDEV.number();
              if (denied == attempt.expected().allowed()) {
                differences.add(
                    attempt.what() + ": " + result + ", but " + attempt.expected() + "\n");
              }
            }
          }
          return differences;
        });
    Thread.ofPlatform().start(task);
    assertEquals(List.of(), task.get(), () -> "seed " + seed + "\n" + layer);
    assertTrue(layer.status() != LandlockLayer.Status.NONE);
  }

  private static void delete(Path root) throws IOException {
    try (var all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** One tree, and one policy about it. */
  private static final class Tree {
    private final Path root;
    private final Random random;
    private final List<Path> directories = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<Path> links = new ArrayList<>();
    private int names;

    Tree(Path root, Random random) {
      this.root = root;
      this.random = random;
      directories.add(root);
    }

    void grow() throws IOException {
      for (int i = 2 + random.nextInt(14); i > 0; i--) {
        Path name = any(directories).resolve("n" + names++);
        switch (random.nextInt(6)) {
          case 0, 1 -> directories.add(Files.createDirectory(name));
          case 2, 3 -> files.add(Files.writeString(name, "text"));
          case 4 -> links.add(Files.createSymbolicLink(name, any(all())));
          default -> {
            if (!files.isEmpty()) {
              files.add(Files.createLink(name, any(files)));
            }
          }
        }
      }
    }

    LandlockPolicy policy(LandlockSupport support) {
      EnumSet<FsRight> handled = some(support.abi().fsRights(), 0.8);
      handled.add(FsRight.READ_FILE);
      var builder = LandlockPolicy.builder().handle(handled);
      for (int i = random.nextInt(5); i > 0; i--) {
        EnumSet<FsRight> rights = some(handled, 0.5);
        Path path = any(all());
        if (!Files.isDirectory(path)) {
          rights.retainAll(FsRight.fileRights());
        }
        if (!rights.isEmpty()) {
          builder.grant(rights, path);
        }
      }
      return builder.build();
    }

    List<Attempt> attempts(LandlockLayer layer) throws IOException {
      var attempts = new ArrayList<Attempt>();
      for (Path path : all()) {
        if (Files.isDirectory(path)) {
          open(layer, attempts, path, FsRight.READ_DIR, Uapi.O_RDONLY());
        } else {
          open(layer, attempts, path, FsRight.READ_FILE, Uapi.O_RDONLY());
          open(layer, attempts, path, FsRight.WRITE_FILE, Uapi.O_WRONLY());
          add(
              layer,
              attempts,
              path,
              FsRight.TRUNCATE,
              arena -> Syscall.call(TRUNCATE, text(arena, path), 4));
        }
        if (path.equals(root)) {
          continue;
        }
        // These fail after the question of rights: a directory is no file, and a file none.
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          add(layer, attempts, path, FsRight.REMOVE_FILE, arena -> remove(arena, path, 0));
        } else {
          add(
              layer,
              attempts,
              path,
              FsRight.REMOVE_DIR,
              arena -> remove(arena, path, Uapi.AT_REMOVEDIR()));
        }
      }
      for (Path directory : directories) {
        make(layer, attempts, directory, FsRight.MAKE_REG, Uapi.S_IFREG());
        make(layer, attempts, directory, FsRight.MAKE_FIFO, Uapi.S_IFIFO());
        make(layer, attempts, directory, FsRight.MAKE_SOCK, Uapi.S_IFSOCK());
        Path made = fresh(directory);
        add(layer, attempts, made, FsRight.MAKE_DIR, arena -> mkdir(arena, made));
        Path link = fresh(directory);
        add(
            layer,
            attempts,
            link,
            FsRight.MAKE_SYM,
            arena ->
                Syscall.call(SYMLINKAT, text(arena, root), Uapi.AT_FDCWD(), text(arena, link)));
        if (!files.isEmpty()) {
          Path file = any(files);
          Path name = fresh(directory);
          attempts.add(
              new Attempt(
                  "link " + file + " " + name,
                  layer.explainLink(file, name),
                  arena -> twoPaths(LINKAT, arena, file, name)));
        }
      }
      return attempts;
    }

    /** Last, because it changes the tree. */
    Attempt rename(LandlockLayer layer) throws IOException {
      Path from = any(all());
      Path to = fresh(any(directories));
      for (int i = 0; i < 20 && (from.equals(root) || to.startsWith(from)); i++) {
        from = any(all());
        to = fresh(any(directories));
      }
      if (from.equals(root) || to.startsWith(from)) {
        return new Attempt("nothing", Explanation.unrestricted("nothing"), arena -> 0);
      }
      Path source = from;
      Path target = to;
      return new Attempt(
          "rename " + source + " " + target,
          layer.explainMove(source, target),
          arena -> twoPaths(RENAMEAT2, arena, source, target));
    }

    private void open(
        LandlockLayer layer, List<Attempt> attempts, Path path, FsRight right, int flags)
        throws IOException {
      add(
          layer,
          attempts,
          path,
          right,
          arena -> {
            long fd = Syscall.call(OPENAT, Uapi.AT_FDCWD(), text(arena, path), flags);
            if (!Syscall.isError(fd)) {
              Syscall.call(CLOSE, fd);
            }
            return fd;
          });
    }

    private void make(
        LandlockLayer layer, List<Attempt> attempts, Path directory, FsRight right, int type)
        throws IOException {
      Path name = fresh(directory);
      add(
          layer,
          attempts,
          name,
          right,
          arena -> Syscall.call(MKNODAT, Uapi.AT_FDCWD(), text(arena, name), type | 0600, 0));
    }

    private static void add(
        LandlockLayer layer, List<Attempt> attempts, Path path, FsRight right, Call call)
        throws IOException {
      attempts.add(new Attempt(right + " " + path, layer.explain(path, right), call));
    }

    private static long remove(Arena arena, Path path, int flags) {
      return Syscall.call(UNLINKAT, Uapi.AT_FDCWD(), text(arena, path), flags);
    }

    private static long mkdir(Arena arena, Path path) {
      return Syscall.call(MKDIRAT, Uapi.AT_FDCWD(), text(arena, path), 0700);
    }

    private static long twoPaths(int syscall, Arena arena, Path from, Path to) {
      return Syscall.call(
          syscall, Uapi.AT_FDCWD(), text(arena, from), Uapi.AT_FDCWD(), text(arena, to), 0);
    }

    private static long text(Arena arena, Path path) {
      byte[] bytes = OsText.encode(path.toString());
      MemorySegment text = arena.allocate(bytes.length + 1L);
      MemorySegment.copy(bytes, 0, text, ValueLayout.JAVA_BYTE, 0, bytes.length);
      return text.address();
    }

    private Path fresh(Path directory) {
      return directory.resolve("m" + names++);
    }

    private List<Path> all() {
      var all = new ArrayList<>(directories);
      all.addAll(files);
      all.addAll(links);
      return all;
    }

    private Path any(List<Path> paths) {
      return paths.get(random.nextInt(paths.size()));
    }

    private EnumSet<FsRight> some(Set<FsRight> rights, double share) {
      var some = EnumSet.noneOf(FsRight.class);
      for (FsRight right : rights) {
        if (random.nextDouble() < share) {
          some.add(right);
        }
      }
      return some;
    }
  }
}
