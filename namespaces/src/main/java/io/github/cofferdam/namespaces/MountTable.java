package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * The mounts of this process, from {@code /proc/self/mountinfo}; see {@code proc_pid_mountinfo(5)}.
 * Only the old way of mounting needs to know them.
 *
 * @param entries the mounts
 */
record MountTable(List<Entry> entries) {
  /**
   * A mount.
   *
   * @param path where it is
   * @param flags its own, as mount(2) takes them: a remount that leaves one out is refused where a
   *     user namespace has inherited it
   */
  record Entry(String path, long flags) {}

  static MountTable ofHost() {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
      return parse(new String(bytes, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads lines of the form {@code 36 35 98:0 /root /mount/point rw,noatime ...}.
   *
   * @param text each character a byte
   */
  static MountTable parse(String text) {
    var entries = new ArrayList<Entry>();
    for (String line : text.split("\n", -1)) {
      String[] fields = line.split(" ", 7);
      if (fields.length == 7) {
        byte[] path = unescape(fields[4]).getBytes(StandardCharsets.ISO_8859_1);
        entries.add(new Entry(OsText.decode(path, 0, path.length), flags(fields[5])));
      }
    }
    return new MountTable(entries);
  }

  /** {@return the mount that a path is on, as an entry for that path, and those beneath it} */
  List<Entry> beneath(Path path) {
    String top = OsText.of(path);
    String prefix = top.equals("/") ? "/" : top + "/";
    // Of several at one place, the last is the one that is seen.
    var found = new LinkedHashMap<String, Entry>();
    found.put(top, new Entry(top, 0));
    Entry on = new Entry("/", 0);
    for (Entry entry : entries) {
      if (entry.path().startsWith(prefix) && !entry.path().equals(top)) {
        found.put(entry.path(), entry);
      } else if (isAtOrAbove(entry.path(), top) && entry.path().length() >= on.path().length()) {
        on = entry;
      }
    }
    found.put(top, new Entry(top, on.flags()));
    return List.copyOf(found.values());
  }

  private static boolean isAtOrAbove(String path, String other) {
    return path.equals("/") || path.equals(other) || other.startsWith(path + "/");
  }

  private static long flags(String options) {
    long flags = 0;
    for (String option : options.split(",", -1)) {
      flags |=
          switch (option) {
            case "ro" -> Uapi.MS_RDONLY();
            case "nosuid" -> Uapi.MS_NOSUID();
            case "nodev" -> Uapi.MS_NODEV();
            case "noexec" -> Uapi.MS_NOEXEC();
            case "noatime" -> Uapi.MS_NOATIME();
            case "nodiratime" -> Uapi.MS_NODIRATIME();
            case "relatime" -> Uapi.MS_RELATIME();
            default -> 0;
          };
    }
    return flags;
  }

  /** Space, tab, newline and backslash are written as a backslash and three octal digits. */
  private static String unescape(String text) {
    var plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
