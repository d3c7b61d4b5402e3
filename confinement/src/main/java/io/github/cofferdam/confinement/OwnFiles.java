package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Files that this virtual machine has opened for itself. One that was started with a closed
 * standard stream opens the first of them under that stream's number, which then looks like the
 * stream.
 *
 * <p>What is closed on exec was opened here, or it would not have come here. What is not may be one
 * of the files that the virtual machine opens before anything else. (What a program opens in Java
 * itself cannot be told from a stream.)
 */
final class OwnFiles {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final int FCNTL = Syscall.number("fcntl");

  /** What was found out about each standard stream: where it leads does not change, as a rule. */
  private static final AtomicReferenceArray<@Nullable Look> LOOKS = new AtomicReferenceArray<>(3);

  private record Look(FileStatus file, boolean own) {}

  private OwnFiles() {}

  /** {@return whether a descriptor was opened in Java}: it is closed on exec */
  static boolean opened(int descriptor) {
    long flags = Syscall.call(FCNTL, descriptor, Uapi.F_GETFD());
    return !Syscall.isError(flags) && (flags & Uapi.FD_CLOEXEC()) != 0;
  }

  /**
   * {@return whether a standard stream (0, 1 or 2) that leads to a file is such a one}: one that
   * this virtual machine uses, and has open nowhere else. (A stream that leads to a file of the JDK
   * because somebody wants to read that is not the only one that leads there.)
   */
  static boolean uses(int descriptor, FileStatus file) throws IOException {
    Look last = LOOKS.get(descriptor);
    if (last == null || !last.file().sameFile(file)) {
      last = new Look(file, isOwn(descriptor));
      LOOKS.set(descriptor, last);
    }
    return last.own();
  }

  private static boolean isOwn(int descriptor) throws IOException {
    String link;
    try {
      link = Files.readSymbolicLink(DESCRIPTORS.resolve(Integer.toString(descriptor))).toString();
    } catch (IOException e) {
      return false;
    }
    return isUsed(link) && !isOpenElsewhere(link);
  }

  private static boolean isUsed(String file) throws IOException {
    if (file.startsWith(realPath(System.getProperty("java.home")) + "/")) {
      return true;
    }
    for (String property : new String[] {"java.class.path", "jdk.module.path"}) {
      for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
        if (!entry.isEmpty() && realPath(entry).equals(file)) {
          return true;
        }
      }
    }
    // Archives of classes and code, wherever they are. Addresses, offset and inode, then the name.
    String maps = Files.readString(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1);
    return maps.contains(" " + file + "\n");
  }

  private static String realPath(String path) {
    try {
      return Path.of(path).toRealPath().toString();
    } catch (IOException | IllegalArgumentException e) {
      return path;
    }
  }

  private static boolean isOpenElsewhere(String file) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path one : all) {
        if (one.getFileName().toString().length() == 1
            && one.getFileName().toString().charAt(0) <= '2') {
          continue;
        }
        try {
          if (Files.readSymbolicLink(one).toString().equals(file)) {
            return true;
          }
        } catch (IOException e) {
          // It was closed meanwhile.
        }
      }
    }
    return false;
  }
}
