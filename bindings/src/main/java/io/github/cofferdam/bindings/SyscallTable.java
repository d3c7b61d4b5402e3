package io.github.cofferdam.bindings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * System call numbers by name, for every {@link Arch}.
 *
 * <p>The table is one sorted text, distilled from the headers of the kernel that {@code
 * bindings/jextract/MANIFEST} names. Looking a name up for the first time is a substring search:
 * nothing is parsed at start-up.
 */
public final class SyscallTable {
  private static final String RESOURCE = "syscalls.txt";
  private static final String TABLE = load();

  /** What was asked for before: a launch asks for the same forty names each time. */
  private static final Map<Arch, Map<String, OptionalInt>> KNOWN = new EnumMap<>(Arch.class);

  /** As far as somebody has asked for all. */
  private static final Map<Arch, SortedMap<String, Integer>> ALL = new ConcurrentHashMap<>();

  static {
    for (Arch arch : Arch.values()) {
      KNOWN.put(arch, new ConcurrentHashMap<>());
    }
  }

  private SyscallTable() {}

  /** {@return the number of a system call, empty where that architecture has none of that name} */
  public static OptionalInt number(Arch arch, String name) {
    Map<String, OptionalInt> known = KNOWN.getOrDefault(arch, Map.of());
    OptionalInt found = known.get(name);
    if (found == null) {
      found = search(arch, name);
      if (found.isPresent()) {
        known.put(name, found);
      }
    }
    return found;
  }

  private static OptionalInt search(Arch arch, String name) {
    int start = TABLE.indexOf("\n" + name + " ");
    if (start < 0
        || name.isEmpty()
        || name.startsWith("#") // the table's comments
        || name.indexOf(' ') >= 0
        || name.indexOf('\n') >= 0) {
      return OptionalInt.empty();
    }
    return column(start + name.length() + 2, arch);
  }

  /**
   * {@return the number of a system call that the architecture must have}
   *
   * @throws IllegalArgumentException if it has none of that name
   */
  public static int require(Arch arch, String name) {
    return number(arch, name)
        .orElseThrow(() -> new IllegalArgumentException("no system call " + name + " on " + arch));
  }

  /** {@return the name of a system call number, empty if this table knows none} */
  public static Optional<String> name(Arch arch, int number) {
    return numbers(arch).entrySet().stream()
        .filter(entry -> entry.getValue() == number)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** {@return all names of an architecture with their numbers; nobody can change them} */
  public static SortedMap<String, Integer> numbers(Arch arch) {
    SortedMap<String, Integer> known = ALL.get(arch);
    if (known == null) {
      known = Collections.unmodifiableSortedMap(read(arch));
      ALL.put(arch, known);
    }
    return known;
  }

  private static SortedMap<String, Integer> read(Arch arch) {
    var numbers = new TreeMap<String, Integer>();
    int line = 0;
    while (line < TABLE.length()) {
      int end = TABLE.indexOf('\n', line);
      if (TABLE.charAt(line) != '#' && end > line) {
        int space = TABLE.indexOf(' ', line);
        OptionalInt number = column(space + 1, arch);
        if (number.isPresent()) {
          numbers.put(TABLE.substring(line, space), number.getAsInt());
        }
      }
      line = end + 1;
    }
    return numbers;
  }

  private static OptionalInt column(int offset, Arch arch) {
    int start = offset;
    for (int skip = arch.column(); skip > 0; skip--) {
      start = TABLE.indexOf(' ', start) + 1;
    }
    int end = start;
    while (TABLE.charAt(end) > ' ') {
      end++;
    }
    return TABLE.charAt(start) == '-'
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(TABLE, start, end, 10));
  }

  private static String load() {
    try (InputStream in = SyscallTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
