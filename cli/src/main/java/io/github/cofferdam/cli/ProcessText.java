package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * This process's arguments as the kernel has them. The virtual machine's own copies went through
 * the locale's encoding, which loses bytes; a command must get exactly what its caller wrote, and a
 * path must be the one that was meant.
 */
final class ProcessText {
  private ProcessText() {}

  /**
   * {@return the last arguments of this process}
   *
   * @param copies the virtual machine's own copies of them, good enough if they are all ASCII
   */
  static String[] arguments(String[] copies) throws IOException {
    if (isAscii(copies)) {
      return copies;
    }
    List<String> all = read("/proc/self/cmdline");
    if (copies.length > all.size()) {
      throw new IOException("/proc/self/cmdline has fewer arguments than this process");
    }
    return all.subList(all.size() - copies.length, all.size()).toArray(String[]::new);
  }

  private static boolean isAscii(String[] texts) {
    for (String text : texts) {
      for (int i = 0; i < text.length(); i++) {
        if (text.charAt(i) >= 0x80) {
          return false;
        }
      }
    }
    return true;
  }

  /** NUL-terminated strings. */
  private static List<String> read(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(file));
    var strings = new ArrayList<String>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        strings.add(OsText.decode(bytes, start, i - start));
        start = i + 1;
      }
    }
    return strings;
  }
}
