package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What brokers hold in this virtual machine: descriptors, threads, and objects, which a broker that
 * has done its work holds none of.
 *
 * @param descriptors that are open
 * @param threads names of those that do not just wait in a pool for work
 * @param objects of the broker's for runs and for what is under way, by their class
 */
record BrokerTraces(long descriptors, Set<String> threads, Map<String, Long> objects) {
  /** Patience with what ends by itself; nothing is said of how long it takes. */
  private static final int LOOKS = 150;

  private static final int LOOK_MILLIS = 100;
  private static final String POOL = "cofferdam-broker-";

  /** What there is one of for each run, for each call, and for each that is under way. */
  private static final Set<String> OF_RUNS =
      Set.of(
          "io.github.cofferdam.broker.Asked",
          "io.github.cofferdam.broker.HostSocket",
          "io.github.cofferdam.broker.NetworkBroker",
          "io.github.cofferdam.broker.Tally",
          "io.github.cofferdam.broker.Waiting",
          "io.github.cofferdam.broker.Waiting$Call",
          "io.github.cofferdam.seccomp.Listener",
          "io.github.cofferdam.seccomp.Notification");

  /** Number, instances, bytes, class. */
  private static final Pattern LINE = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+).*");

  static BrokerTraces now() throws IOException, JMException {
    // It collects garbage first.
    Map<String, Long> objects = countObjects();
    return new BrokerTraces(entries("/proc/self/fd"), atWork(), objects);
  }

  /**
   * Waits until this virtual machine holds no more than before, and fails if it goes on to.
   *
   * @return how much it held before and holds now
   */
  String assertNothingMore() throws IOException, JMException, InterruptedException {
    BrokerTraces now = now();
    for (int look = 0; look < LOOKS && !isNoMoreThan(now); look++) {
      Thread.sleep(LOOK_MILLIS);
      now = now();
    }
    String both = this + " became " + now;
    assertTrue(isNoMoreThan(now), both);
    return counts() + " became " + now.counts();
  }

  private String counts() {
    return descriptors + " descriptors, " + threads.size() + " threads, " + objects;
  }

  /** The virtual machine itself may open a jar or start a thread; a leak would come to hundreds. */
  private boolean isNoMoreThan(BrokerTraces later) {
    return later.descriptors <= descriptors + 5
        && later.threads.size() <= threads.size() + 5
        && later.objects.entrySet().stream()
            .allMatch(type -> type.getValue() <= objects.getOrDefault(type.getKey(), 0L));
  }

  private static long entries(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(folder))) {
      return entries.count();
    }
  }

  /** By name, less those that wait in a pool for work, of which there may be none. */
  private static Set<String> atWork() {
    var names = new TreeSet<String>();
    Thread.getAllStackTraces()
        .forEach((thread, stack) -> {
          if (Stream.of(stack).noneMatch(BrokerTraces::waitsInPool)) {
            names.add(thread.getName() + " " + thread.threadId());
          }
        });
    return names;
  }

  private static boolean waitsInPool(StackTraceElement frame) {
    String method = frame.getClassName() + "." + frame.getMethodName();
    return method.endsWith(".ThreadPoolExecutor.getTask")
        || method.endsWith(".ForkJoinPool.awaitWork");
  }

  /** Waits until so many threads of the broker's pool are at work, or a long time has gone by. */
  static void awaitWaiting(int count) throws InterruptedException {
    for (int look = 0; look < LOOKS && waiting() < count; look++) {
      Thread.sleep(LOOK_MILLIS);
    }
    assertTrue(waiting() >= count, () -> waiting() + " of " + count);
  }

  private static long waiting() {
    return atWork().stream().filter(name -> name.startsWith(POOL)).count();
  }

  private static Map<String, Long> countObjects() throws JMException {
    var name = new ObjectName("com.sun.management:type=DiagnosticCommand");
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    name,
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    var counts = new TreeMap<String, Long>();
    histogram
        .lines()
        .forEach(line -> {
          Matcher matcher = LINE.matcher(line);
          if (matcher.matches() && OF_RUNS.contains(matcher.group(2))) {
            counts.put(matcher.group(2), Long.valueOf(matcher.group(1)));
          }
        });
    return counts;
  }
}
