package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of systemd's system call sets, to compare with; they lie beside the repository.
 *
 * @param names what stands in each set, names of other sets included
 */
record SystemdSets(Map<String, Set<String>> names) {
  private static final Path FILE =
      Path.of(System.getProperty("cofferdam.root", ".."))
          .resolve("../shared/vectors/systemd_sets_252.json");

  /** {@code "@swap": [ "swapoff", "swapon" ]}. */
  private static final Pattern SET = Pattern.compile("\"(@[a-z-]+)\":\\s*\\[([^\\]]*)\\]");

  private static final Pattern NAME = Pattern.compile("\"([^\"]*)\"");

  /** Reads the file; where there is none, skips the test, or fails it if this is CI. */
  static SystemdSets read() throws IOException {
    if (!Files.exists(FILE)) {
      assertNull(System.getenv("CI"), "there is no " + FILE);
      assumeTrue(false, "there is no " + FILE);
    }
    var sets = new TreeMap<String, Set<String>>();
    Matcher set = SET.matcher(Files.readString(FILE));
    while (set.find()) {
      var names = new TreeSet<String>();
      NAME.matcher(set.group(2)).results().forEach(name -> names.add(name.group(1)));
      sets.put(set.group(1), names);
    }
    assertEquals(29, sets.size());
    return new SystemdSets(sets);
  }

  /** All calls of a set, also by way of other sets. */
  Set<String> of(String set) {
    var calls = new TreeSet<String>();
    for (String name : names.getOrDefault(set, Set.of())) {
      if (name.startsWith("@")) {
        calls.addAll(of(name));
      } else {
        calls.add(name);
      }
    }
    assertFalse(calls.isEmpty(), set);
    return calls;
  }
}
