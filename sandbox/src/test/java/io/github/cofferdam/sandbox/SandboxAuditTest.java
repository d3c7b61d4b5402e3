package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.broker.NetworkDecision;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.CommandRule;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a run writes to its audit log. */
@Tag("kernel")
class SandboxAuditTest {
  @TempDir private Path temporary;
  private Path work;
  private Path log;

  @BeforeEach
  void makeFiles() throws IOException {
    Path root = temporary.toRealPath();
    work = Files.createDirectory(root.resolve("work"));
    log = root.resolve("audit.jsonl");
  }

  private Policy.Builder audited(Policy.Builder builder) {
    return builder.audit(AuditSettings.to(log.toString()));
  }

  private List<Map<String, Object>> events() throws IOException {
    return Files.readAllLines(log).stream().map(Json::object).toList();
  }

  private static List<Object> names(List<Map<String, Object>> events) {
    return events.stream().map(event -> event.getOrDefault("event", "")).toList();
  }

  @Test
  void startAndEndBelongToOneRun() throws Exception {
    Outcome outcome = sh(audited(readonly()).build(), work, "exit 6");
    Outcome second = sh(audited(readonly()).build(), work, "kill $$");

    List<Map<String, Object>> events = events();
    assertEquals(List.of("run.start", "run.exit", "run.start", "run.exit"), names(events));
    assertEquals(
        List.of(outcome.runId(), outcome.runId(), second.runId(), second.runId()),
        events.stream().map(event -> event.getOrDefault("run", "")).toList());
    assertEquals(List.of(), outcome.enforcement().orElseThrow().warnings());
    assertEquals(outcome.argv(), events.get(0).get("argv"));
    assertEquals("allow", events.get(0).get("decision"));
    assertEquals("exited", events.get(1).get("kind"));
    assertEquals(6L, events.get(1).get("status"));
    assertTrue(events.get(1).get("pid") instanceof Long);
    assertEquals("signalled", events.get(3).get("kind"));
    assertEquals(143L, events.get(3).get("status"));
  }

  /** As docs/policy.md says: the command's parent, by its number outside. */
  @ParameterizedTest
  @EachIsolation
  void theProcessIsTheSupervisor(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy = audited(readonly().isolation(isolation)).build();
    long command;
    long parent;
    try (SandboxProcess process =
        Sandboxed.of(policy).command("/bin/sh", "-c", "read x").directory(work).start()) {
      command = process.pid();
      parent = ProcessHandle.of(command).flatMap(ProcessHandle::parent).orElseThrow().pid();
      process.getOutputStream().close();
      assertEquals(1, process.waitFor());
    }
    Map<String, Object> end = events().getLast();
    assertEquals("run.exit", end.get("event"));
    assertEquals(parent, end.get("pid"));
    assertNotEquals(command, end.get("pid"));
  }

  @Test
  void eventsThatNothingRecordsAreNamed() throws Exception {
    AuditSettings audit =
        AuditSettings.to(log.toString()).withLogFileAccess(true).withLogNetwork(true);
    Outcome outcome = sh(readonly().audit(audit).build(), work, "true");

    List<String> warnings = outcome.enforcement().orElseThrow().warnings();
    for (String key : List.of("audit.log_file_access", "audit.log_network")) {
      assertTrue(
          warnings.stream().anyMatch(each -> each.startsWith("missing: " + key + " (")),
          warnings::toString);
    }
  }

  private static final String CONNECT_BOTH =
      """
      import socket, sys
      port = int(sys.argv[1])
      for address in '127.0.0.1', '127.0.0.2':
        try: socket.create_connection((address, port), 60); print('connected')
        except OSError as e: print(e.errno)
      """;

  private static Network allowed(ServerSocket server) {
    return Network.DEFAULT.withAllow(
        List.of(NetworkRule.parse("127.0.0.1:" + server.getLocalPort())));
  }

