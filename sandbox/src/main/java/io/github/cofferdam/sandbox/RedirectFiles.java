package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Stdio;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The files that a command's standard streams are redirected to. This process opens them, and
 * closes its own copies when the command has started.
 */
final class RedirectFiles implements AutoCloseable {
  private static final int OPENAT = Syscall.number("openat");

  /** Less the umask, as for every file that a program makes. */
  private static final int MODE = 0666;

  private final List<Fd> open = new ArrayList<>();

  Stdio open(Redirect redirect) throws KernelException {
    return switch (redirect.type()) {
      case PIPE -> Stdio.pipe();
      case INHERIT -> Stdio.inherit();
      case READ -> open(redirect, Uapi.O_RDONLY(), "read from ");
      case WRITE -> open(redirect, Uapi.O_WRONLY() | Uapi.O_CREAT() | Uapi.O_TRUNC(), "write to ");
      case APPEND ->
          open(redirect, Uapi.O_WRONLY() | Uapi.O_CREAT() | Uapi.O_APPEND(), "append to ");
    };
  }

  private Stdio open(Redirect redirect, int flags, String doing) throws KernelException {
    File file = Objects.requireNonNull(redirect.file());
    if (file.getPath().indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a file name has a NUL character in it");
    }
    try (Arena arena = Arena.ofConfined()) {
      byte[] path = OsText.encode(file.getPath());
      MemorySegment name = arena.allocate(path.length + 1L);
      MemorySegment.copy(path, 0, name, ValueLayout.JAVA_BYTE, 0, path.length);
      Fd fd =
          Fd.owning(
              Syscall.call(OPENAT, Uapi.AT_FDCWD(), name.address(), flags | Uapi.O_CLOEXEC(), MODE),
              "openat",
              doing + file);
      open.add(fd);
      return Stdio.to(fd);
    }
  }

  @Override
  public void close() {
    open.forEach(Fd::close);
  }
}
