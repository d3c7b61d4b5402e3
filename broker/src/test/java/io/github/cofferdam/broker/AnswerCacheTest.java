package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Answers are kept as long as they hold, if they are not too many. */
class AnswerCacheTest {
  /** A clock may pass its highest number. */
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

  private final AnswerCache cache = new AnswerCache(now::get);

  private static DnsQuestion question(int number) {
    return new DnsQuestion(DnsName.of("n" + number + ".example.org"), DnsMessage.A);
  }

  private static DnsAnswer lasting(long seconds) {
    return DnsAnswer.of(List.of(new IpAddress(1, 2)), seconds);
  }

  private void pass(long seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void anAnswerHoldsForItsTime() {
    cache.put(question(1), lasting(10));
    cache.put(question(2), lasting(0));
    cache.put(question(3), DnsAnswer.of(DnsMessage.NO_SUCH_NAME));
    assertEquals(Optional.empty(), cache.find(question(2)));
    pass(4);
    assertEquals(Optional.of(lasting(6)), cache.find(question(1)));
    assertEquals(3, cache.find(question(3)).orElseThrow().code());
    assertEquals(
        Optional.empty(), cache.find(new DnsQuestion(question(1).name(), DnsMessage.AAAA)));
    pass(1);
    assertEquals(Optional.empty(), cache.find(question(3)));
    pass(5);
    assertEquals(Optional.empty(), cache.find(question(1)));
  }

  @Test
  void theFirstOfTooManyLeaves() {
    for (int i = 0; i < 1024; i++) {
      cache.put(question(i), lasting(10));
    }
    // Newer than the others now.
    cache.put(question(0), lasting(20));
    cache.put(question(1024), lasting(10));
    assertEquals(Optional.of(lasting(20)), cache.find(question(0)));
    assertEquals(Optional.empty(), cache.find(question(1)));
    assertEquals(Optional.of(lasting(10)), cache.find(question(2)));
  }
}
