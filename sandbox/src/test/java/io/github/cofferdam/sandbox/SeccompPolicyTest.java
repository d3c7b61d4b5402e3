package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.SeccompSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A profile that a policy names holds beside the baseline, and neither makes the other weaker. */
@Tag("kernel")
class SeccompPolicyTest {
  private static final String MAKES =
      "mkdir made 2>&- && echo made; unshare -U true 2>&- && echo unshared; echo end";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path work;

  @BeforeEach
  void makeFiles() throws IOException {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
  }

  private static Policy.Builder workspace(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    return Policy.builder()
        .mode(Mode.WORKSPACE_WRITE)
        .isolation(isolation)
        .enforcement(Protection.VIRTUAL_MACHINE, Requirement.PREFER);
  }

  private static String refusal(Outcome outcome) {
    return assertInstanceOf(Ending.Refused.class, outcome.ending()).reason();
  }

  private Path profile(String name, String json) throws IOException {
    return Files.writeString(temporary.toRealPath().resolve(name), json);
  }

  @ParameterizedTest
  @EachIsolation
  void aProfileOfThisProgramHolds(Isolation isolation) throws Exception {
    Policy policy =
        workspace(isolation).seccomp(SeccompSettings.NONE.withProfile("compute_only")).build();

    for (int i = 0; i < 3; i++) {
      Outcome outcome = Sandboxed.sh(policy, work, MAKES);
      Sandboxed.assertPrints("end\n", outcome);
      assertEquals(
          "seccomp, and the profile compute_only",
          outcome.enforcement().orElseThrow().of(Protection.SYSCALLS).detail());
    }
    assertTrue(Files.notExists(work.resolve("made")));
  }

  /** What a lax profile allows, the baseline still refuses. */
  @ParameterizedTest
  @EachIsolation
  void aProfileOfAFileHoldsAndTheBaselineToo(Isolation isolation) throws Exception {
    Path file =
        profile(
            "profile.json",
            """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
            """);
    Policy policy = workspace(isolation).seccomp(SeccompSettings.NONE.withFile(file)).build();

    Sandboxed.assertPrints(
        "end\n", Sandboxed.sh(policy, work, MAKES + "; touch file && test -f file"));

    profile("profile.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    Sandboxed.assertPrints("made\nend\n", Sandboxed.sh(policy, work, MAKES));
  }

  @Test
  void oneOfSeveralIsChosenByItsName() throws Exception {
    Path file =
        profile(
            "profiles.json",
            """
            {"profiles": {
              "lax": {"defaultAction": "SCMP_ACT_ALLOW"},
              "strict": {"defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}}}
            """);
    SeccompSettings settings = SeccompSettings.NONE.withFile(file);
    Policy.Builder policy = workspace(Isolation.BASIC);

    Sandboxed.assertPrints(
        "end\n", Sandboxed.sh(policy.seccomp(settings.withProfile("strict")).build(), work, MAKES));
    String reason = refusal(Sandboxed.sh(policy.seccomp(settings).build(), work, "true"));
    assertTrue(reason.contains("has several profiles; name one: lax, strict"), reason);
  }

  /** It would be another one in its next run. */
  @ParameterizedTest
  @EachIsolation
  void aFileThatTheCommandMayWriteRefusesTheRun(Isolation isolation) throws Exception {
    Path file =
        Files.writeString(work.resolve("own.json"), "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    Policy policy = workspace(isolation).seccomp(SeccompSettings.NONE.withFile(file)).build();

    String reason = refusal(Sandboxed.sh(policy, work, "true"));
    assertTrue(reason.contains("lies where the command may write"), reason);

    Path link = Files.createSymbolicLink(work.resolve("link"), temporary.toRealPath());
    profile("elsewhere.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    policy =
        workspace(isolation)
            .seccomp(SeccompSettings.NONE.withFile(link.resolve("elsewhere.json")))
            .build();
    reason = refusal(Sandboxed.sh(policy, work, "true"));
    assertTrue(reason.contains("leads over the symbolic link"), reason);

    Path alone = profile("alone.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    policy = workspace(isolation).seccomp(SeccompSettings.NONE.withFile(alone)).build();
    try (Fd opened = Sandboxed.open(alone, Uapi.O_RDWR())) {
      SandboxCommand command = Sandbox.of(policy).command("/bin/true").directory(work);
      reason = refusal(command.stdout(Stdio.to(opened)).run());
    }
    assertTrue(reason.contains("a standard stream leads to the profile of seccomp.file"), reason);
    assertEquals("", Sandboxed.text(Sandboxed.sh(policy, work, "true")));
    Files.createLink(work.resolve("alias.json"), alone);
    reason = refusal(Sandboxed.sh(policy, work, "true"));
    assertTrue(reason.contains("has several names (hard links)"), reason);
    Policy reading = policy.toBuilder().mode(Mode.READONLY).build();
    assertEquals("", Sandboxed.text(Sandboxed.sh(reading, work, "true")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\"} | does not let execve pass",
        "{\"defaultAction\": \"SCMP_ACT_ALOW\"} | did you mean",
        "{ | invalid JSON",
      })
  void aProfileThatCannotBeUsedRefusesTheRun(String json, String expected) throws Exception {
    Path file = profile("wrong.json", json);
    Policy policy = workspace(Isolation.BASIC).seccomp(SeccompSettings.NONE.withFile(file)).build();

    String reason = refusal(Sandboxed.sh(policy, work, "true"));
    assertTrue(reason.startsWith("seccomp"), reason);
    assertTrue(reason.contains(expected), reason);
  }

  @Test
  void aFileThatIsMissingRefusesTheRun() throws Exception {
    Policy policy =
        workspace(Isolation.BASIC)
            .seccomp(SeccompSettings.NONE.withFile(temporary.resolve("missing")))
            .build();

    String reason = refusal(Sandboxed.sh(policy, work, "true"));
    assertTrue(reason.contains("missing: no such file"), reason);
  }

  /** Each of them starts an ordinary program. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "default",
        "compute_only",
        "data_processing",
        "network_client",
        "blocked_dangerous"
      })
  void everyProfileStartsPrograms(String name) throws Exception {
    Policy policy =
        workspace(Isolation.BASIC).seccomp(SeccompSettings.NONE.withProfile(name)).build();

    Sandboxed.assertPrints("4\n", Sandboxed.sh(policy, work, "echo $((2 + 2)) | cat"));
  }

  @Test
  void aTemporaryRootHasOnlyWhatIsGranted() throws Exception {
    Policy.Builder policy = workspace(Isolation.NAMESPACE);
    Policy asked = policy.filesystem(policy.build().filesystem().withTemporaryRoot(true)).build();
    Policy listed = asked.toBuilder().readExecute("/usr", "/bin", "/lib", "/lib64").build();
    Sandboxed.assertPrints(
        "none\n", Sandboxed.sh(listed, work, "test -e /etc && echo there || echo none"));

    String reason = refusal(Sandboxed.sh(asked, work, "true"));
    assertTrue(reason.contains("nothing is granted to be read"), reason);

    reason =
        refusal(Sandboxed.sh(asked.toBuilder().isolation(Isolation.BASIC).build(), work, "true"));
    assertTrue(reason.contains("create_temp_root needs a root of the command's own"), reason);
  }
}
