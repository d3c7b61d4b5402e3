package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.Rlimits;
import io.github.cofferdam.seccomp.Baseline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a crash leaves in a workspace; how it is kept from leaving anything is not to be undone. */
@Tag("kernel")
@FirstAndLaterRuns
class CoreDumpsTest {
  private static final String LIMITS = "sed -n 's/^Max core file size *//p' /proc/self/limits; ";

  /** Ends by a signal that dumps core, on which shells have words of their own. */
  private static final String CRASH = "{ sh -c 'kill -SEGV $$'; } 2>/dev/null || true; ";

  @TempDir private Path temporary;
  private Path work;

  @BeforeEach
  void prepare() throws IOException {
    assumeTrue(Rlimits.get(Resource.CORE_FILE).hard() != 0, "the hard limit of core files is 0");
    work = temporary.toRealPath();
  }

  private static void assumeFilesAreWritten() throws IOException {
    String pattern = Files.readString(Path.of("/proc/sys/kernel/core_pattern"));
    assumeTrue(!pattern.matches("(?s)[|@/].*"), "core_pattern is " + pattern);
    assumeTrue(Rlimits.get(Resource.CORE_FILE).hard() == Limit.UNLIMITED, "core files are limited");
  }

  private static ProtectionState state(Outcome outcome) {
    EnforcedProtection entry = outcome.enforcement().orElseThrow().of(Protection.CORE_DUMPS);
    return entry.state();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(work)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** Scripts that end at the first error lower the limit, and go on. */
  @ParameterizedTest
  @EachIsolation
  void aCrashLeavesNothingWhateverWasTriedBefore(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (String tried :
        List.of(
            "",
            "ulimit -S -c 0; ",
            "ulimit -c 0; ",
            "ulimit -S -c unlimited; ",
            "ulimit -c unlimited; ")) {
      Outcome outcome =
          sh(workspace().isolation(isolation).build(), work, "set -e; " + tried + LIMITS + CRASH);

      assertEquals("1 1 bytes", text(outcome).strip().replaceAll(" +", " "), tried);
      assertEquals(List.of(), left(), tried);
    }
  }

  /** Without the protection the same crash leaves a file, so it is what keeps it from that. */
  @ParameterizedTest
  @EachIsolation
  void withoutItACrashLeavesAFile(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeFilesAreWritten();
    Policy.Builder policy = workspace().isolation(isolation);
    for (Policy each :
        List.of(
            policy.enforcement(Protection.CORE_DUMPS, Requirement.OFF).build(),
            policy
                .enforcement(Protection.CORE_DUMPS, Requirement.REQUIRE)
                .limit(Resource.CORE_FILE, Limit.unlimited())
                .build())) {
      Outcome outcome = sh(each, work, "ulimit -S -c unlimited; " + CRASH);

      assertPrints("", outcome);
      assertEquals(ProtectionState.NOT_ASKED, state(outcome));
      assertEquals(1, left().size(), () -> text(outcome));
      Files.delete(work.resolve(left().getFirst()));
    }
  }

  /** With a limit of 0 the kernel would still start a program, if core_pattern names one. */
  @ParameterizedTest
  @EachIsolation
  void aLimitOfZeroIsSetToOne(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy.Builder policy = workspace().isolation(isolation).limit(Resource.CORE_FILE, Limit.of(0));

    Outcome held = sh(policy.build(), work, LIMITS);
    Outcome off =
        sh(policy.enforcement(Protection.CORE_DUMPS, Requirement.OFF).build(), work, LIMITS);

    assertEquals("1 1 bytes", text(held).strip().replaceAll(" +", " "));
    assertEquals("0 0 bytes", text(off).strip().replaceAll(" +", " "));
  }

  /** This very filter says so, where it stands around the process that starts a sandbox. */
  @Test
  void aLimitThatAFilterOnlySaysIsSetIsNotEnforced() throws Exception {
    assumeTrue(Rlimits.get(Resource.CORE_FILE).hard() != 1, "the limit is 1 already");
    Policy policy = workspace().limit(Resource.OPEN_FILES, Limit.of(64)).build();
    var run =
        new FutureTask<>(() -> {
          NoNewPrivileges.program()
              .then(Baseline.of(Arch.host()).coreLimitChanges(false).filter().install())
              .run();
          return sh(policy, work, LIMITS);
        });
    Thread.ofPlatform().start(run).join();
    Outcome outcome = run.get();
    assertEquals(ProtectionState.PARTIAL, state(outcome));
    assertEquals(
        "crash_limit_pretended",
        outcome.enforcement().orElseThrow().of(Protection.CORE_DUMPS).cause().code());
    // Of other limits it says nothing that is not true.
    assertEquals(
        ProtectionState.ENFORCED,
        outcome.enforcement().orElseThrow().of(Protection.LIMITS).state());
  }
}