  private static ServerSocket server() throws IOException {
    return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @ParameterizedTest
  @EachIsolation
  void whatIsAskedOfTheNetworkIsLogged(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    try (ServerSocket server = server()) {
      AuditSettings audit = AuditSettings.to(log.toString()).withLogNetwork(true);
      Policy policy = readonly().isolation(isolation).network(allowed(server)).audit(audit).build();
      long port = server.getLocalPort();

      Outcome outcome = Sandboxed.python(policy, work, CONNECT_BOTH, port);

      assertPrints("connected\n13\n", outcome);
      List<Map<String, Object>> events = events();
      var network = new ArrayList<>(events);
      network.removeIf(event -> !"network".equals(event.get("category")));
      assertEquals(List.of("network.allowed", "network.denied"), names(network));
      for (Map<String, Object> event : network) {
        assertEquals("connect", event.get("call"));
        assertEquals(port, event.get("port"));
        assertEquals("tcp", event.get("protocol"));
        assertEquals(List.of(), event.get("names"));
        assertTrue(
            event.getOrDefault("program", "").toString().contains("python"), event::toString);
        assertTrue((long) event.getOrDefault("process", 0L) > 0, event::toString);
        assertEquals(events.getLast().get("pid"), event.get("pid"));
        assertEquals(outcome.runId(), event.get("run"));
      }
      assertEquals("allow", network.get(0).get("decision"));
      assertEquals("127.0.0.1", network.get(0).get("address"));
      assertEquals("info", network.get(0).get("level"));
      assertEquals("allow 127.0.0.1:" + port, network.get(0).get("reason"));
      assertEquals("deny", network.get(1).get("decision"));
      assertEquals("127.0.0.2", network.get(1).get("address"));
      assertEquals("warn", network.get(1).get("level"));
      String rule = "no rule allows it: a loopback address has to be named itself";
      assertEquals(rule, network.get(1).get("reason"));
      assertEquals(
          Optional.of(new NetworkUse(1, 1, List.of("127.0.0.2 port " + port + "/tcp: " + rule))),
          outcome.network());
    }
  }

  @Test
  void whatNobodyWantsToReadIsCountedAlone() throws Exception {
    try (ServerSocket server = server()) {
      AuditSettings audit = AuditSettings.to(log.toString()).withLogNetwork(false);
      Policy policy = readonly().network(allowed(server)).audit(audit).build();

      Outcome outcome = Sandboxed.python(policy, work, CONNECT_BOTH, server.getLocalPort());

      assertPrints("connected\n13\n", outcome);
      assertFalse(names(events()).toString().contains("network."));
      assertEquals(1, outcome.network().orElseThrow().allowed());
      assertEquals(1, outcome.network().orElseThrow().refused());
    }
  }

  /** The broker refuses what its listener throws at; so nothing happens that is not in the log. */
  @Test
  void whatCannotBeLoggedIsThrown() throws Exception {
    NetworkDecision decision = new NetworkDecision.Named("example.org", Optional.empty(), "none");
    for (AuditSettings.OnFailure failure : AuditSettings.OnFailure.values()) {
      Policy policy =
          readonly()
              .audit(AuditSettings.to(log.toString()).withLogNetwork(true).withOnFailure(failure))
              .build();
      AuditLog closed = AuditLog.open(policy, work, Optional.empty(), "run");
      NetworkEvents.write(closed, 7, decision);
      closed.close();
      if (failure == AuditSettings.OnFailure.REFUSE) {
        assertThrows(IllegalStateException.class, () -> NetworkEvents.write(closed, 7, decision));
      } else {
        NetworkEvents.write(closed, 7, decision);
      }
    }
    assertEquals(List.of("network.denied", "network.denied"), names(events()));
    assertEquals("example.org", events().getFirst().get("name"));
    assertFalse(events().getFirst().containsKey("address"));
  }

  @Test
  void aRefusalIsLoggedAndNothingElse() throws Exception {
    Policy policy =
        audited(readonly()).rule(new CommandRule("^sh ", Optional.empty(), true)).build();

    Outcome outcome = sh(policy, work, "true");

    String reason = assertRefused(outcome);
    List<Map<String, Object>> events = events();
    assertEquals(List.of("run.refused"), names(events));
    assertEquals(outcome.runId(), events.getFirst().get("run"));
    assertEquals("deny", events.getFirst().get("decision"));
    assertEquals(reason, events.getFirst().get("reason"));
  }

  @Test
  void whatSomebodyConfirmedIsLoggedAndRuns() throws Exception {
    Policy policy =
        audited(readonly()).rule(new CommandRule("^true", Optional.empty(), true)).build();
    var asked = new ArrayList<String>();

    Outcome outcome = Sandbox.of(policy).command("true").directory(work).confirm(asked::add).run();

    assertTrue(outcome.success(), outcome::toJson);
    List<Map<String, Object>> events = events();
    assertEquals(List.of("run.confirmed", "run.start", "run.exit"), names(events));
    assertEquals("allow", events.getFirst().get("decision"));
    assertEquals(List.of("true"), events.getFirst().get("argv"));
    assertEquals(asked, List.of(events.getFirst().getOrDefault("reason", "")));
  }

  @Test
  void aCommandThatIsNotFoundIsLogged() throws Exception {
    Sandboxed.run(audited(readonly()).build(), work, List.of("no-such-command"));

    assertEquals(List.of("run.failed"), names(events()));
  }

  @Test
  void gapsAreLoggedBeforeTheStart() throws Exception {
    // A file with two names cannot be blocked.
    Path token = Files.writeString(work.resolve("token"), "");
    Files.createLink(work.resolve("other"), token);
    Policy policy =
        audited(readonly())
            .blocked(token.toString())
            .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
            .build();

    Outcome outcome = sh(policy, work, "true");

    List<Map<String, Object>> events = events();
    int gaps = outcome.enforcement().orElseThrow().gaps().size();
    assertTrue(gaps > 0);
    assertEquals(gaps + 2, events.size());
    for (int i = 0; i < gaps; i++) {
      EnforcedProtection gap = outcome.enforcement().orElseThrow().gaps().get(i);
      assertEquals("enforcement.gap", events.get(i).get("event"));
      assertEquals(gap.protection().key(), events.get(i).get("protection"));
      assertEquals(gap.state().key(), events.get(i).get("state"));
      assertEquals(gap.cause().code(), events.get(i).get("code"));
    }
    assertEquals("run.start", events.get(gaps).get("event"));
  }

  @Test
  void aLogThatCannotBeWrittenRefusesTheRun() throws Exception {
    Path missing = work.resolve("missing/audit.jsonl");
    Policy policy = workspace().audit(AuditSettings.to(missing.toString())).build();

    assertRefused(sh(policy, work, "touch ran"), missing.toString());
    assertFalse(Files.exists(work.resolve("ran")));
  }

  @Test
  void aLogThatTheCommandMayWriteIsRefused() throws Exception {
    Path inside = work.resolve("audit.jsonl");
    Policy policy = workspace().audit(AuditSettings.to(inside.toString())).build();

    assertRefused(sh(policy, work, "touch ran"), "lies where the command may write");
    assertFalse(Files.exists(work.resolve("ran")));
    // By way of a link it is the same file.
    Files.createSymbolicLink(temporary.toRealPath().resolve("way"), work);
    Policy around =
        workspace().audit(AuditSettings.to(temporary.toRealPath().resolve("way/log") + "")).build();
    assertRefused(sh(around, work, "touch ran"));
    // A command that may only read it does no harm.
    assertPrints(
        "", sh(readonly().audit(AuditSettings.to(inside.toString())).build(), work, "true"));
  }

  @Test
  void theCommandCannotWriteTheLog() throws Exception {
    Outcome outcome = sh(audited(workspace()).build(), work, "echo forged >> $1", log);

    Sandboxed.assertDenied(outcome);
    // Without namespaces a command that may write files may also change modes, which is a gap.
    assertEquals(List.of("enforcement.gap", "run.start", "run.exit"), names(events()));
  }

  /** Whose file it is, he may write it, unless something keeps him from it. */
  @ParameterizedTest
  @EachIsolation
  void whereNothingKeepsTheCommandFromItTheLogIsRefused(Isolation isolation) throws Exception {
    Policy.Builder off = workspace().enforcement(Protection.FILESYSTEM, Requirement.OFF);
    for (Policy.Builder builder : List.of(fullAccess(), off)) {
      Policy policy = audited(builder.isolation(isolation)).build();

      assertRefused(sh(policy, work, "touch ran"), "lies where the command may write");
      assertFalse(Files.exists(work.resolve("ran")));
    }
  }

  @Test
  void aLogBehindACoverIsNotWithinReach() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    Path hidden = Files.createDirectory(temporary.toRealPath().resolve("hidden"));
    log = hidden.resolve("audit.jsonl");
    Policy policy =
        audited(fullAccess().isolation(Isolation.NAMESPACE)).blocked(hidden.toString()).build();

    Outcome outcome = sh(policy, work, "echo forged >> $1", log);

    Sandboxed.assertDenied(outcome);
    var names = new ArrayList<Object>(names(events()));
    // As root, nothing keeps it from kernel.core_pattern in this mode.
    names.removeIf("enforcement.gap"::equals);
    assertEquals("run.start", names.getFirst());
    assertEquals("run.exit", names.getLast());
  }

  @Test
  void aLogThatABindMakesWritableIsRefused() throws Exception {
    Policy policy =
        audited(readonly().isolation(Isolation.NAMESPACE))
            .bind(temporary.toRealPath().toString(), "/mnt", true)
            .build();

    assertRefused(sh(policy, work, "touch /mnt/ran"), "lies where the command may write");
  }
}
