package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a run has asked for, in numbers. */
class TallyTest {
  private static NetworkDecision reached(int port, boolean allowed, String... names) {
    return new NetworkDecision.Reached(
        7,
        "/bin/x",
        "connect",
        IpAddress.of(new byte[] {1, 2, 3, 4}),
        port,
        TransportProtocol.TCP,
        List.of(names),
        allowed,
        "a rule");
  }

  @Test
  void countsAndNames() {
    var tally = new Tally();
    assertEquals(new NetworkCounts(0, 0, List.of()), tally.counts());
    tally.addAllowed();
    tally.add(reached(1, true));
    tally.add(reached(2, false));
    tally.add(reached(2, false));
    tally.add(reached(3, false, "example.org", "other.org"));
    tally.add(new NetworkDecision.Named("a.org", Optional.empty(), "no rule"));
    tally.add(
        new NetworkDecision.Named(
            "a.org", Optional.of(IpAddress.of(new byte[] {10, 0, 0, 1})), "not that"));
    tally.addRefused("something: else");
    assertEquals(
        new NetworkCounts(
            2,
            6,
            List.of(
                "1.2.3.4 port 2/tcp: a rule",
                "example.org (1.2.3.4) port 3/tcp: a rule",
                "a.org: no rule",
                "a.org (10.0.0.1): not that",
                "something: else")),
        tally.counts());
  }

  @Test
  void keepsAsManyAsPeopleRead() {
    var tally = new Tally();
    NetworkCounts before = tally.counts();
    for (int i = 0; i < 1000; i++) {
      tally.add(reached(i, false));
    }
    NetworkCounts counts = tally.counts();
    assertEquals(1000, counts.refused());
    assertEquals(20, counts.refusedTargets().size());
    assertEquals("1.2.3.4 port 0/tcp: a rule", counts.refusedTargets().getFirst());
    assertEquals(List.of(), before.refusedTargets());
    assertThrows(UnsupportedOperationException.class, () -> counts.refusedTargets().add("another"));
  }

  @Test
  void severalThreadsCount() throws InterruptedException {
    var tally = new Tally();
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 1000; i++) {
                  tally.addAllowed();
                  tally.add(reached(i, i % 2 == 0));
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(6000, tally.counts().allowed());
    assertEquals(2000, tally.counts().refused());
  }
}
