package io.github.cofferdam.broker;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What servers have answered, for as long as they said that it holds; that there is nothing, for
 * five seconds. It has 1,024 answers, of which those leave first that came first. Used by one
 * thread.
 */
final class AnswerCache {
  private static final int MOST = 1024;
  private static final long NEGATIVE_SECONDS = 5;

  /**
   * An answer and its end.
   *
   * @param until by the clock
   */
  private record Entry(DnsAnswer answer, long until) {}

  private final Map<DnsQuestion, Entry> entries = new LinkedHashMap<>();
  private final LongSupplier clock;

  /**
   * An empty one.
   *
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  AnswerCache(LongSupplier clock) {
    this.clock = clock;
  }

  /** {@return the answer to a question that still holds, with what is left of its time} */
  Optional<DnsAnswer> find(DnsQuestion question) {
    Entry entry = entries.get(question);
    if (entry == null) {
      return Optional.empty();
    }
    long left = entry.until() - clock.getAsLong();
    if (left <= 0) {
      entries.remove(question);
      return Optional.empty();
    }
    return Optional.of(entry.answer().lasting(TimeUnit.NANOSECONDS.toSeconds(left)));
  }

  /** Keeps an answer that says something. */
  void put(DnsQuestion question, DnsAnswer answer) {
    long seconds = answer.addresses().isEmpty() ? NEGATIVE_SECONDS : answer.seconds();
    if (seconds == 0) {
      return;
    }
    // At the end, also if an older one was there.
    entries.remove(question);
    long until = clock.getAsLong() + TimeUnit.SECONDS.toNanos(seconds);
    entries.put(question, new Entry(answer, until));
    if (entries.size() > MOST) {
      Iterator<DnsQuestion> oldest = entries.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
