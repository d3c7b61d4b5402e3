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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As {@link AttemptsTest}, for the profiles. */
@Tag("kernel")
final class ProfileAttemptsTest {
  private static final String REFUSED = "errno 1";
  private static final String ABSENT = "errno 38";

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void compile() throws Exception {
    Probe.compile(folder);
  }

  @ParameterizedTest
  @EnumSource
  void refusals(Profile profile) throws Exception {
    var attempts = new ArrayList<String>();
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
    attempts.add("process_vm_writev 0x7fffffff,buf,1,buf,1");
    attempts.add("process_madvise -1");
    attempts.add("kcmp 0x7fffffff,0x7fffffff");
    attempts.add("pidfd_getfd -1,0,0");
    attempts.add("bpf 0x7fff,buf,4");
    attempts.add("perf_event_open 0");
    attempts.add("userfaultfd 1");
    attempts.add("keyctl 0,-2,1");
    attempts.add("add_key buf,buf");
    attempts.add("request_key buf,buf");
    attempts.add("name_to_handle_at -100,buf,buf,buf,0x1000");
    attempts.add("fanotify_mark -1");
    attempts.add("adjtimex buf");
    attempts.add("personality 0x0040000");
    attempts.add("personality 0xdeadbeef00400000");
    attempts.add("ioctl 0,0x5412,buf");
    attempts.add("ioctl 0,0xdeadbeef00005412,buf");
    attempts.add("ioctl 0,0x541c,buf");
    attempts.add("prlimit64 0x7fffffff,7,buf");
    attempts.add("mknodat -100,buf,0x2000,0x103");
    attempts.add("socket 1,1,0");
    attempts.add("socket 16,3,15");
    attempts.add("socket 2,1,262");
    attempts.add("socket 38,5,0");
    attempts.add("socket 0xdeadbeef00000001,0xdeadbeef00080001,0");
    attempts.add("socketpair 1,2,0,buf");
    attempts.add("socketpair 0xdeadbeef00000001,0xdeadbeef00080002,0,buf");
    attempts.add("shmget 0x7ab5e1,0,0");
    attempts.add("semget 0x7ab5e1,0,0");
    attempts.add("msgget 0x7ab5e1,0");
    attempts.add("mq_unlink buf");
    Probe.assertEnds(folder, profile.filter(Arch.host()), REFUSED, attempts, true);
  }

  /** What an unprivileged user may not do anyway, and what root had better not try unfiltered. */
  @ParameterizedTest
  @EnumSource
  void refusalsWithPrivileges(Profile profile) throws Exception {
    var attempts = new ArrayList<String>();
    attempts.add("pivot_root buf,buf");
    attempts.add("open_by_handle_at -1,buf,0");
    attempts.add("init_module buf,0,buf");
    attempts.add("finit_module -1,buf,0");
    attempts.add("delete_module buf,0");
    attempts.add("kexec_load 0,0,0,-1");
    attempts.add("reboot 0,0,0");
    attempts.add("swapon buf,0");
    attempts.add("swapoff buf");
    attempts.add("acct buf");
    attempts.add("quotactl -1,buf");
    attempts.add("sethostname buf,-1");
    attempts.add("settimeofday 0,buf");
    attempts.add("clock_settime -1,buf");
    attempts.add("syslog -1,buf,0");
    attempts.add("fsopen buf,0");
    attempts.add("fanotify_init -1,0");
    attempts.add("socket 17,3,0");
    attempts.add("socket 2,3,255");
    attempts.add("socket 2,2,1");
    Probe.assertEnds(folder, profile.filter(Arch.host()), REFUSED, attempts, false);
  }

