package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link ProcessBuilder} and {@link SandboxProcessBuilder} side by side, in many small situations:
 * what a program sees is the same, letter by letter, or it is one of the differences that have a
 * reason, and stand in the Javadoc.
 */
@Tag("kernel")
class ProcessDifferenceTest {
  private static final int LEAST = 150;

  /** Where something hangs that does not on the other side. */
  private static final Duration AT_MOST = Duration.ofSeconds(60);

  private static final Path SOURCE =
      Path.of("src/main/java/io/github/cofferdam/sandbox/SandboxProcessBuilder.java");

  @TempDir private Path temporary;

  static List<Situation> situations() {
    return Stream.of(
            BuilderSituations.all(),
            EnvironmentSituations.all(),
            RedirectSituations.all(),
            StreamSituations.all(),
            EndSituations.all(),
            HandleSituations.all(),
            FailureSituations.all(),
            PipelineSituations.all())
        .flatMap(Collection::stream)
        .toList();
  }

  /** Skips all of them at once where this host has no namespaces for this user. */
  static List<Situation> situationsWithNamespaces() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    return situations();
  }

  @ParameterizedTest
  @MethodSource("situations")
  void bothComeToTheSame(Situation situation) throws Exception {
    compare(situation, Isolation.BASIC);
  }

  @ParameterizedTest
  @MethodSource("situationsWithNamespaces")
  void soTheyDoWithNamespaces(Situation situation) throws Exception {
    compare(situation, Isolation.NAMESPACE);
  }

  private void compare(Situation situation, Isolation isolation) throws Exception {
    List<String> plain = seen(situation, Optional.empty());
    List<String> confined = seen(situation, Optional.of(isolation));

    assertFalse(plain.isEmpty(), "nothing was looked at");
    if (situation.difference().isEmpty()) {
      assertEquals(plain, confined);
    } else {
      assertNotEquals(plain, confined, "there is no difference any more: say so");
    }
  }

  private List<String> seen(Situation situation, Optional<Isolation> isolation) throws Exception {
    String name = isolation.isPresent() ? "confined" : "plain";
    Path directory = Files.createDirectory(temporary.toRealPath().resolve(name));
    return assertTimeoutPreemptively(
        AT_MOST,
        () -> {
          var side = new Side(isolation, directory);
          try {
            situation.body().run(side);
            return side.seen();
          } finally {
            side.end();
          }
        });
  }

  @Test
  void thereAreEnough() {
    List<Situation> all = situations();
    assertTrue(all.size() >= LEAST, () -> "only " + all.size());
    Set<String> names = all.stream().map(Situation::name).collect(Collectors.toSet());
    assertEquals(all.size(), names.size(), "two have the same name");
  }

  /** The table and the Javadoc name the same differences. */
  @Test
  void theJavadocHasTheDifferences() throws Exception {
    Set<Difference> shown = EnumSet.noneOf(Difference.class);
    situations().forEach(situation -> situation.difference().ifPresent(shown::add));
    assertEquals(EnumSet.allOf(Difference.class), shown);

    assumeTrue(Files.exists(SOURCE), "the sources are not here");
    String javadoc = Files.readString(SOURCE).replaceAll("\\s*\\n \\* *", " ");
    for (Difference difference : Difference.values()) {
      assertTrue(javadoc.contains("<li>" + difference.words()), difference::words);
    }
    // Those of policies and of the process beyond that are not compared here, and say so.
    String compared = javadoc.substring(0, javadoc.indexOf("What a policy decides"));
    assertEquals(
        Difference.values().length, Pattern.compile("<li>").matcher(compared).results().count());
  }
}
