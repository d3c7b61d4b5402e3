package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Control groups and processes in other places than {@code /sys/fs/cgroup} and {@code /proc}. */
@Tag("kernel")
class KernelMountsTest {
  private static final String GROUPS = "mkdir $1/w/k && mount --rbind /sys/fs/cgroup $1/w/k";
  private static final String PROCESSES = "mkdir $1/w/k && mount --rbind /proc $1/w/k";
  private static final String NOTHING = "true";
  private static final String MEMORY = "memory=67108864";

  /** A process that is not the command's, and whether it can be written to. */
  private static final String FIND =
      "pid=$(cat $1/pid); cat $1/w/k/$pid/comm && echo SEEN;"
          + " (echo 500 > $1/w/k/$pid/oom_score_adj) && echo WRITTEN";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path base = Path.of("/");

  @BeforeEach
  void makeFiles() throws Exception {
    base = temporary.toRealPath();
    Files.createDirectory(base.resolve("w"));
  }

  private String run(String mounts, Isolation isolation, String script, String... policy)
      throws Exception {
    assumeAvailable(isolation);
    Path fresh = Files.createTempDirectory(base, "b");
    Files.createDirectory(fresh.resolve("w"));
    var arguments = new ArrayList<>(List.of(isolation.name(), "/"));
    arguments.add(script.replace("$1", fresh.toString()));
    for (String entry : policy) {
      arguments.add(entry.replace("$1", fresh.toString()));
    }
    return MountedHost.run(
        fresh, "echo $$ > $1/pid; " + mounts, "true", arguments.toArray(String[]::new));
  }

  private void assumeGroups(Isolation isolation) throws Exception {
    String output = run(NOTHING, isolation, "true", "tools=$1", "workspace=$1/w", MEMORY);
    assumeTrue(output.contains("LIMITS ENFORCED"), "no control group can be had: " + output);
  }

  /** The command could move itself into another group. */
  @ParameterizedTest
  @EachIsolation
  void noLimitHoldsWhereGroupsCanBeWritten(Isolation isolation) throws Exception {
    assumeGroups(isolation);
    for (String grant : List.of("workspace=$1/w", "rw=$1/w", "rw=$1/w/k", "rw=/sys/fs/cgroup")) {
      String output = run(GROUPS, isolation, "echo RUN", "tools=$1", grant, MEMORY);

      assertFalse(output.contains("\nRUN"), output);
      assertTrue(output.contains("may write to its control group"), output);
      output = run(GROUPS, isolation, "echo RUN", "tools=$1", grant, MEMORY, "LIMITS=PREFER");
      assertTrue(output.contains("LIMITS PARTIAL"), output);
      assertTrue(output.contains("PROCESSES PARTIAL"), output);
    }
    String output = run(GROUPS, isolation, "echo RUN", "tools=$1", "ro=$1/w", MEMORY);
    assertTrue(output.contains("LIMITS ENFORCED"), output);
  }

  @Test
  void noLimitHoldsWhereGroupsAreBound() throws Exception {
    assumeGroups(Isolation.NAMESPACE);
    for (String bind : List.of("bind=$1/w", "bind=$1/w/k")) {
      String output = run(GROUPS, Isolation.NAMESPACE, "echo RUN", "tools=$1/w", bind, MEMORY);

      assertTrue(output.contains("may write to its control group"), output);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void processesThatAreMountedElsewhereAreReported(Isolation isolation) throws Exception {
    for (List<String> policy :
        List.of(
            List.of("tools=$1", "workspace=$1/w"),
            List.of("tools=$1", "rw=$1/w/k"),
            List.of("mode=FULL_ACCESS"))) {
      String output = run(PROCESSES, isolation, FIND, policy.toArray(String[]::new));

      assertTrue(output.contains("WRITTEN"), output);
      assertTrue(output.contains("PROCESSES PARTIAL"), output);
    }
    String output = run(NOTHING, isolation, "true", "tools=$1", "workspace=$1/w");
    assertTrue(output.contains("PROCESSES ENFORCED"), output);
  }

  @Test
  void noOtherProcessIsSeenInANamespaceUnlessThatIsSaid() throws Exception {
    for (List<String> policy :
        List.of(
            List.of("mode=READONLY"),
            List.of("tools=$1"),
            List.of("tools=", "ro=$1/pid", "ro=$1/w/k"))) {
      String output = run(PROCESSES, Isolation.NAMESPACE, FIND, policy.toArray(String[]::new));

      assertTrue(output.contains("SEEN"), output);
      assertTrue(output.contains("shows the host's processes"), output);
    }
    for (List<String> policy :
        List.of(List.of("tools=", "ro=$1/pid"), List.of("mode=READONLY", "blocked=$1/w"))) {
      String output = run(PROCESSES, Isolation.NAMESPACE, FIND, policy.toArray(String[]::new));

      assertFalse(output.contains("SEEN"), output);
      assertTrue(output.contains("PROCESSES ENFORCED"), output);
    }
  }

  @Test
  void noProcIsBound() throws Exception {
    String output = run(NOTHING, Isolation.NAMESPACE, "echo RUN", "tools=$1", "bind=/proc");

    assertFalse(output.contains("\nRUN"), output);
    assertTrue(output.contains("has a /proc of its own"), output);
  }
}