  @ParameterizedTest
  @EnumSource
  void absences(Profile profile) throws Exception {
    SeccompFilter filter = profile.filter(Arch.host());
    var absent = new ArrayList<String>();
    absent.add("clone3 buf,0");
    absent.add("io_uring_setup 1,buf");
    absent.add("io_uring_enter -1");
    absent.add("io_uring_register -1");
    if (profile == Profile.COMPUTE_ONLY) {
      absent.add("openat2 -100,buf,buf,24");
    }
    Probe.assertEnds(folder, filter, ABSENT, absent, true);
    int newest =
        SyscallTable.numbers(Arch.host()).values().stream().mapToInt(n -> n).max().orElseThrow();
    Probe.assertEnds(
        folder, filter, ABSENT, List.of("#" + (newest + 1), "#0x40000027", "#0x3fffffff"), false);
  }

  @ParameterizedTest
  @EnumSource
  void whatStaysAllowed(Profile profile) throws Exception {
    Probe.assertEnds(
        folder,
        profile.filter(Arch.host()),
        "ok",
        List.of(
            "#-1",
            "memfd_create buf",
            "landlock_create_ruleset 0,0,1",
            "personality 0xffffffff",
            "socketpair 1,1,0,buf",
            "prlimit64 0,7,0,buf",
            "getppid",
            "prctl 38,1",
            "pipe2 buf,0x80000"),
        false);
  }

  /** Empty names, so that nothing happens: what is allowed ends with ENOENT. */
  @ParameterizedTest
  @EnumSource
  void writing(Profile profile) throws Exception {
    Probe.assertEnds(
        folder,
        profile.filter(Arch.host()),
        profile == Profile.COMPUTE_ONLY ? REFUSED : "errno 2",
        List.of(
            "openat -100,buf,1",
            "openat -100,buf,0xdeadbeef00000042",
            "openat -100,buf,0x200",
            "mkdirat -100,buf,0",
            "unlinkat -100,buf,0",
            "renameat2 -100,buf,-100,buf,0",
            "linkat -100,buf,-100,buf,0",
            "symlinkat buf,-100,buf",
            "mknodat -100,buf,0x8000,0",
            "truncate buf,0",
            "fchmodat -100,buf,0",
            "fchownat -100,buf,-1,-1,0",
            "utimensat -100,buf,0,0"),
        false);
    Probe.assertEnds(
        folder, profile.filter(Arch.host()), "errno 2", List.of("openat -100,buf,0"), false);
  }

  @ParameterizedTest
  @EnumSource
  void connections(Profile profile) throws Exception {
    boolean client = profile == Profile.NETWORK_CLIENT || profile == Profile.BLOCKED_DANGEROUS;
    SeccompFilter filter = profile.filter(Arch.host());
    Probe.assertEnds(
        folder,
        filter,
        client ? "ok" : REFUSED,
        List.of("socket 2,1,0", "socket 10,2,17", "socket 2,0x80801,6", "socket 16,3,0"),
        false);
    boolean server = profile == Profile.BLOCKED_DANGEROUS;
    Probe.assertEnds(
        folder,
        filter,
        server ? "errno 9" : REFUSED,
        List.of("listen -1,1", "accept -1", "accept4 -1"),
        false);
    Probe.assertEnds(
        folder,
        filter,
        client ? "errno 9" : REFUSED,
        List.of("bind -1,buf,16", "connect -1,buf,16"),
        false);
    Probe.assertEnds(
        folder,
        filter,
        client ? REFUSED : "errno 9",
        List.of(
            "sendto -1,buf,0,0x20000000",
            "sendmsg -1,buf,0x20000000",
            "sendmmsg -1,buf,1,0x20000000"),
        false);
  }

  @ParameterizedTest
  @EnumSource
  void int80Kills(Profile profile) throws Exception {
    I386.assumeAvailable(folder);
    SeccompFilter filter = profile.filter(Arch.host());
    assertEquals(
        List.of("signal 31"), Probe.ends(Command.confined(filter, folder, Probe.in(folder), "-2")));
    SeccompFilter both = profile.filter(Arch.host(), Arch.I386);
    assertEquals(List.of("ok"), Probe.ends(Command.confined(both, folder, Probe.in(folder), "-2")));
  }
}
