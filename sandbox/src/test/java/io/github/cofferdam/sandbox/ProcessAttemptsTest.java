package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.NO;
import static io.github.cofferdam.sandbox.Attempts.assertAll;
import static io.github.cofferdam.sandbox.Attempts.assertAllRefused;
import static io.github.cofferdam.sandbox.Attempts.number;
import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.policy.CommandRule;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.testkit.I386;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Attempts on processes and the kernel, each with the number that it has in the collection beside
 * the project; {@link AttemptsCoverageTest} sees to it that none is left out.
 */
@Tag("kernel")
@FirstAndLaterRuns
class ProcessAttemptsTest {
  @TempDir private Path temporary;
  private Path work;

  @BeforeEach
  void realPath() throws IOException {
    work = temporary.toRealPath();
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        readonly().isolation(isolation).build(),
        workspace().isolation(isolation).build(),
        fullAccess().isolation(isolation).build());
  }

  // ---------------------------------------------------------------- other processes

  /** PR-01, PR-04. */
  @ParameterizedTest
  @EachIsolation
  void noOtherProcessIsReadOrTraced(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        victim = int(sys.argv[1])
        PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
        def memory(flags):
            os.close(os.open('/proc/%d/mem' % victim, flags))
        attempt('read', lambda: memory(os.O_RDONLY))
        attempt('write', lambda: memory(os.O_RDWR))
        attempt('attach', lambda: call(int(sys.argv[2]), PTRACE_ATTACH, victim, 0, 0))
        attempt('seize', lambda: call(int(sys.argv[2]), PTRACE_SEIZE, victim, 0, 0))
        attempt('traceme', lambda: call(int(sys.argv[2]), 0, 0, 0, 0))
        piece = ctypes.create_string_buffer(16)
        vector = (ctypes.c_size_t * 2)(ctypes.addressof(piece), 16)
        attempt('readv', lambda: call(int(sys.argv[3]), victim, vector, 1, vector, 1, 0))
        attempt('writev', lambda: call(int(sys.argv[4]), victim, vector, 1, vector, 1, 0))
        # The parent, which is the supervisor.
        attempt('parent', lambda: os.close(os.open('/proc/%d/mem' % os.getppid(), os.O_RDWR)))
        attempt('sibling', lambda: call(int(sys.argv[2]), PTRACE_SEIZE, os.getppid(), 0, 0))
        """;
    Process victim = new ProcessBuilder("sleep", marker()).start();
    Object[] arguments = {
      victim.pid(), number("ptrace"), number("process_vm_readv"), number("process_vm_writev")
    };
    try {
      for (Policy policy : policies(isolation)) {
        assertAllRefused(9, Attempts.confined(policy, work, script, arguments));
      }
      String read = "attempt('read', lambda: os.open('/proc/%s/mem' % sys.argv[1], os.O_RDONLY))";
      String free = String.valueOf(Attempts.free(work, read, victim.pid()).get("read"));
      assertTrue(free.startsWith("ok"), free);
    } finally {
      victim.destroyForcibly().waitFor();
    }
  }

  /** PR-03: nobody opens files for the command, so what is self is its own. */
  @ParameterizedTest
  @EachIsolation
  void selfIsTheCommandItself(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path closed = Files.createDirectory(work.resolve("closed"));
    Policy policy =
        Attempts.tools(isolation).readOnly(work.toString()).blocked(closed.toString()).build();

    assertEquals(
        Map.of("comm", "ok python3", "self", "ok True", "thread", "ok True"),
        Attempts.confined(
            policy,
            work,
            """
            attempt('comm', lambda: 'python3' if read('/proc/self/comm').startswith('python3') else 0)
            attempt('self', lambda: os.readlink('/proc/self') == str(os.getpid()))
            attempt('thread', lambda: os.readlink('/proc/thread-self').startswith('%d/' % os.getpid()))
            """));
  }

  // ---------------------------------------------------------------- system calls

  /** PR-14, PR-18, PR-19, PR-21, PR-22, PR-24, PR-25, PR-27. */
  @ParameterizedTest
  @EachIsolation
  void callsThatLeadOutAreRefused(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String refused =
        """
        clone 0x10000011 0 0 0 0
        unshare 0x10000000
        unshare 0x00020000
        setns -1 0
        mount path path path 0 0
        umount2 path 0
        fsopen path 0
        fsconfig -1 0 0 0 0
        fsmount -1 0 0
        fspick -100 path 0
        move_mount -100 path -100 path 0
        open_tree -100 path 1
        mount_setattr -100 path 0 path 32
        pivot_root path path
        chroot path
        bpf 0 path 16
        perf_event_open path 0 -1 -1 0
        keyctl 0 -3 0
        keyctl 18 0 0
        add_key path path 0 0 -3
        request_key path path 0 -3
        init_module path 0 path
        finit_module -1 path 0
        delete_module path 0
        kexec_load 0 0 0 0
        kexec_file_load -1 -1 0 path 0
        reboot 0 0 0 0
        swapon path 0
        swapoff path
        acct path
        quotactl 0 path 0 path
        quotactl_fd -1 0 0 path
        settimeofday 0 path
        sethostname path 1
        setdomainname path 1
        syslog 3 path 10
        """;
    String absent =
        """
        io_uring_setup 4 path
        io_uring_enter -1 0 0 0 0 0
        io_uring_register -1 0 0 0
        clone3 path 88
        """;
    String script =
        """
        # Nothing that exists, so that nothing happens where a wall is missing.
        buffer = ctypes.create_string_buffer(b'/nonexistent/cofferdam', 4096)
        for line in sys.argv[1].splitlines():
            name, number, *words = line.split()
            arguments = [buffer if word == 'path' else int(word, 0) for word in words]
            attempt(name + ''.join(words), lambda: call(int(number), *arguments))
        """;
    for (Policy policy : policies(isolation)) {
      assertAll("EPERM", Attempts.confined(policy, work, script, numbered(refused)));
      assertAll("ENOSYS", Attempts.confined(policy, work, script, numbered(absent)));
    }
  }

  /** Each line's name is followed by its number. */
  private static String numbered(String calls) {
    var lines = new StringBuilder();
    for (String line : calls.lines().toList()) {
      String name = line.substring(0, line.indexOf(' '));
      lines.append(name).append(' ').append(number(name));
      lines.append(line.substring(name.length())).append('\n');
    }
    return lines.toString();
  }

  /** PR-16: socket and getpid with the bit of x32. */
  @ParameterizedTest
  @EachIsolation
  void callsOfX32AreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Arch.host() == Arch.X86_64, "only x86_64 has them");
    for (Policy policy : policies(isolation)) {
      assertAll(
          "ENOSYS",
          Attempts.confined(
              policy,
              work,
              """
              attempt('socket', lambda: call(0x40000000 | 41, 2, 1, 0))
              attempt('getpid', lambda: call(0x40000000 | 39))
              """));
    }
  }

  /** PR-15. */
  @ParameterizedTest
  @EachIsolation
  void callsOfI386AreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    I386.assumeAvailable(work);
    // mov $20, %eax (getpid of i386); int $0x80; ret
    String int80 =
        """
        import ctypes, mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
        code = ctypes.addressof(ctypes.c_char.from_buffer(page))
        print(ctypes.CFUNCTYPE(ctypes.c_int)(code)())
        """;
    for (Policy policy : policies(isolation)) {
      Outcome outcome = python(policy, work, int80);
      assertEquals(new Ending.Signalled(31), outcome.ending(), () -> text(outcome));
    }
  }

  // ---------------------------------------------------------------- channels to others

  /** PR-29. */
  @ParameterizedTest
  @EachIsolation
  void sharedMemoryOfOthersIsOutOfReach(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    int key = 0x0cff0000 | (int) (ProcessHandle.current().pid() & 0xffff);
    String make =
        """
        key, shmget, shmctl, msgget = [int(word) for word in sys.argv[1:5]]
        attempt('make', lambda: call(shmget, key, 4096, 0o1666))
        """;
    String remove = "call(shmctl, call(shmget, key, 0, 0), 0, 0)\n";
    String list = "attempt('list', lambda: str(key) in read('/proc/sysvipc/shm'))\n";
    Object[] arguments = {key, number("shmget"), number("shmctl"), number("msgget")};
    String made = Attempts.free(work, make + list, arguments).toString();
    assumeTrue(made.contains("list=ok True"), () -> "no System V memory here: " + made);
    try {
      for (Policy policy : policies(isolation)) {
        Map<String, String> results =
            Attempts.confined(
                policy,
                work,
                make.lines().findFirst().orElseThrow()
                    + "\n"
                    + "attempt('get', lambda: call(shmget, key, 0, 0))\n"
                    + "attempt('queue', lambda: call(msgget, key, 0))\n"
                    + list,
                arguments);
        String no = isolation == Isolation.BASIC ? "EPERM" : "ENOENT";
        assertEquals(no, results.get("get"), results::toString);
        assertEquals(no, results.get("queue"), results::toString);
        if (isolation == Isolation.NAMESPACE) {
          assertEquals("ok False", results.get("list"), results::toString);
        }
      }
    } finally {
      Attempts.free(work, make.lines().findFirst().orElseThrow() + "\n" + remove, arguments);
    }
  }

  /** PR-30. */
  @ParameterizedTest
  @EachIsolation
  void sharedDirectoriesAreNoChannel(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String name = "cofferdam-chan-" + marker();
    List<Path> places =
        List.of(Path.of("/dev/shm", name), Path.of("/tmp", name), Path.of("/var/tmp", name));
    for (Policy policy :
        List.of(
            readonly().isolation(isolation).build(), workspace().isolation(isolation).build())) {
      for (Path place : places) {
        // What it makes in a place of its own is nobody else's.
        sh(policy, work, "echo x > $1", place);
        assertFalse(Files.exists(place), place::toString);
      }
    }
    // And the other way round, where only some paths are granted.
    for (Path place : places) {
      assumeTrue(Files.isWritable(place.getParent()), () -> "no " + place.getParent());
      Files.writeString(place, "from outside");
      try {
        String read = "attempt('read', lambda: read(sys.argv[1]))";
        Map<String, String> results =
            Attempts.confined(
                Attempts.tools(isolation).readOnly(work.toString()).build(), work, read, place);
        assertTrue(NO.contains(results.get("read")), results::toString);
      } finally {
        Files.delete(place);
      }
    }
  }

  // ---------------------------------------------------------------- the one who decides

  /** A list that is another one each time it is read. */
  private static final class Swapped extends AbstractList<String> {
    private final AtomicInteger reads = new AtomicInteger();

    @Override
    public String get(int index) {
      return reads.getAndIncrement() == 0 ? "echo" : "touch";
    }

    @Override
    public int size() {
      return 1;
    }
  }

  /** PR-31: what is decided about is a copy, and that is what runs. */
  @ParameterizedTest
  @EachIsolation
  void theDecisionIsAboutWhatRuns(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Policy policy =
        readonly()
            .isolation(isolation)
            .rule(new CommandRule("^touch", Optional.empty(), true))
            .build();
    Sandbox sandbox = Sandboxed.of(policy);

    Outcome outcome =
        sandbox.command(new Swapped()).parentEnvironment(ENVIRONMENT).captureOutput().run();
    assertPrints("\n", outcome);
    assertEquals(List.of("echo"), outcome.argv());
    try (SandboxProcess process = sandbox.processBuilder(new Swapped()).start()) {
      assertEquals("", process.inputReader().readLine());
      assertEquals(List.of("echo"), process.outcome().argv());
    }
    assertRefused(Sandboxed.run(policy, work, List.of("touch")));
  }

  /** PR-35: no other program is run on the way, whatever lies in PATH or the working directory. */
  @ParameterizedTest
  @EachIsolation
  void plantedProgramsAreNotRunOutside(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path ran = work.resolve("ran");
    Path planted = Files.createDirectory(work.resolve("planted"));
    for (String name :
        List.of(
            "sh",
            "bash",
            "sed",
            "true",
            "env",
            "id",
            "getent",
            "newuidmap",
            "newgidmap",
            "ip",
            "mount",
            "umount",
            "bwrap",
            "unshare",
            "setpriv",
            "capsh",
            "java")) {
      Path program = planted.resolve(name);
      Files.writeString(program, "#!/bin/sh\necho " + name + " >> " + ran + "\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Map<String, String> parent =
        Map.of(
            "PATH", planted + ":.:/usr/bin:/bin",
            "LD_PRELOAD", planted + "/x.so",
            "LD_AUDIT", planted + "/x.so",
            "BASH_ENV", planted + "/sh",
            "ENV", planted + "/sh",
            "JAVA_TOOL_OPTIONS", "-javaagent:" + planted + "/x.jar");

    // The command itself is the planted one, confined: it cannot write where it would show,
    // though it may have a place of its own by the same name.
    Outcome outcome =
        Sandboxed.of(readonly().isolation(isolation).build())
            .command("true")
            .directory(planted)
            .parentEnvironment(parent)
            .mergeStderr()
            .captureOutput()
            .run();

    assertTrue(outcome.ending() instanceof Ending.Exited, outcome::toJson);
    assertFalse(Files.exists(ran));
  }
}
