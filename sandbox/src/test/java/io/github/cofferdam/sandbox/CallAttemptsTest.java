package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.NO;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Calls that act on another process by its number alone, of an outside process of the same user, of
 * this virtual machine, of the supervisor and of init; docs/calls.md has all of them.
 */
@Tag("kernel")
class CallAttemptsTest {
  /** Those that the kernel lets a user make on any of his processes. */
  private static final List<String> CHANGES =
      List.of(
          "prlimit64",
          "setpriority",
          "ioprio_set",
          "sched_setaffinity",
          "sched_setscheduler",
          "sched_setparam",
          "sched_setattr",
          "timer_create",
          "clock_nanosleep",
          "migrate_pages",
          "move_pages",
          "get_robust_list");

  private static final List<String> READS =
      List.of(
          "sched_getaffinity",
          "sched_getscheduler",
          "sched_getparam",
          "sched_getattr",
          "getpriority",
          "getpgid",
          "getsid");

  private static final List<String> SIGNALS =
      List.of("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo");

  private static final List<String> OTHERS =
      List.of(
          "prctl",
          "ioprio_get",
          "pidfd_open",
          "pidfd_send_signal",
          "process_madvise",
          "process_mrelease",
          "fcntl",
          "ioctl",
          "kcmp");

  /**
   * {@code changes(name, pid)} tries all {@link #CHANGES}. What is set is what was there, or what
   * hurts nobody.
   */
  private static final String SCRIPT =
      """
      import struct
      N = dict((w[0], int(w[1])) for w in (line.split() for line in sys.argv[1].splitlines()))
      def buffer(size): return ctypes.create_string_buffer(size)
      def changes(who, pid):
          # Of message queues, which nobody here has; that of core files has rules of its own.
          RLIMIT_MSGQUEUE, limit = 12, buffer(16)
          call(N['prlimit64'], pid, RLIMIT_MSGQUEUE, 0, limit)
          soft, hard = struct.unpack('QQ', limit.raw)
          lower = ctypes.create_string_buffer(struct.pack('QQ', soft and soft - 1, hard), 16)
          attempt(who + ':prlimit64', lambda: call(N['prlimit64'], pid, RLIMIT_MSGQUEUE, lower, 0))
          attempt(who + ':setpriority', lambda: call(N['setpriority'], 0, pid, 1))
          attempt(who + ':ioprio_set', lambda: call(N['ioprio_set'], 1, pid, (2 << 13) | 5))
          mask = buffer(128)
          call(N['sched_getaffinity'], 0, 128, mask)
          one = buffer(128)
          first = next(i for i in range(1024) if mask.raw[i // 8] >> (i % 8) & 1)
          one[first // 8] = 1 << (first % 8)
          attempt(who + ':sched_setaffinity', lambda: call(N['sched_setaffinity'], pid, 128, one))
          SCHED_BATCH, zero = 3, buffer(4)
          attempt(who + ':sched_setscheduler',
                  lambda: call(N['sched_setscheduler'], pid, SCHED_BATCH, zero))
          attempt(who + ':sched_setparam', lambda: call(N['sched_setparam'], pid, zero))
          attributes = ctypes.create_string_buffer(
              struct.pack('IIQiIQQQ', 48, SCHED_BATCH, 0, 1, 0, 0, 0, 0), 48)
          attempt(who + ':sched_setattr', lambda: call(N['sched_setattr'], pid, attributes, 0))
          clock = ~pid << 3 | 2
          timer, time = buffer(8), buffer(16)
          attempt(who + ':timer_create', lambda: call(N['timer_create'], clock, 0, timer))
          attempt(who + ':clock_nanosleep', lambda: call(N['clock_nanosleep'], clock, 1, time, 0))
          nodes = ctypes.create_string_buffer(b'\\x01', 8)
          attempt(who + ':migrate_pages', lambda: call(N['migrate_pages'], pid, 64, nodes, nodes))
          attempt(who + ':move_pages', lambda: call(N['move_pages'], pid, 0, 0, 0, 0, 0))
          head, size = buffer(8), buffer(8)
          attempt(who + ':get_robust_list', lambda: call(N['get_robust_list'], pid, head, size))
      def reads(who, pid):
          data = buffer(128)
          attempt(who + ':sched_getaffinity', lambda: call(N['sched_getaffinity'], pid, 128, data))
          attempt(who + ':sched_getscheduler', lambda: call(N['sched_getscheduler'], pid))
          attempt(who + ':sched_getparam', lambda: call(N['sched_getparam'], pid, data))
          attempt(who + ':sched_getattr', lambda: call(N['sched_getattr'], pid, data, 48, 0))
          attempt(who + ':getpriority', lambda: call(N['getpriority'], 0, pid))
          attempt(who + ':getpgid', lambda: call(N['getpgid'], pid))
          attempt(who + ':getsid', lambda: call(N['getsid'], pid))
      def signals(who, pid, number=0):
          # struct siginfo: | signo | errno | code | ...; a negative code is a user's own.
          info = ctypes.create_string_buffer(struct.pack('iii', number, 0, -1), 128)
          attempt(who + ':kill', lambda: call(N['kill'], pid, number))
          attempt(who + ':tkill', lambda: call(N['tkill'], pid, number))
          attempt(who + ':tgkill', lambda: call(N['tgkill'], pid, pid, number))
          attempt(who + ':rt_sigqueueinfo', lambda: call(N['rt_sigqueueinfo'], pid, number, info))
          attempt(who + ':rt_tgsigqueueinfo',
                  lambda: call(N['rt_tgsigqueueinfo'], pid, pid, number, info))
          def through(fd):
              try: return call(N['pidfd_send_signal'], fd, number, 0, 0)
              finally: os.close(fd)
          attempt(who + ':pidfd_send_signal', lambda: through(call(N['pidfd_open'], pid, 0)))
          attempt(who + ':pidfd_of_directory',
                  lambda: through(os.open('/proc/%d' % pid, os.O_RDONLY)))
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

  private static String at(Map<String, String> results, String name) {
    return String.valueOf(results.get(name));
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        readonly().isolation(isolation).build(),
        workspace().isolation(isolation).build(),
        fullAccess().isolation(isolation).build());
  }

  /** Each line is a call's name and number. */
  private static String numbers() {
    return Stream.of(CHANGES, READS, SIGNALS, OTHERS)
        .flatMap(List::stream)
        .map(name -> name + " " + Attempts.number(name))
        .collect(Collectors.joining("\n"));
  }

  /**
   * What of a process a user can change: limits, scheduling, memory. Without its priority, since
   * some machines raise that of whoever uses them.
   */
  private static String state(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    // rt_priority, policy: proc_pid_stat(5)
    return String.join(" ", fields[37], fields[38])
        + Files.readString(process.resolve("limits"), StandardCharsets.ISO_8859_1)
        + Files.readString(process.resolve("oom_score_adj"))
        + Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1).stream()
            .filter(line -> line.startsWith("Cpus_allowed:") || line.startsWith("Mems_allowed:"))
            .toList();
  }

  private static Map<String, String> only(String who, Map<String, String> results) {
    return results.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(who + ":"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static void assertAll(Set<String> expected, int count, Map<String, String> results) {
    assertEquals(count, results.size(), results::toString);
    results.forEach((name, result) ->
        assertTrue(
            expected.contains(result) || (expected.contains("ok") && result.startsWith("ok")),
            () -> name + " in " + results));
  }

  /** Without a sandbox each of them works, or the attempts would show nothing. */
  private void assertWorksOutside() throws IOException, InterruptedException {
    String before = state(victim.pid());
    Map<String, String> results =
        Attempts.free(
            work, SCRIPT + "changes('victim', int(sys.argv[2]))", numbers(), victim.pid());
    for (String name : List.of("prlimit64", "setpriority", "sched_setaffinity", "timer_create")) {
      String result = results.get("victim:" + name);
      assertTrue(result != null && result.startsWith("ok"), () -> name + " in " + results);
    }
    assertTrue(!before.equals(state(victim.pid())), before);
  }

  /** Limits, priorities, processors, clocks and memory of others. */
  @ParameterizedTest
  @EachIsolation
  void noOtherProcessIsChanged(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        SCRIPT
            + """
            changes('parent', os.getppid())
            if sys.argv[4] == 'NAMESPACE': changes('init', 1)
            if sys.argv[4] == 'BASIC':
                changes('victim', int(sys.argv[2]))
                changes('machine', int(sys.argv[3]))
            """;
    long machine = ProcessHandle.current().pid();
    String before = state(victim.pid());
    String machineBefore = state(machine);
    int count = isolation == Isolation.BASIC ? 3 : 2;
    for (Policy policy : policies(isolation)) {
      Map<String, String> results =
          Attempts.confined(
              policy, work, script, numbers(), victim.pid(), machine, isolation.name());
      assertAll(Set.of("EPERM"), count * CHANGES.size(), results);
      assertEquals(before, state(victim.pid()));
      assertEquals(machineBefore, state(machine));
    }
    assertWorksOutside();
  }

  /** What /proc shows to everybody may be asked of the kernel as well. */
  @ParameterizedTest
  @EachIsolation
  void schedulingFactsStayReadable(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script = SCRIPT + "reads('parent', os.getppid())\nreads('init', 1)\nreads('self', 0)";
    for (Policy policy : policies(isolation)) {
      assertAll(Set.of("ok"), 3 * READS.size(), Attempts.confined(policy, work, script, numbers()));
    }
  }

  /** A process may change itself, and with a process-id namespace others of its run. */
  @ParameterizedTest
  @EachIsolation
  void ofItsOwnItCanChangeWhatTheFilterCanTellApart(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        SCRIPT
            + """
            child = os.fork()
            if child == 0:
                while True: os.sched_yield()
            changes('child', child)
            os.kill(child, 9)
            os.waitpid(child, 0)
            changes('self', 0)
            thread = int(os.readlink('/proc/thread-self').split('/')[-1])
            attempt('thread', lambda: os.sched_setaffinity(thread, os.sched_getaffinity(0)))
            """;
    for (Policy policy : policies(isolation)) {
      Map<String, String> results = Attempts.confined(policy, work, script, numbers());
      String mine = isolation == Isolation.NAMESPACE ? "ok" : "EPERM";
      for (String name : List.of("prlimit64", "setpriority", "ioprio_set", "sched_setaffinity")) {
        assertTrue(at(results, "child:" + name).startsWith(mine), results::toString);
        assertTrue(at(results, "self:" + name).startsWith("ok"), results::toString);
      }
      assertTrue(at(results, "thread").startsWith(mine), results::toString);
      assertTrue(at(results, "self:timer_create").startsWith("ok"), results::toString);
      assertEquals("EPERM", results.get("child:timer_create"), results::toString);
    }
  }

  /** Never by user, and never with a process that a pointer or a descriptor leads to. */
  @ParameterizedTest
  @EachIsolation
  void nobodyIsNamedByUserOrDescriptor(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        SCRIPT
            + """
            # Nobody's processes: what would be set where a wall is missing hits none.
            NOBODY = 0x7ffffff0
            attempt('x:setpriority', lambda: call(N['setpriority'], 2, NOBODY, 1))
            attempt('x:ioprio_set', lambda: call(N['ioprio_set'], 3, NOBODY, (2 << 13) | 5))
            attempt('x:ioprio_get', lambda: call(N['ioprio_get'], 3, os.getuid()))
            attempt('x:getpriority', lambda: call(N['getpriority'], 2, os.getuid()))
            PR_SCHED_CORE, SHARE_TO, SHARE_FROM = 62, 2, 3
            for pid in (os.getppid(), 1):
                attempt('x:to%d' % pid, lambda: call(N['prctl'], PR_SCHED_CORE, SHARE_TO, pid, 0, 0))
                attempt('x:from%d' % pid,
                        lambda: call(N['prctl'], PR_SCHED_CORE, SHARE_FROM, pid, 0, 0))
            own = call(N['pidfd_open'], os.getpid(), 0)
            attempt('x:process_madvise', lambda: call(N['process_madvise'], own, 0, 0, 20, 0))
            attempt('x:process_mrelease', lambda: call(N['process_mrelease'], own, 0))
            """;
    for (Policy policy : policies(isolation)) {
      Map<String, String> results = Attempts.confined(policy, work, script, numbers());
      results.forEach(
          (name, result) -> assertEquals("EPERM", result, () -> name + " in " + results));
      assertTrue(results.size() >= 8, results::toString);
    }
  }

  /** Signals: in a namespace the numbers of others are nobody's, and init's is refused. */
  @ParameterizedTest
  @EachIsolation
  void noOtherProcessIsSignalled(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(
        isolation == Isolation.NAMESPACE || Abi.current().compareTo(Abi.V6) >= 0,
        "no Landlock scope for signals here");
    String script =
        SCRIPT
            + """
            signals('parent', os.getppid())
            signals('init', 1)
            signals('victim', int(sys.argv[2]))
            signals('machine', int(sys.argv[3]))
            """;
    for (Policy policy : policies(isolation)) {
      Map<String, String> results =
          Attempts.confined(
              policy, work, script, numbers(), victim.pid(), ProcessHandle.current().pid());
      assertAll(NO, 4 * (SIGNALS.size() + 2), results);
      assertAll(Set.of("EPERM"), SIGNALS.size() + 2, only("init", results));
    }
    Map<String, String> free =
        Attempts.free(
            work, SCRIPT + "signals('victim', int(sys.argv[2]))", numbers(), victim.pid());
    assertAll(Set.of("ok"), SIGNALS.size() + 2, free);
  }

  /**
   * The owner of a descriptor is sent SIGIO when there is something to read, which ends a process
   * that does not expect it.
   */
  @ParameterizedTest
  @EachIsolation
  void noOtherProcessIsMadeTheOwnerOfADescriptor(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        SCRIPT
            + """
            import fcntl, socket
            F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP = 10, 15, 0x8901, 0x8902
            def owned(how, asynchronous=None):
                ours, theirs = socket.socketpair()
                how(ours)
                (asynchronous or flag)(ours)
                theirs.send(b'x')
            def flag(file):
                fcntl.fcntl(file, fcntl.F_SETFL, os.O_NONBLOCK | fcntl.FASYNC)
            def command(file):
                fcntl.ioctl(file, 0x5452, struct.pack('i', 1))
            for pid in map(int, sys.argv[2:]):
                pid = pid or os.getppid()
                number = struct.pack('i', pid)
                attempt('own%d' % pid, lambda: owned(lambda f: fcntl.fcntl(f, fcntl.F_SETOWN, pid)))
                attempt('group%d' % pid,
                        lambda: owned(lambda f: fcntl.fcntl(f, fcntl.F_SETOWN, -pid)))
                attempt('command%d' % pid,
                        lambda: owned(lambda f: fcntl.fcntl(f, fcntl.F_SETOWN, pid), command))
                attempt('ex%d' % pid, lambda: owned(
                    lambda f: fcntl.fcntl(f, F_SETOWN_EX, struct.pack('ii', 1, pid))))
                attempt('ioctl%d' % pid, lambda: owned(lambda f: fcntl.ioctl(f, FIOSETOWN, number)))
                attempt('pgrp%d' % pid, lambda: owned(lambda f: fcntl.ioctl(f, SIOCSPGRP, number)))
                def kill(f):
                    fcntl.fcntl(f, F_SETSIG, 9)
                    fcntl.fcntl(f, fcntl.F_SETOWN, pid)
                attempt('kill%d' % pid, lambda: owned(kill))
            """;
    for (Policy policy : policies(isolation)) {
      // That the script ends by itself shows that the supervisor lived, which passes signals on.
      Attempts.confined(
          policy, work, script, numbers(), 0, isolation == Isolation.BASIC ? victim.pid() : 1);
      Attempts.confined(
          policy.toBuilder()
              .enforcement(Protection.SIGNALS, Requirement.OFF)
              .enforcement(Protection.TREE_KILL, Requirement.OFF)
              .build(),
          work,
          script,
          numbers(),
          isolation == Isolation.BASIC ? victim.pid() : 0);
    }
    assertTrue(victim.isAlive());
    Attempts.free(work, script, numbers(), victim.pid());
    assertTrue(victim.waitFor() > 128, "not ended by a signal");
  }

  /** A lease keeps others waiting for a file; dnotify and signals are what nobody needs. */
  @ParameterizedTest
  @EachIsolation
  void noFileIsLeased(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path file = Files.writeString(work.resolve("policy.toml"), "");
    String script =
        """
        import fcntl
        F_SETDELEG = 1040
        file = os.open(sys.argv[1], os.O_RDONLY)
        folder = os.open(os.path.dirname(sys.argv[1]), os.O_RDONLY)
        attempt('read', lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK))
        attempt('write', lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK))
        attempt('delegation', lambda: fcntl.fcntl(folder, F_SETDELEG, b'\\0' * 16))
        attempt('notify', lambda: fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_MODIFY))
        """;
    for (Policy policy : policies(isolation)) {
      Map<String, String> results = Attempts.confined(policy, work, script, file);
      assertAll(Set.of("EPERM"), 4, results);
    }
    assertTrue(at(Attempts.free(work, script, file), "read").startsWith("ok"));
  }
}
