package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.launcher.NoNewPrivileges;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Folders for Landlock's rules, a file to open, and how long that takes. */
final class LandlockRules {
  private static final int OPENAT = Syscall.number("openat");
  private static final int CLOSE = Syscall.number("close");
  private static final Set<FsRight> GRANTED = EnumSet.of(FsRight.READ_FILE, FsRight.READ_DIR);

  private final Path base;
  private final List<Path> folders = new ArrayList<>();

  LandlockRules(Path base) {
    this.base = base;
  }

  /** {@return a layer that lets everything be read beneath the base, by one rule of so many} */
  LandlockLayer layer(int rules) throws IOException {
    while (folders.size() < rules - 1) {
      folders.add(Files.createDirectory(base.resolve("rule" + folders.size())));
    }
    LandlockPolicy.Builder policy = LandlockPolicy.builder().grant(GRANTED, base);
    for (Path folder : folders.subList(0, rules - 1)) {
      policy.grant(GRANTED, folder);
    }
    return policy.build().on(Abi.current());
  }

  /** {@return a file, so many directories beneath the base} */
  Path file(int depth) throws IOException {
    Path folder = base;
    for (int i = 0; i < depth; i++) {
      folder = folder.resolve("d");
    }
    Files.createDirectories(folder);
    Path file = folder.resolve("file");
    return Files.exists(file) ? file : Files.createFile(file);
  }

  /** Enters a layer for good, on the calling thread. */
  static void enter(LandlockLayer layer) throws IOException {
    NoNewPrivileges.program().run();
    layer.program().run();
  }

  /** {@return how long it takes to open a file and to close it, in nanoseconds} */
  static double nanosPerOpen(Path file, int times) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(file.toString());
      long flags = Uapi.O_RDONLY() | Uapi.O_CLOEXEC();
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        long fd = Syscall.call(OPENAT, Uapi.AT_FDCWD(), path.address(), flags, 0, 0, 0);
        Syscall.check(fd, "openat", "open a file that is granted");
        Syscall.call(CLOSE, fd, 0, 0, 0, 0, 0);
      }
      return (double) (System.nanoTime() - start) / times;
    }
  }

  /** Has the loop compiled, and the file's names known to the kernel. */
  static void warmUp(Path file, int times) throws KernelException {
    for (int i = 0; i < 4; i++) {
      nanosPerOpen(file, times);
    }
  }

  /** Opens a file behind a layer. */
  static void open(Findings.Samples samples, LandlockLayer layer, Path file, int times)
      throws Exception {
    samples.add(
        Measure.WALL_TIME,
        ConfinedThreads.call(() -> {
          enter(layer);
          nanosPerOpen(file, times / 4);
          return nanosPerOpen(file, times);
        }));
  }

  /** Opens a file on a thread that is not confined. */
  static void openFreely(Findings.Samples samples, Path file, int times) throws Exception {
    samples.add(
        Measure.WALL_TIME,
        ConfinedThreads.call(() -> {
          nanosPerOpen(file, times / 4);
          return nanosPerOpen(file, times);
        }));
  }
}
