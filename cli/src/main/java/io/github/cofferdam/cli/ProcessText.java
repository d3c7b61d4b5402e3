package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * This process's arguments and environment as the kernel has them. The virtual machine's own copies
 * went through the locale's encoding, which loses bytes; a command must get exactly what its caller
 * wrote.
 */
final class ProcessText {
  private ProcessText() {}

  /** The last arguments of this process. */
  static List<String> lastArguments(int count) throws IOException {
    List<String> all = read("/proc/self/cmdline");
    if (count > all.size()) {
      throw new IOException("/proc/self/cmdline has fewer arguments than this process");
    }
    return all.subList(all.size() - count, all.size());
  }

  /** The environment that this process was started with. */
  static Map<String, String> environment() throws IOException {
    var environment = new LinkedHashMap<String, String>();
    for (String entry : read("/proc/self/environ")) {
      int equals = entry.indexOf('=', 1);
      if (equals > 0) {
        environment.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return environment;
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
