package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The control groups of this machine. By system calls, because the error number decides. */
final class HostCgroupFiles implements CgroupFiles {
  private static final int CHUNK = 4096;
  private static final long PAUSE_NANOS = 5_000_000;

  @Override
  public String read(String file) throws KernelException {
    var content = new ByteArrayOutputStream();
    try (Arena arena = Arena.ofConfined();
        Fd fd = open(file, Uapi.O_RDONLY(), "read")) {
      MemorySegment chunk = arena.allocate(CHUNK);
      for (int size = fd.read(chunk); size > 0; size = fd.read(chunk)) {
        content.writeBytes(chunk.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return content.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void write(String file, String text) throws KernelException {
    String doing = "write " + text + " to " + file;
    try (Arena arena = Arena.ofConfined();
        Fd fd = open(file, Uapi.O_WRONLY(), "write")) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      MemorySegment buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      long result =
          Syscall.call(Syscall.number("write"), fd.number(), buffer.address(), bytes.length);
      Syscall.check(result, "write", doing);
    }
  }

  private static Fd open(String file, int flags, String verb) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(
              Syscall.number("openat"),
              Uapi.AT_FDCWD(),
              path(arena, file),
              flags | Uapi.O_CLOEXEC());
      return Fd.owning(result, "openat", verb + " " + file);
    }
  }

  private static long path(Arena arena, String file) {
    byte[] bytes = OsText.encode(file);
    MemorySegment memory = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return memory.address();
  }

  @Override
  public void makeGroup(String directory) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(Syscall.number("mkdirat"), Uapi.AT_FDCWD(), path(arena, directory), 0755);
      Syscall.check(result, "mkdirat", "make the control group " + directory);
    }
  }

  @Override
  public void removeGroup(String directory) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.call(
              Syscall.number("unlinkat"),
              Uapi.AT_FDCWD(),
              path(arena, directory),
              Uapi.AT_REMOVEDIR());
      Syscall.check(result, "unlinkat", "remove the control group " + directory);
    }
  }

  @Override
  public List<String> groups(String directory) throws IOException {
    var names = new ArrayList<String>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(OsText.path(directory))) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          names.add(OsText.of(entry.getFileName()));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  @Override
  public boolean writable(String file) {
    return Files.isWritable(OsText.path(file));
  }

  @Override
  public int owner(String directory) throws IOException {
    Object uid = Files.getAttribute(OsText.path(directory), "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (uid instanceof Integer number) {
      return number;
    }
    throw new IOException(directory + " has no owner");
  }

  /**
   * systemd marks what it delegates, for itself and for everybody to see
   * (https://systemd.io/CGROUP_DELEGATION).
   */
  @Override
  public boolean markedAsDelegated(String directory) {
    return isSet(directory, "user.delegate") || isSet(directory, "trusted.delegate");
  }

  private static boolean isSet(String directory, String attribute) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(8);
      long size =
          Syscall.call(
              Syscall.number("getxattr"),
              path(arena, directory),
              path(arena, attribute),
              value.address(),
              value.byteSize());
      return size == 1 && value.get(ValueLayout.JAVA_BYTE, 0) == '1';
    }
  }

  @Override
  public int user() {
    return (int) Syscall.call(Syscall.number("geteuid"));
  }

  @Override
  public String identity(long pid) {
    try {
      // pid (name) state ... starttime is the 22nd; the name may hold anything
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      boolean ended = fields[0].equals("Z") || fields[0].equals("X");
      return ended ? "" : pid + "-" + fields[19];
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public long processNamespace() throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
    return Long.parseLong(link.substring("pid:[".length(), link.length() - 1));
  }

  @Override
  public long self() {
    return ProcessHandle.current().pid();
  }

  /** The id may have passed to another process since it was read, so it is looked at twice. */
  @Override
  public void kill(long pid, String procs) throws KernelException {
    long pidfd = Syscall.call(Syscall.number("pidfd_open"), pid, 0);
    if (pidfd == -Errno.ESRCH.number()) {
      return;
    }
    try (Fd process = Fd.owning(pidfd, "pidfd_open", "hold process " + pid)) {
      if (!List.of(read(procs).split("\n", -1)).contains(Long.toString(pid))) {
        return;
      }
      long result =
          Syscall.call(Syscall.number("pidfd_send_signal"), process.number(), Uapi.SIGKILL(), 0, 0);
      if (result != -Errno.ESRCH.number()) {
        Syscall.check(result, "pidfd_send_signal", "end process " + pid);
      }
    }
  }

  @Override
  public void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
