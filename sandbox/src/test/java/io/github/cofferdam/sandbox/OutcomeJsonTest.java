package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OutcomeJsonTest {
  private static final EnforcementReport REPORT =
      new EnforcementReport(
          Isolation.BASIC,
          List.of(
              new EnforcedProtection(
                  Protection.NETWORK,
                  Requirement.REQUIRE,
                  ProtectionState.ENFORCED,
                  new Cause.Held(Cause.Means.SECCOMP, "by \"seccomp\"\n"))),
          List.of("a \"warning\"\n"));

  private static Outcome outcome(Ending ending, boolean ran) {
    return new Outcome(
        "run-1",
        List.of("printf", "\"\n\u0001\u20ac"),
        ending,
        ran ? Optional.of(REPORT) : Optional.empty(),
        ran
            ? Optional.of(
                new ResourceUsage(
                    Duration.ofMillis(1500), Duration.ofMillis(250), 4096, 1, 2, 3, 4))
            : Optional.empty(),
        Duration.ofMillis(2500),
        Optional.empty(),
        ran ? List.of(new HitLimit("memory", "a \"b\"")) : List.of(),
        ran ? Optional.of(new PeakMemory(77, true)) : Optional.empty(),
        List.of("A_KEY", "\n"),
        ran
            ? Optional.of(new NetworkUse(2, 1, List.of("192.0.2.1 port 80/tcp: \u001b")))
            : Optional.empty(),
        List.of(OsText.path("/w/caf\udce9")));
  }

  static List<Arguments> endings() {
    return List.of(
        Arguments.of(new Ending.Exited(3), "exited", 3L, Map.of("exit_code", 3L)),
        Arguments.of(new Ending.Signalled(9), "signalled", 137L, Map.of("signal", 9L)),
        Arguments.of(
            new Ending.TimedOut(Duration.ofMillis(1500)),
            "timed_out",
            124L,
            Map.of("timeout_seconds", 1.5)),
        Arguments.of(
            new Ending.LimitHit("cpu_time", "e", 24),
            "limit_hit",
            152L,
            Map.of("limit", "cpu_time", "evidence", "e", "signal", 24L)),
        Arguments.of(new Ending.Closed(), "closed", 137L, Map.of()),
        Arguments.of(new Ending.SupervisorLost(), "supervisor_lost", 125L, Map.of()),
        Arguments.of(new Ending.Refused("a\n\"b\""), "refused", 125L, Map.of("reason", "a\n\"b\"")),
        Arguments.of(new Ending.SetupFailed("s"), "setup_failed", 125L, Map.of("reason", "s")),
        Arguments.of(
            new Ending.NotExecuted(true, "n"), "not_executable", 126L, Map.of("reason", "n")),
        Arguments.of(new Ending.NotExecuted(false, "n"), "not_found", 127L, Map.of("reason", "n")));
  }

  @ParameterizedTest
  @MethodSource("endings")
  void everyEndingIsAnObject(Ending ending, String kind, long status, Map<String, Object> own) {
    Map<String, Object> json = Json.object(outcome(ending, true).toJson());

    assertEquals("run-1", json.get("run"));
    assertEquals(List.of("printf", "\"\n\u0001\u20ac"), json.get("argv"));
    assertEquals(kind, json.get("kind"));
    assertEquals(status, json.get("status"));
    assertEquals(2.5, json.get("wall_seconds"));
    own.forEach((name, value) -> assertEquals(value, json.get(name)));
    assertEquals(
        ending instanceof Ending.Refused(String reason) ? List.of(reason) : List.of(),
        json.get("refusals"));
    assertEquals(List.of("a \"warning\"\n"), json.get("warnings"));
    assertEquals(List.of("A_KEY", "\n"), json.get("environment_dropped"));
    assertEquals(List.of("/w/caf\\xe9"), json.get("made_names"));
    assertEquals(
        Map.of(
            "user_seconds", 1.5,
            "system_seconds", 0.25,
            "max_resident_bytes", 4096L,
            "minor_faults", 1L,
            "major_faults", 2L,
            "blocks_read", 3L,
            "blocks_written", 4L),
        json.get("usage"));
    assertEquals(
        List.of(
            Map.of(
                "protection", "network",
                "requirement", "require",
                "state", "enforced",
                "detail", "by \"seccomp\"\n",
                "code", "by_seccomp")),
        json.get("enforcement"));
    assertEquals(List.of(Map.of("limit", "memory", "evidence", "a \"b\"")), json.get("limits_hit"));
    assertEquals(Map.of("bytes", 77L, "whole_tree", true), json.get("peak_memory"));
    assertEquals(
        Map.of(
            "allowed", 2L,
            "refused", 1L,
            "refused_targets", List.of("192.0.2.1 port 80/tcp: \u001b")),
        json.get("network"));
    assertEquals("basic", json.get("isolation"));
    assertEquals(15 + own.size(), json.size(), json::toString);
  }

  @Test
  void whatNeverRanHasNoUsage() {
    Map<String, Object> json = Json.object(outcome(new Ending.Refused("no"), false).toJson());

    assertFalse(json.containsKey("usage"));
    assertFalse(json.containsKey("peak_memory"));
    assertFalse(json.containsKey("network"));
    assertEquals(List.of(), json.get("limits_hit"));
    assertEquals(List.of(), json.get("enforcement"));
  }
}
