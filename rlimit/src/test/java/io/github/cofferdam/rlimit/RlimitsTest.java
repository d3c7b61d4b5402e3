package io.github.cofferdam.rlimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.cofferdam.bindings.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits of a child that sleeps, so that this virtual machine keeps its own. */
@Tag("kernel")
class RlimitsTest {
  private static final Map<Resource, String> NAMES_IN_PROC =
      Map.ofEntries(
          Map.entry(Resource.ADDRESS_SPACE, "Max address space"),
          Map.entry(Resource.CORE_FILE, "Max core file size"),
          Map.entry(Resource.CPU_TIME, "Max cpu time"),
          Map.entry(Resource.DATA, "Max data size"),
          Map.entry(Resource.FILE_SIZE, "Max file size"),
          Map.entry(Resource.FILE_LOCKS, "Max file locks"),
          Map.entry(Resource.LOCKED_MEMORY, "Max locked memory"),
          Map.entry(Resource.MESSAGE_QUEUES, "Max msgqueue size"),
          Map.entry(Resource.NICE, "Max nice priority"),
          Map.entry(Resource.OPEN_FILES, "Max open files"),
          Map.entry(Resource.PROCESSES, "Max processes"),
          Map.entry(Resource.RESIDENT_SET, "Max resident set"),
          Map.entry(Resource.REALTIME_PRIORITY, "Max realtime priority"),
          Map.entry(Resource.REALTIME_TIME, "Max realtime timeout"),
          Map.entry(Resource.PENDING_SIGNALS, "Max pending signals"),
          Map.entry(Resource.STACK, "Max stack size"));

  private Process child;

  @BeforeEach
  void startChild() throws IOException {
    child = new ProcessBuilder("sleep", "100").start();
  }

  @AfterEach
  void endChild() throws InterruptedException {
    child.destroyForcibly().waitFor();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsSetIsWhatIsRead(Resource resource) throws IOException {
    Limit before = Rlimits.get(child.pid(), resource);
    assertEquals(before, inProc(resource));
    long hard = Long.compareUnsigned(before.hard(), 1_000_000) < 0 ? before.hard() : 1_000_000;
    var wanted = new Limit(hard / 2, hard);

    Rlimits.set(child.pid(), resource, wanted);

    assertEquals(wanted, Rlimits.get(child.pid(), resource));
    assertEquals(wanted, inProc(resource));
    Rlimits.set(child.pid(), resource, Limit.of(hard));
    assertEquals(Limit.of(hard), Rlimits.get(child.pid(), resource));
  }

  @Test
  void ownLimitsCanBeReadAndSet() throws IOException {
    Map<Resource, Limit> all = Rlimits.all();

    assertEquals(Resource.values().length, all.size());
    Limit core = Rlimits.get(Resource.CORE_FILE);
    assertEquals(all.get(Resource.CORE_FILE), core);
    try {
      Rlimits.set(Resource.CORE_FILE, new Limit(0, core.hard()));
      assertEquals(new Limit(0, core.hard()), Rlimits.get(Resource.CORE_FILE));
    } finally {
      Rlimits.set(Resource.CORE_FILE, core);
    }
    assertEquals(all, Rlimits.all());
  }

  @Test
  void raisingTheHardLimitNeedsTheCapability() throws IOException {
    assumeFalse(Rlimits.mayRaiseHardLimits(), "this user may raise hard limits");
    Rlimits.set(child.pid(), Resource.OPEN_FILES, Limit.of(64));

    var e =
        assertThrows(
            LimitException.class,
            () -> Rlimits.set(child.pid(), Resource.OPEN_FILES, new Limit(64, 65)));

    assertEquals(Errno.EPERM, e.errno());
    assertEquals(Optional.of(Limit.of(64)), e.current());
    assertTrue(
        e.toString()
            .contains(
                "cannot set open_files (RLIMIT_NOFILE) of process "
                    + child.pid()
                    + " to 64:65: the hard limit is 64; ask for at most that"),
        e::toString);
  }

  @Test
  void aProcessThatIsGoneIsNamed() throws Exception {
    child.destroyForcibly().waitFor();

    var e =
        assertThrows(
            LimitException.class, () -> Rlimits.set(child.pid(), Resource.DATA, Limit.of(1)));
    assertEquals(Errno.ESRCH, e.errno());
    assertTrue(e.toString().contains("of process " + child.pid()), e::toString);
    assertEquals(
        Errno.ESRCH,
        assertThrows(LimitException.class, () -> Rlimits.get(child.pid(), Resource.DATA)).errno());
  }

  @Test
  void processesOfOthersAreRefused() {
    assumeFalse(
        System.getProperty("cofferdam.test.uid", "").isEmpty(),
        "only for the run as an unprivileged user");

    var e = assertThrows(LimitException.class, () -> Rlimits.get(1, Resource.DATA));
    assertEquals(Errno.EPERM, e.errno());
  }

  @Test
  void whatIsNoProcessIdIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Rlimits.get(0, Resource.DATA));
    assertThrows(IllegalArgumentException.class, () -> Rlimits.get(1L << 32, Resource.DATA));
  }

  @Test
  void unprivilegedUsersMayNotRaise() throws IOException {
    assumeFalse(
        System.getProperty("cofferdam.test.uid", "").isEmpty(),
        "only for the run as an unprivileged user");

    assertEquals(false, Rlimits.mayRaiseHardLimits());
  }

  private Limit inProc(Resource resource) throws IOException {
    String limits = Files.readString(Path.of("/proc/" + child.pid() + "/limits"));
    Matcher line =
        Pattern.compile(NAMES_IN_PROC.get(resource) + " +(\\S+) +(\\S+)").matcher(limits);
    assertTrue(line.find(), limits);
    return new Limit(value(line.group(1)), value(line.group(2)));
  }

  private static long value(String text) {
    return text.equals("unlimited") ? Limit.UNLIMITED : Long.parseUnsignedLong(text);
  }
}
