package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.testkit.I386;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attempts on the running kernel, by a C program that makes system calls as told. Each is made
 * without a filter as well, where it has to end otherwise: else the filter would not be what
 * refuses it.
 */
@Tag("kernel")
final class AttemptsTest {
  private static final SeccompFilter STRICT = Baseline.of(Arch.host()).filter();
  private static final String REFUSED = "errno 1";
  private static final String ABSENT = "errno 38";

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void compile() throws Exception {
    Probe.compile(folder);
  }

  @Test
  void refusals() throws Exception {
    var attempts = new ArrayList<String>();
    attempts.add("unshare 0");
    attempts.add("unshare 0x10000000");
    attempts.add("setns -1");
    attempts.add("clone 0x10000011");
    attempts.add("clone 0xdeadbeef10000011");
    attempts.add("mount buf,buf,buf");
    attempts.add("umount2 buf");
    attempts.add("chroot buf");
    attempts.add("open_tree -100,buf,0x1000");
    attempts.add("fsconfig -1");
    attempts.add("ptrace 0");
    attempts.add("process_vm_readv 0x7fffffff,buf,1,buf,1");
    attempts.add("kcmp 0x7fffffff,0x7fffffff");
    attempts.add("pidfd_getfd -1,0,0");
    attempts.add("bpf 0x7fff,buf,4");
    attempts.add("perf_event_open 0");
    attempts.add("userfaultfd 1");
    attempts.add("keyctl 0,-2,1");
    attempts.add("add_key buf,buf");
    attempts.add("name_to_handle_at -100,buf,buf,buf,0x1000");
    attempts.add("fanotify_mark -1");
    attempts.add("adjtimex buf");
    attempts.add("personality 0x0040000");
    attempts.add("personality 0xdeadbeef00400000");
    attempts.add("ioctl 0,0x5412,buf");
    attempts.add("ioctl 0,0xdeadbeef00005412,buf");
    attempts.add("ioctl 0,0x541c,buf");
    attempts.add("socket 1,1,0");
    attempts.add("socket 2,1,0");
    attempts.add("socket 2,2,0");
    attempts.add("socket 16,3,0");
    attempts.add("socket 0xdeadbeef00000002,0xdeadbeef00080001,0");
    attempts.add("socketpair 1,2,0,buf");
    attempts.add("socketpair 0xdeadbeef00000001,0xdeadbeef00080002,0,buf");
    attempts.add("shmget 0x7ab5e1,0,0");
    attempts.add("semget 0x7ab5e1,0,0");
    attempts.add("msgget 0x7ab5e1,0");
    attempts.add("mq_unlink buf");
    assertEnds(STRICT, REFUSED, attempts, true);
  }

  /** As if the kernel had none of that; C libraries go on without. */
  @Test
  void absences() throws Exception {
    assertEnds(
        STRICT,
        ABSENT,
        List.of(
            "clone3 buf,0", "io_uring_setup 1,buf", "io_uring_enter -1", "io_uring_register -1"),
        true);
    int newest =
        SyscallTable.numbers(Arch.host()).values().stream().mapToInt(n -> n).max().orElseThrow();
    assertEnds(STRICT, ABSENT, List.of("#" + (newest + 1), "#0x40000027", "#0x3fffffff"), false);
  }

  @Test
  void whatStaysAllowed() throws Exception {
    assertEnds(
        STRICT,
        "ok",
        List.of(
            "#-1",
            "memfd_create buf",
            "landlock_create_ruleset 0,0,1",
            "personality 0xffffffff",
            "socketpair 1,1,0,buf",
            "socketpair 1,0x80005,0,buf",
            "getppid",
            "prctl 38,1",
            "pipe2 buf,0x80000"),
        false);
  }

  @Test
  void int80Kills() throws Exception {
    I386.assumeAvailable(folder);
    assertEquals(
        List.of("signal 31"), Probe.ends(Command.confined(STRICT, folder, Probe.in(folder), "-2")));
  }

  @Test
  void tcpAlone() throws Exception {
    SeccompFilter filter = Baseline.of(Arch.host()).sockets(Sockets.TCP).filter();
    assertEnds(
        filter, "ok", List.of("socket 2,1,0", "socket 10,0x80801,6", "socket 16,3,0"), false);
    assertEnds(
        filter,
        REFUSED,
        List.of(
            "socket 2,2,0",
            "socket 2,1,262",
            "socket 0xdeadbeef0000000a,0xdeadbeef00000002,0xdeadbeef00000000",
            "socket 16,3,15",
            "socket 1,1,0",
            "sendto -1,buf,0,0x20000000",
            "sendmsg -1,buf,0x20000000",
            "sendmmsg -1,buf,0,0x20000000"),
        true);
  }

  @Test
  void internet() throws Exception {
    SeccompFilter filter =
        Baseline.of(Arch.host()).sockets(Sockets.INTERNET).unixSockets(true).ipc(true).filter();
    assertEnds(
        filter,
        "ok",
        List.of("socket 2,2,17", "socket 10,2,0", "socket 1,2,0", "socketpair 1,2,0,buf"),
        false);
    assertEnds(filter, "errno 2", List.of("shmget 0x7ab5e1,0,0", "msgget 0x7ab5e1,0"), false);
    // Raw and ICMP are refused to ordinary users anyway, with EPERM and EACCES.
    assertEnds(filter, REFUSED, List.of("socket 2,3,255", "socket 2,2,1", "socket 17,2,0"), false);
  }

  private static void assertEnds(
      SeccompFilter filter, String end, List<String> attempts, boolean otherwiseWithout)
      throws Exception {
    Probe.assertEnds(folder, filter, end, attempts, otherwiseWithout);
  }
}
