package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The collection of attempts that a sandbox must stop stands beside the project. Each of them on
 * files, networks, processes, resources and inherited things has a test that names it, or a reason
 * here.
 */
class AttemptsCoverageTest {
  private static final Set<String> CATEGORIES =
      Set.of("fs", "network", "process", "resource", "tty-fd-env");

  /** No test of a sandbox shows these, for the reason given. */
  private static final Map<String, String> REASONS =
      Map.of(
          "PR-32",
          "Policies have no callbacks, so no decision of a sandbox can time out. What waits for an"
              + " answer of this process is refused when that does not come: closed supervisors"
              + " and handlers that fail are tested with seccomp's NotificationSupervisorTest.",
          "PR-34",
          "A sandbox has no listener for system calls. A command cannot signal its supervisor:"
              + " PR-07. Calls whose listener is gone end with ENOSYS: seccomp's"
              + " NotificationTest.");

  private static final Pattern ID = Pattern.compile("\\b[A-Z]{2}-\\d\\d\\b");

  /** In the order in which an entry has them. */
  private static final Pattern ENTRY =
      Pattern.compile("\"id\": \"([A-Z]{2}-\\d\\d)\",\\s*\"category\": \"([a-z-]+)\"");

  private static Path root() {
    return Path.of(System.getProperty("cofferdam.root", ".."));
  }

  /** By number, with the category. */
  private static Map<String, String> attempts() throws IOException {
    Path file = root().resolve("../shared/reference/attempts.json");
    if (!Files.exists(file)) {
      assertNull(System.getenv("CI"), () -> file + " is missing, which CI must have");
      assumeTrue(false, file + " is missing: the attempts stand beside the project");
    }
    String text = Files.readString(file);
    var attempts = new TreeMap<String, String>();
    // As text: its end is not valid JSON.
    for (Matcher entry = ENTRY.matcher(text); entry.find(); ) {
      assertNull(attempts.put(entry.group(1), entry.group(2)), entry::group);
    }
    assertEquals(text.split("\"category\": ", -1).length - 1, attempts.size());
    return attempts;
  }

  private static Set<String> tested() throws IOException {
    var tested = new TreeSet<String>();
    try (Stream<Path> modules = Files.list(root())) {
      for (Path tests : modules.map(module -> module.resolve("src/test/java")).toList()) {
        if (Files.isDirectory(tests)) {
          try (Stream<Path> files = Files.walk(tests)) {
            for (Path file : files.filter(AttemptsCoverageTest::isOther).toList()) {
              ID.matcher(Files.readString(file)).results().forEach(id -> tested.add(id.group()));
            }
          }
        }
      }
    }
    return tested;
  }

  private static boolean isOther(Path file) {
    return file.toString().endsWith(".java") && !file.endsWith("AttemptsCoverageTest.java");
  }

  @Test
  void everyAttemptHasATestOrAReason() throws IOException {
    Map<String, String> attempts = attempts();
    Set<String> tested = tested();
    var open = new TreeMap<String, String>();
    attempts.forEach((id, category) -> {
      boolean accounted = tested.contains(id) || REASONS.containsKey(id);
      if (CATEGORIES.contains(category) && !accounted) {
        open.put(id, category);
      }
    });

    assertEquals(Map.of(), open);
    assertTrue(attempts.values().containsAll(CATEGORIES));
    for (String id : REASONS.keySet()) {
      assertNotNull(attempts.get(id), id);
      assertTrue(!tested.contains(id), () -> id + " has a test, and needs no reason");
    }
  }
}
