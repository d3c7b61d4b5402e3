package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of systemd's system call sets, to compare with; they lie beside the repository. */
final class SystemdSets {
  private static final Path FILE =
      Path.of(System.getProperty("cofferdam.root", ".."))
          .resolve("../shared/vectors/systemd_sets_252.json");

  /** {@code "@swap": [ "swapoff", "swapon" ]}. */
  private static final Pattern SET = Pattern.compile("\"(@[a-z-]+)\":\\s*\\[([^\\]]*)\\]");

  private static final Pattern NAME = Pattern.compile("\"([^\"]*)\"");

  private SystemdSets() {}

  /** Every set with all that is in it, also by way of other sets. */
  static Map<String, Set<String>> read() {
    if (!Files.exists(FILE)) {
      assertNull(System.getenv("CI"), "there is no " + FILE);
      assumeTrue(false, "there is no " + FILE);
    }
    var sets = new TreeMap<String, Set<String>>();
    Matcher set = SET.matcher(content());
    while (set.find()) {
      var names = new TreeSet<String>();
      NAME.matcher(set.group(2)).results().forEach(name -> names.add(name.group(1)));
      sets.put(set.group(1), names);
    }
    assertEquals(29, sets.size());
    sets.values().forEach(names -> resolve(names, sets));
    return sets;
  }

  private static void resolve(Set<String> names, Map<String, Set<String>> sets) {
    for (String name : Set.copyOf(names)) {
      if (name.startsWith("@")) {
        names.remove(name);
        Set<String> inner = sets.get(name);
        resolve(inner, sets);
        names.addAll(inner);
      }
    }
  }

  private static String content() {
    try {
      return Files.readString(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
