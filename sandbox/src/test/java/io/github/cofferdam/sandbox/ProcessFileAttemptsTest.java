package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.NO;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Files in {@code /proc} that act on another process or tell what it holds: of an outside process
 * of the same user, of this virtual machine, of the supervisor and of init.
 */
@Tag("kernel")
class ProcessFileAttemptsTest {
  /** What opens, or is read, only by whom the kernel would let trace the process. */
  private static final String CLOSED =
      """
      READ = ('mem environ maps smaps smaps_rollup numa_maps pagemap auxv io personality syscall stack'
              ' timers task/%d/environ task/%d/mem').split()
      LIST = 'fdinfo map_files root cwd'.split()
      LINK = 'exe cwd root fd/0 ns/user'.split()
      WRITE = 'mem task/%d/mem'.split()
      """;

  /** What whoever owns the process may write, as far as the kernel has it. */
  private static final String OWNED =
      """
      READ = LIST = LINK = ()
      WRITE = ('oom_score_adj oom_adj autogroup coredump_filter clear_refs comm timerslack_ns sched'
               ' latency make-it-fail fail-nth loginuid uid_map gid_map projid_map setgroups'
               ' timens_offsets attr/current attr/exec attr/keycreate task/%d/comm task/%d/oom_score_adj'
               ' task/%d/clear_refs').split()
      """;

  private static final String SCRIPT =
      """
      def opened(path, flags):
          file = os.open(path, flags)
          try:
              # Some are opened by anybody, and read by few.
              if flags == os.O_RDONLY: os.read(file, 1)
          finally: os.close(file)
      for who in sys.argv[1:]:
          pid = int(who) or os.getppid()
          def path(name): return '/proc/%d/' % pid + (name % pid if '%' in name else name)
          for name in READ:
              attempt('read:' + path(name), lambda: opened(path(name), os.O_RDONLY))
          for name in LIST: attempt('list:' + path(name), lambda: os.listdir(path(name)))
          for name in LINK: attempt('link:' + path(name), lambda: os.readlink(path(name)))
          for name in WRITE:
              attempt('write:' + path(name), lambda: opened(path(name), os.O_WRONLY))
      """;

  @TempDir private Path temporary;
  private Path work;
  private Process victim;

  @BeforeEach
  void startVictim() throws IOException {
    work = temporary.toRealPath();
    victim = new ProcessBuilder("sleep", marker()).start();
  }

  @AfterEach
  void endVictim() throws InterruptedException {
    victim.destroyForcibly().waitFor();
  }

  /** A policy that asks Landlock for nothing. */
  private static Policy.Builder withoutRestrictions(Isolation isolation) {
    return fullAccess()
        .isolation(isolation)
        .network(Network.Access.FULL)
        .enforcement(Protection.SIGNALS, Requirement.OFF)
        .enforcement(Protection.ABSTRACT_SOCKETS, Requirement.OFF)
        .enforcement(Protection.TREE_KILL, Requirement.OFF);
  }

  private static String at(Map<String, String> results, String name) {
    return String.valueOf(results.get(name));
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        readonly().isolation(isolation).build(),
        workspace().isolation(isolation).build(),
        fullAccess().isolation(isolation).build(),
        withoutRestrictions(isolation).build());
  }

  private Object[] processes(Isolation isolation) {
    // In a namespace the parent is init, and what the others are called there, nobody is called.
    return isolation == Isolation.BASIC
        ? new Object[] {victim.pid(), ProcessHandle.current().pid(), 0}
        : new Object[] {victim.pid(), ProcessHandle.current().pid(), 0, 1};
  }

  private static void assertClosed(Map<String, String> results) {
    assertTrue(results.size() > 20, results::toString);
    results.forEach((name, result) ->
        assertTrue(NO.contains(result), () -> name + " " + result + " in " + results));
  }

  /**
   * Whoever can write another's memory is behind no wall, whatever the policy does not restrict.
   */
  @ParameterizedTest
  @EachIsolation
  void noMemoryEnvironmentOrDescriptorOfOthersIsOpened(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeFalse(
        isolation == Isolation.BASIC && Abi.current().equals(Abi.V0),
        "no Landlock here: the report says that memory lies open");
    for (Policy policy : policies(isolation)) {
      assertClosed(Attempts.confined(policy, work, CLOSED + SCRIPT, processes(isolation)));
    }
    Map<String, String> free = Attempts.free(work, CLOSED + SCRIPT, victim.pid());
    for (String name : List.of("read:/proc/%d/environ", "write:/proc/%d/mem")) {
      String result = free.get(name.formatted(victim.pid()));
      assertTrue(result != null && result.startsWith("ok"), free::toString);
    }
  }

  /** Its own, and those of its children, it may look into as before. */
  @ParameterizedTest
  @EachIsolation
  void itsOwnStayOpen(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : policies(isolation)) {
      Map<String, String> results =
          Attempts.confined(
              policy,
              work,
              """
              child = os.fork()
              if child == 0:
                  while True: os.sched_yield()
              attempt('self', lambda: len(read('/proc/self/maps')) > 0)
              attempt('child', lambda: len(read('/proc/%d/maps' % child)) > 0)
              attempt('move', lambda: [os.mkdir('a'), os.mkdir('b'), open('a/f', 'w').close(),
                                       os.rename('a/f', 'b/f'), os.unlink('b/f'), os.rmdir('a'),
                                       os.rmdir('b')])
              os.kill(child, 9)
              """);
      assertEquals("ok True", results.get("self"), results::toString);
      assertEquals("ok True", results.get("child"), results::toString);
      if (policy.mode() != Mode.READONLY && Abi.current().compareTo(Abi.V2) >= 0) {
        // A layer that restricts nothing lets files go from one directory to another.
        assertTrue(at(results, "move").startsWith("ok"), results::toString);
      }
    }
  }

  /** What {@code oom_score_adj} stands for; open where every file may be written, which is said. */
  @ParameterizedTest
  @EachIsolation
  void noFileThatActsOnOthersIsWritten(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : policies(isolation)) {
      var report = Sandboxed.of(policy).command("true").directory(work).dryRun().enforcement();
      ProtectionState state = report.of(Protection.PROCESSES).state();
      boolean everything = policy.mode() == Mode.FULL_ACCESS && isolation == Isolation.BASIC;
      if (everything) {
        assertEquals(ProtectionState.PARTIAL, state);
      } else if (state == ProtectionState.ENFORCED) {
        assertClosed(Attempts.confined(policy, work, OWNED + SCRIPT, processes(isolation)));
      } else {
        assertEquals(Abi.V0, Abi.current());
      }
    }
    String adjust = "write:/proc/" + victim.pid() + "/oom_score_adj";
    Map<String, String> free = Attempts.free(work, OWNED + SCRIPT, victim.pid());
    assertTrue(at(free, adjust).startsWith("ok"), free::toString);
  }
}
