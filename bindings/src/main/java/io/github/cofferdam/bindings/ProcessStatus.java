package io.github.cofferdam.bindings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the kernel says of a process or a thread in {@code /proc/ID/status}.
 *
 * <p>Its lines end with {@code \n} and nothing else: the program's name for itself, which stands in
 * the first, may hold any other character, and so another line's name behind a {@code \r}.
 *
 * @param fields what stands behind each name and its colon, without the space around it
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_status.5.html">proc_pid_status(5)</a>
 */
public record ProcessStatus(Map<String, String> fields) {
  /** Keeps a copy. */
  public ProcessStatus {
    fields = Map.copyOf(fields);
  }

  /**
   * {@return what it says of a process, or a thread}
   *
   * @param id as this process sees it
   * @throws IOException if it has ended, or there is no {@code /proc}
   */
  public static ProcessStatus of(long id) throws IOException {
    Path file = Path.of("/proc", Long.toString(id), "status");
    return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
  }

  static ProcessStatus parse(String text) {
    var fields = new HashMap<String, String>();
    for (String line : text.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new ProcessStatus(fields);
  }

  /** {@return what stands in a line, such as that of {@code Tgid}}; empty if there is none */
  public Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name));
  }

  /**
   * {@return a decimal number that stands in a line}; empty if there is none
   *
   * @throws IOException if something else stands there
   */
  public Optional<Long> number(String name) throws IOException {
    try {
      return field(name).map(Long::valueOf);
    } catch (NumberFormatException e) {
      throw new IOException("no number: " + name + ": " + fields.get(name), e);
    }
  }
}
