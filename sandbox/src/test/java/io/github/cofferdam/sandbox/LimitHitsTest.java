package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.policy.TreeLimits;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is concluded from what the kernel says about an end. */
class LimitHitsTest {
  private static final Map<Resource, Limit> LIMITS =
      Map.of(Resource.CPU_TIME, new Limit(2, 3), Resource.FILE_SIZE, Limit.of(4096));

  private static final TreeLimits TREE_LIMITS = new TreeLimits(Map.of(TreeLimit.MEMORY, 1000L));

  private static final CgroupReading OUT_OF_MEMORY =
      new CgroupReading(OptionalLong.of(1000), true, 1, 0, 0, Duration.ZERO);

  private static Exit exit(int status, Exit.Reason reason, long cpuMillis) {
    return new Exit(
        status,
        reason,
        new ResourceUsage(
            Duration.ofMillis(cpuMillis / 2), Duration.ofMillis(cpuMillis / 2), 0, 0, 0, 0, 0));
  }

  private static LimitHits hits(int signal, long cpuMillis, CgroupReading reading) {
    Exit exit = exit(signal, Exit.Reason.BY_ITSELF, cpuMillis);
    return LimitHits.of(LIMITS, TREE_LIMITS, exit, reading, 0);
  }

  /** Signals: 9 SIGKILL, 15 SIGTERM, 24 SIGXCPU, 25 SIGXFSZ. */
  @ParameterizedTest
  @CsvSource({
    "24, 2010, cpu_time",
    "24, 1700, cpu_time",
    "24, 1400, ''",
    "24, 0, ''",
    "9, 2500, cpu_time",
    "9, 2010, ''",
    "9, 0, ''",
    "15, 5000, ''",
    "25, 0, file_size",
    "0, 5000, ''",
  })
  void anEndingNeedsItsEvidence(int signal, long cpuMillis, String limit) {
    LimitHits hits = hits(signal, cpuMillis, CgroupReading.NONE);

    assertEquals(limit, hits.ending().map(HitLimit::limit).orElse(""));
    assertEquals(limit.isEmpty() ? 0 : 1, hits.all().size());
  }

  @Test
  void memoryEndsTheCommandOnlyIfItWasKilled() {
    String killed = "the kernel ended 1 process because all 1000 bytes were in use";
    assertEquals(
        new HitLimit(
            "memory",
            killed + "; SIGKILL ended the command; who sent the signal, the kernel does not tell"),
        hits(9, 0, OUT_OF_MEMORY).ending().orElseThrow());
    assertEquals(List.of(new HitLimit("memory", killed)), hits(9, 0, OUT_OF_MEMORY).all());

    LimitHits survived = hits(0, 0, OUT_OF_MEMORY);
    assertEquals(Optional.empty(), survived.ending());
    assertEquals("memory", survived.all().getFirst().limit());
  }

  /** Nothing tells them from signals that the command sent to itself. */
  @Test
  void theEvidenceOfASignalSaysThatItsSenderIsNotKnown() {
    for (int signal : List.of(9, 24, 25)) {
      HitLimit ending = hits(signal, 5000, CgroupReading.NONE).ending().orElseThrow();
      assertTrue(ending.evidence().contains("the kernel does not tell"), ending::evidence);
    }
    String cpu = hits(24, 2010, CgroupReading.NONE).ending().orElseThrow().evidence();
    assertTrue(cpu.contains("that of its children included"), cpu);
  }

  @Test
  void killsForAnotherLimitAreNotOurs() {
    var elsewhere = new CgroupReading(OptionalLong.of(500), false, 1, 0, 0, Duration.ZERO);

    assertEquals(List.of(), hits(9, 0, elsewhere).all());
  }

  @Test
  void whoeverElseEndedIt() {
    for (Exit.Reason reason :
        List.of(Exit.Reason.DEADLINE, Exit.Reason.CLOSED, Exit.Reason.SUPERVISOR_LOST)) {
      LimitHits hits = LimitHits.of(LIMITS, TREE_LIMITS, exit(9, reason, 60_000), OUT_OF_MEMORY, 0);

      assertEquals(Optional.empty(), hits.ending());
      assertEquals(List.of("memory"), hits.all().stream().map(HitLimit::limit).toList());
    }
  }

  @Test
  void whatOnlyDelaysOrRefuses() {
    var reading = new CgroupReading(OptionalLong.empty(), false, 0, 7, 3, Duration.ofMillis(1500));

    LimitHits hits = hits(0, 0, reading);

    assertEquals(
        List.of(
            new HitLimit("tasks", "threads or processes that were not started: 7"),
            new HitLimit(
                "cpu_percent", "had to wait in 3 periods of 0.1 s, in all 1.5 s on all CPUs")),
        hits.all());
    assertTrue(hits.ending().isEmpty());
  }

  @Test
  void refusedConnectionsAreAHitThatEndsNobody() {
    LimitHits hits =
        LimitHits.of(LIMITS, TREE_LIMITS, exit(0, Exit.Reason.BY_ITSELF, 0), CgroupReading.NONE, 2);
    assertEquals(
        List.of(new HitLimit("connections", "connections that were refused: 2")), hits.all());
    assertTrue(hits.ending().isEmpty());
  }

  @Test
  void withoutALimitThereIsNoHit() {
    for (int signal : List.of(9, 24, 25)) {
      LimitHits hits =
          LimitHits.of(
              Map.of(Resource.CPU_TIME, Limit.unlimited()),
              TreeLimits.NONE,
              exit(signal, Exit.Reason.BY_ITSELF, 100_000),
              CgroupReading.NONE,
              0);
      assertEquals(List.of(), hits.all());
    }
  }
}
