package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.end;
import static io.github.cofferdam.launcher.Commands.shell;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
class ImageFileTest {

  private static byte[] image() {
    var plan = shell(Supervision.NONE, "exit 0").build();
    return ImageCompiler.compile(Arch.host(), new LaunchSequence(plan.parts())).bytes();
  }

  private static long fcntl(Fd fd, int command, long argument) {
    return Syscall.call(Syscall.number("fcntl"), fd.number(), command, argument);
  }

  @Test
  void memoryFilesCannotBeChangedAnyMore() throws Exception {
    try (Fd file = ImageFile.inMemory(image())) {
      long seals =
          Uapi.F_SEAL_SEAL() | Uapi.F_SEAL_SHRINK() | Uapi.F_SEAL_GROW() | Uapi.F_SEAL_WRITE();
      assertEquals(seals, fcntl(file, Uapi.F_GET_SEALS(), 0) & seals);
      assertEquals(Uapi.FD_CLOEXEC(), fcntl(file, Uapi.F_GETFD(), 0));
      try (var arena = java.lang.foreign.Arena.ofConfined()) {
        var e = assertThrows(KernelException.class, () -> file.write(arena.allocate(1)));
        assertEquals(Errno.EPERM, e.errno());
      }
      long truncated = Syscall.call(Syscall.number("ftruncate"), file.number(), 0);
      assertEquals(-Errno.EPERM.number(), truncated);
    }
  }

  @Test
  void filesHaveNoNameAndCannotBeWritten(@TempDir Path folder) throws Exception {
    byte[] image = image();
    try (Fd file = ImageFile.inDirectory(folder, image)) {
      assertEquals(List.of(), list(folder));
      assertEquals(Uapi.FD_CLOEXEC(), fcntl(file, Uapi.F_GETFD(), 0));
      Path open = Path.of("/proc/self/fd/" + file.number());
      assertEquals(image.length, Files.size(open));
      try (var arena = java.lang.foreign.Arena.ofConfined()) {
        var e = assertThrows(KernelException.class, () -> file.write(arena.allocate(1)));
        assertEquals(Errno.EBADF, e.errno());
      }
    }
  }

  /** Whoever may write there could otherwise put another file in its place before it runs. */
  @Test
  void filesNeverHaveAName(@TempDir Path folder) throws Exception {
    try (WatchService watcher = folder.getFileSystem().newWatchService()) {
      folder.register(watcher, StandardWatchEventKinds.ENTRY_CREATE);
      ImageFile.inDirectory(folder, image()).close();
      Files.createFile(folder.resolve("after"));

      WatchKey key = watcher.take();

      assertEquals(
          List.of("after"),
          key.pollEvents().stream().map(event -> String.valueOf(event.context())).toList());
    }
  }

  @EachSupervision
  void launchesFromAFileWhereMemoryCannotBeExecuted(Supervision supervision, @TempDir Path folder)
      throws Exception {
    var plan = shell(supervision, "exit 17").build();
    for (int i = 0; i < 3; i++) {
      try (Launched launched = Launcher.start(plan, Commands.discard(), Optional.of(folder))) {
        assertEquals(List.of(), list(folder), "unlinked");
        assertEquals(17, end(launched).code());
      }
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsAnError(@TempDir Path folder) throws Exception {
    var plan = shell(Supervision.CHILD_WALK, "exit 0").build();
    for (Path directory : List.of(Path.of("/proc/self"), folder.resolve("missing"))) {
      int before = descriptors();
      assertThrows(
          IOException.class,
          () -> Launcher.start(plan, Commands.discard(), Optional.of(directory)).close());
      assertEquals(before, descriptors(), "descriptors leaked");
    }
  }

  @Test
  void aDirectoryWithoutExecutionIsAnError() throws Exception {
    Optional<Path> directory = noexecDirectory();
    assumeTrue(directory.isPresent(), "no writable file system is mounted noexec here");
    var plan = shell(Supervision.NONE, "exit 0").build();
    var e =
        assertThrows(
            KernelException.class,
            () -> Launcher.start(plan, Commands.discard(), directory).close());
    assertEquals(Errno.EACCES, e.errno());
    assertEquals("posix_spawn", e.syscall());
  }

  private static Optional<Path> noexecDirectory() throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .map(mount -> mount.split(" ", 6))
        .filter(fields -> fields[2].equals("tmpfs"))
        .filter(fields -> fields[3].matches("rw,(.*,)?noexec(,.*)?"))
        .map(fields -> Path.of(fields[1]))
        .filter(Files::isWritable)
        .findFirst();
  }

  private static int descriptors() throws IOException {
    return list(Path.of("/proc/self/fd")).size();
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
