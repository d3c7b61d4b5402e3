package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {

  @Test
  void theDefaultIsTheClosedPolicy() throws PolicyException {
    Policy policy = Policy.builder().build();

    assertEquals(Mode.READONLY, policy.mode());
    assertEquals(Optional.empty(), policy.workspace());
    assertEquals(new Filesystem(List.of(), List.of(), List.of(), List.of()), policy.filesystem());
    assertEquals(Network.DEFAULT, policy.network());
    assertEquals(Network.Access.NONE, policy.network().access());
    assertFalse(policy.network().allowUnixSockets());
    assertFalse(policy.audit().enabled());
    assertEquals(Map.of(), policy.limits());
    assertEquals(new Environment(true, List.of(), List.of(), Map.of()), policy.environment());
    assertEquals(Enforcement.Level.STRICT, policy.enforcement().level());
    assertEquals(Isolation.AUTO, policy.isolation());
    assertEquals(TimeoutSettings.DEFAULT, policy.timeout());
    assertEquals(policy, Policy.parse("", "empty"));
  }

  @Test
  void everyKeyOfAFileArrives() throws PolicyException {
    Policy policy =
        Policy.parse(
            """
            [sandbox]
            mode = "workspace-write"
            workspace = "~/w"
            [filesystem]
            read_only = ["/a"]
            read_execute = ["/b"]
            read_write = ["c"]
            blocked = ["~/.ssh"]
            [network]
            allow_loopback = true
            allow_unix_sockets = true
            log_network = false
            [[network.command_rules]]
            pattern = "x"
            [audit]
            enabled = true
            log_file = "l"
            log_level = "error"
            log_file_access = false
            log_network = false
            log_commands = false
            log_security_blocks = false
            on_failure = "continue"
            [limits]
            open_files = { soft = 1, hard = "2" }
            cpu_time = "1m"
            [environment]
            inherit = false
            pass = ["P*"]
            block = ["B"]
            set = { S = "1" }
            [enforcement]
            level = "best-effort"
            signals = "off"
            [isolation]
            type = "namespace"
            [timeout]
            wall = "250ms"
            """,
            "all");

    assertEquals(
        Policy.builder()
            .mode(Mode.WORKSPACE_WRITE)
            .workspace("~/w")
            .readOnly("/a")
            .readExecute("/b")
            .readWrite("c")
            .blocked("~/.ssh")
            .network(
                Network.DEFAULT
                    .withAccess(Network.Access.LOOPBACK)
                    .withUnixSockets(true)
                    .withLogNetwork(false))
            .rule(new CommandRule("x", Optional.empty(), false))
            .audit(
                AuditSettings.to("l")
                    .withLogLevel(AuditSettings.Level.ERROR)
                    .withLogFileAccess(false)
                    .withLogNetwork(false)
                    .withLogCommands(false)
                    .withLogSecurityBlocks(false)
                    .withOnFailure(AuditSettings.OnFailure.CONTINUE))
            .limit(Resource.OPEN_FILES, new Limit(1, 2))
            .limit(Resource.CPU_TIME, new Limit(60, 61))
            .environment(
                Environment.DEFAULT
                    .withInherit(Environment.Inherit.FALSE)
                    .withPass(List.of("P*"))
                    .withBlock(List.of("B"))
                    .withSet(Map.of("S", "1")))
            .enforcement(
                Enforcement.DEFAULT
                    .withLevel(Enforcement.Level.BEST_EFFORT)
                    .with(Protection.SIGNALS, Requirement.OFF))
            .isolation(Isolation.NAMESPACE)
            .timeout(Duration.ofMillis(250))
            .build(),
        policy);
  }

  @ParameterizedTest
  @CsvSource({
    "'', NONE",
    "allow_network = false, NONE",
    "allow_loopback = false, NONE",
    "allow_loopback = true, LOOPBACK",
    "'allow_network = false\nallow_loopback = true', LOOPBACK",
    "allow_network = true, FULL",
    "'allow_network = true\nallow_loopback = true', FULL",
  })
  void networkAccessComesFromTwoKeys(String keys, Network.Access access) throws PolicyException {
    assertEquals(access, Policy.parse("[network]\n" + keys, "p").network().access());
  }

  @Test
  void aBuilderDoesNotReachIntoWhatItBuilt() {
    Policy.Builder builder = Policy.builder().limit(Resource.OPEN_FILES, Limit.of(1));
    Policy first = builder.build();
    builder.limit(Resource.OPEN_FILES, Limit.of(2)).mode(Mode.FULL_ACCESS);

    assertEquals(Limit.of(1), first.limits().get(Resource.OPEN_FILES));
    assertEquals(Mode.READONLY, first.mode());
    assertNotEquals(first, builder.build());
    assertThrows(
        UnsupportedOperationException.class, () -> first.limits().put(Resource.DATA, Limit.of(1)));
  }

  @Test
  void buildersCheckWhatFilesCheck() {
    Policy.Builder builder = Policy.builder();

    assertThrows(IllegalArgumentException.class, () -> builder.workspace(""));
    assertThrows(IllegalArgumentException.class, () -> builder.readOnly("~root"));
    assertThrows(IllegalArgumentException.class, () -> builder.readOnly("/a").blocked("/a"));
    assertThrows(
        IllegalArgumentException.class,
        () -> builder.enforcement(Protection.SYSCALLS, Requirement.OFF));
    assertThrows(
        IllegalArgumentException.class, () -> new CommandRule("(", Optional.empty(), false));
    assertThrows(
        IllegalArgumentException.class,
        () -> new CommandRule("a".repeat(1001), Optional.empty(), false));
    assertThrows(IllegalArgumentException.class, () -> AuditSettings.to("~x"));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new AuditSettings(
                true,
                Optional.empty(),
                AuditSettings.Level.INFO,
                true,
                true,
                true,
                true,
                AuditSettings.OnFailure.REFUSE));
  }

  @Test
  void networkAccessAloneKeepsTheRules() {
    CommandRule rule = new CommandRule("x", Optional.of(true), true);
    Policy policy = Policy.builder().rule(rule).network(Network.Access.FULL).build();

    assertEquals(List.of(rule), policy.network().commandRules());
    assertEquals(Network.Access.FULL, policy.network().access());
  }

  @Test
  void pathsAreTakenAsTheyAre() {
    Policy policy =
        Policy.builder()
            .workspace(Path.of("~x"))
            .readOnly(Path.of("/a*"), Path.of("b"))
            .readExecute(Path.of("/c\\d"))
            .readWrite(Path.of("/e${f}"))
            .overlay(Path.of("/k,l?"))
            .blocked(Path.of("/g?"))
            .bind(Path.of("/h*"), Path.of("/i"), true)
            .audit(AuditSettings.to(Path.of("/j*")))
            .build();

    assertEquals(Optional.of("\\~x"), policy.workspace());
    assertEquals(List.of("/a\\*", "b"), policy.filesystem().readOnly());
    assertEquals(List.of("/c\\\\d"), policy.filesystem().readExecute());
    assertEquals(List.of("/e$\\{f}"), policy.filesystem().readWrite());
    assertEquals(List.of("/k,l\\?"), policy.filesystem().overlay());
    assertEquals(List.of("/g\\?"), policy.filesystem().blocked());
    assertEquals("/h\\*", policy.filesystem().bindMounts().getFirst().host());
    assertEquals(Optional.of("/j\\*"), policy.audit().logFile());
    assertThrows(IllegalArgumentException.class, () -> Policy.builder().readOnly(Path.of("")));
  }

  @Test
  void changingOneThingLeavesTheOthersAlone() throws PolicyException {
    Policy policy =
        Policy.builder()
            .readOnly("/a")
            .readExecute("/b")
            .readWrite("/c")
            .overlay("/o", "/p?")
            .blocked("/d")
            .bind("/e", "/f", true)
            .temporarySize(7)
            .audit(
                AuditSettings.to("/l")
                    .withLogLevel(AuditSettings.Level.WARN)
                    .withLogFileAccess(true)
                    .withOnFailure(AuditSettings.OnFailure.CONTINUE))
            .network(Network.DEFAULT.withUnixSockets(true).withLogNetwork(false))
            .rule(new CommandRule("x", Optional.empty(), true))
            .limit(TreeLimit.TASKS, 5)
            .limit(TreeLimit.MEMORY, 6)
            .build();
    Filesystem files = policy.filesystem();
    assertEquals(files, files.withReadOnly(List.of()).withReadOnly(List.of("/a")));
    assertEquals(files, files.withReadExecute(List.of()).withReadExecute(List.of("/b")));
    assertEquals(files, files.withReadWrite(List.of()).withReadWrite(List.of("/c")));
    assertEquals(files, files.withOverlay(List.of()).withOverlay(List.of("/o", "/p?")));
    assertEquals(files, files.withBlocked(List.of()).withBlocked(List.of("/d")));
    assertEquals(files, files.withBindMounts(List.of()).withBindMounts(files.bindMounts()));
    assertEquals(files, files.withTemporarySize(8).withTemporarySize(7));
    AuditSettings audit = policy.audit();
    assertEquals(audit, audit.withEnabled(false).withEnabled(true));
    assertEquals(audit, audit.withLogFile("m").withLogFile("/l"));
    assertEquals(audit, audit.withLogFileAccess(false).withLogFileAccess(true));
    assertEquals(audit, audit.withLogNetwork(true).withLogNetwork(false));
    assertEquals(audit, audit.withLogCommands(false).withLogCommands(true));
    assertEquals(audit, audit.withLogSecurityBlocks(false).withLogSecurityBlocks(true));
    Network network = policy.network();
    assertEquals(network, network.withAccess(Network.Access.FULL).withAccess(Network.Access.NONE));
    assertEquals(network, network.withUnixSockets(false).withUnixSockets(true));
    assertEquals(
        network, network.withCommandRules(List.of()).withCommandRules(network.commandRules()));
    TreeLimits limits = policy.treeLimits();
    assertEquals(limits, limits.with(TreeLimit.TASKS, Limit.UNLIMITED).with(TreeLimit.TASKS, 5));
  }
}
