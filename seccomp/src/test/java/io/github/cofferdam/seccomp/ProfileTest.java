package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The expectations are written out here once more, by name: a call that gets into a profile, or out
 * of it, shows.
 */
final class ProfileTest {
  private static final Action ALLOW = Action.allow();
  private static final Action REFUSE = Action.errno(Errno.EPERM);
  private static final Action ABSENT = Action.errno(Errno.ENOSYS);
  private static final Action INVALID = Action.errno(Errno.EINVAL);

  /** Bits that the kernel does not read of an int. */
  private static final long HIGH = 0xdead_beef_0000_0000L;

  private static final Set<Profile> INTERNET =
      EnumSet.of(Profile.NETWORK_CLIENT, Profile.BLOCKED_DANGEROUS);

  /** What no profile lets pass, whatever its arguments. */
  private static final Set<String> NEVER =
      words(
          """
          mount umount umount2 pivot_root chroot fchroot open_tree open_tree_attr move_mount fsopen fsconfig
          fsmount fspick mount_setattr unshare setns listns ptrace process_vm_readv process_vm_writev kcmp
          pidfd_getfd init_module finit_module delete_module kexec_load kexec_file_load bpf perf_event_open
          userfaultfd uretprobe uprobe fanotify_init fanotify_mark add_key request_key keyctl
          name_to_handle_at open_by_handle_at reboot swapon swapoff acct quotactl quotactl_fd syslog
          sethostname setdomainname settimeofday clock_settime clock_settime64 stime adjtimex clock_adjtime
          clock_adjtime64 iopl ioperm modify_ldt vm86 vm86old vhangup create_module get_kernel_syms
          query_module nfsservctl lookup_dcookie _sysctl bdflush idle
          socketcall ipc shmget shmat shmctl shmdt semget semop semctl semtimedop semtimedop_time64 msgget
          msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive
          mq_timedreceive_time64 mq_notify mq_getsetattr
          migrate_pages move_pages process_madvise process_mrelease uselib ustat sysfs remap_file_pages
          """);

  /** Refused with arguments of 0, since 0 is none of the things that they can be. */
  private static final Set<String> INVALID_ZERO = words("ioprio_get ioprio_set");

  private static final Set<String> MISSING =
      words("clone3 openat2 io_uring_setup io_uring_enter io_uring_register");

  /** Refused in every allow list besides. */
  private static final Set<String> NOT_LISTED =
      words(
          """
          afs_syscall break epoll_ctl_old epoll_wait_old ftime getpmsg gtty lock mpx prof profil putpmsg
          security stty tuxcall ulimit vserver lsm_set_self_attr listen accept accept4
          """);

  private static final Set<String> CONNECTIONS = words("bind connect socket");

  private static final Set<String> USERS =
      words(
          """
          setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups setuid32 setgid32
          setreuid32 setregid32 setresuid32 setresgid32 setfsuid32 setfsgid32 setgroups32 capset
          """);

  private static final Set<String> ASYNCHRONOUS =
      words(
          """
          io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
          """);

  private static final Set<String> CHANGES =
      words(
          """
          creat mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
          mknod mknodat truncate truncate64 chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat
          chown32 lchown32 fchown32 utime utimes futimesat utimensat utimensat_time64 setxattr lsetxattr
          fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr
          sync syncfs fsync fdatasync sync_file_range inotify_init inotify_init1 inotify_add_watch
          inotify_rm_watch
          """);

  /** What is refused with arguments of 0. */
  private static Set<String> refused(Profile profile) {
    return switch (profile) {
      case DEFAULT -> union(NEVER, INVALID_ZERO, NOT_LISTED, CONNECTIONS);
      case COMPUTE_ONLY ->
          union(
              NEVER,
              INVALID_ZERO,
              NOT_LISTED,
              CONNECTIONS,
              USERS,
              ASYNCHRONOUS,
              CHANGES,
              words("ioctl"));
      case DATA_PROCESSING -> union(NEVER, INVALID_ZERO, NOT_LISTED, CONNECTIONS, words("ioctl"));
      case NETWORK_CLIENT ->
          union(NEVER, INVALID_ZERO, NOT_LISTED, ASYNCHRONOUS, words("ioctl socket"));
      case BLOCKED_DANGEROUS -> union(NEVER, INVALID_ZERO, words("socket"));
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyKnownCallIsDecidedAsWritten(Profile profile) {
    Set<String> refused = union(refused(profile), words("socketpair"));
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      SyscallTable.numbers(arch)
          .forEach((name, number) -> {
            Action expected = refused.contains(name) ? REFUSE : ALLOW;
            if (MISSING.contains(name)) {
              expected = ABSENT;
            } else if (name.equals("prctl") && profile != Profile.BLOCKED_DANGEROUS) {
              expected = INVALID;
            }
            assertEquals(expected, filter.decide(arch, number), arch + " " + name);
          });
    }
  }

  /** With arguments that mean something to whichever call: none of them opens a door. */
  @ParameterizedTest
  @EnumSource
  void whatIsRefusedAlwaysIsRefusedWithAnyArguments(Profile profile) {
    long[] values = {0, 1, 2, 16, 17, 0x5412, 0x10000, 0xffffffffL, HIGH | 1, -1};
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      for (String name : union(NEVER, MISSING)) {
        SyscallTable.number(arch, name)
            .ifPresent(number -> {
              for (long value : values) {
                long[] args = {value, value, value, value, value, value};
                assertEquals(
                    MISSING.contains(name) ? ABSENT : REFUSE,
                    filter.decide(arch, number, args),
                    name);
              }
            });
      }
    }
  }

  /** In one filter as in filters of their own. */
  @ParameterizedTest
  @EnumSource
  void severalArchitecturesAreDecidedAsEachAlone(Profile profile) {
    SeccompFilter together = profile.filter(Arch.X86_64, Arch.I386, Arch.X32, Arch.AARCH64);
    long[][] arguments = {{}, {1, 1}, {2, 1}, {0x10000000, 0100, 0100}, {1, 0x5412, 1}, {15}};
    for (Arch arch : List.of(Arch.X86_64, Arch.I386, Arch.X32, Arch.AARCH64)) {
      SeccompFilter alone = profile.filter(arch);
      for (int number : SyscallTable.numbers(arch).values()) {
        for (long[] args : arguments) {
          assertEquals(
              alone.decide(arch, number, args),
              together.decide(arch, number, args),
              arch + " " + number);
        }
      }
    }
    assertEquals(Action.killProcess(), together.decide(Arch.RISCV64, 172));
  }

  /** PR-15, PR-16, and uretprobe by its number. */
  @ParameterizedTest
  @EnumSource
  void otherConventionsAndNewerNumbersAreClosed(Profile profile) {
    for (Arch arch : new Arch[] {Arch.X86_64, Arch.AARCH64}) {
      SeccompFilter filter = profile.filter(arch);
      assertEquals(Action.killProcess(), filter.decide(Arch.I386, 20));
      assertEquals(
          arch == Arch.X86_64 ? ABSENT : Action.killProcess(), filter.decide(Arch.X32, 0x40000027));
      int newest =
          SyscallTable.numbers(arch).values().stream().mapToInt(n -> n).max().orElseThrow();
      for (int number : new int[] {newest + 1, 1000, 0x3fffffff, 0x40000000, -1}) {
        assertEquals(ABSENT, filter.decide(arch, number));
      }
    }
    assertEquals(REFUSE, profile.filter(Arch.X86_64).decide(Arch.X86_64, 335));
  }

  @ParameterizedTest
  @EnumSource
  void cloneMakesThreadsAndProcessesButNoNamespaces(Profile profile) {
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      assertEquals(ALLOW, filter.decide("clone", 0x3d0f00));
      assertEquals(ALLOW, filter.decide("clone", HIGH | Uapi.SIGCHLD()));
      for (int flag :
          new int[] {
            0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x80
          }) {
        assertEquals(REFUSE, filter.decide("clone", flag | 17));
        assertEquals(REFUSE, filter.decide("clone", HIGH | flag));
      }
    }
  }

  /** NW-04, NW-06, NW-21, NW-25. */
  @ParameterizedTest
  @EnumSource
  void socketsAreThoseOfTheProfile(Profile profile) {
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      int socket = SyscallTable.require(arch, "socket");
      int pair = SyscallTable.require(arch, "socketpair");
      for (long family : new long[] {0, 1, 2, 3, 9, 10, 11, 15, 16, 17, 29, 30, 31, 38, 40, 44}) {
        for (long type = 0; type < 16; type++) {
          for (long protocol : new long[] {0, 1, 6, 15, 17, 58, 132, 255, 262}) {
            boolean internet =
                (family == 2 || family == 10)
                    && (type == 1 || type == 2)
                    && (protocol == 0 || protocol == 6 || protocol == 17);
            boolean allowed =
                INTERNET.contains(profile) && (internet || (family == 16 && protocol == 0));
            assertEquals(
                allowed ? ALLOW : REFUSE,
                filter.decide(
                    arch, socket, HIGH | family, HIGH | type | 02004000, HIGH | protocol));
          }
          boolean connected = type == 1 || (type == 5 && profile != Profile.DATA_PROCESSING);
          assertEquals(
              family == 1 && connected ? ALLOW : REFUSE,
              filter.decide(arch, pair, HIGH | family, HIGH | type | 02000000));
        }
      }
    }
  }

  /** NW-02, NW-33. */
  @Test
  void fastOpenIsRefusedWhereThereAreConnections() {
    for (Profile profile : INTERNET) {
      for (Arch arch : Arch.values()) {
        SeccompFilter filter = profile.filter(arch);
        assertEquals(REFUSE, filter.decide("sendto", 3, 0, 0, HIGH | 0x20000000));
        assertEquals(REFUSE, filter.decide("sendmsg", 3, 0, 0x20004000));
        assertEquals(REFUSE, filter.decide("sendmmsg", 3, 0, 0, 0x20000000));
        assertEquals(ALLOW, filter.decide("sendto", 3, 0, 0x20000000, 0x4000));
        assertEquals(ALLOW, filter.decide("sendmsg", 3, 0x20000000, 0x4000));
        assertEquals(ALLOW, filter.decide("sendmmsg", 3, 0, 0x20000000, 0));
      }
    }
  }

  /** NW-23. */
  @Test
  void onlyBlockedDangerousLetsOthersConnect() {
    for (Profile profile : Profile.values()) {
      SeccompFilter filter = profile.filter(Arch.X86_64);
      Action expected = profile == Profile.BLOCKED_DANGEROUS ? ALLOW : REFUSE;
      for (String call : List.of("listen", "accept", "accept4")) {
        assertEquals(expected, filter.decide(call));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void computationOpensForReadingAlone(Profile profile) {
    boolean reading = profile == Profile.COMPUTE_ONLY;
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      boolean old = SyscallTable.number(arch, "open").isPresent();
      // O_CLOEXEC|O_DIRECTORY (both meanings), O_PATH, O_NONBLOCK|O_NOFOLLOW, O_APPEND, O_NOATIME.
      for (long flags : new long[] {0, 02200000, 02040000, 010000000, 0404000, 02000, 01000000}) {
        assertEquals(ALLOW, filter.decide("openat", -100, 0, HIGH | flags));
        if (old) {
          assertEquals(ALLOW, filter.decide("open", 0, HIGH | flags));
        }
        // O_WRONLY, O_RDWR, both, O_CREAT, O_TRUNC, O_TMPFILE.
        for (long writing : new long[] {1, 2, 3, 0100, 01000, 020200000, 020000000}) {
          Action expected = reading ? REFUSE : ALLOW;
          assertEquals(expected, filter.decide("openat", -100, 0, flags | writing));
          assertEquals(expected, filter.decide("openat", -100, 0, HIGH | flags | writing));
          if (old) {
            assertEquals(expected, filter.decide("open", 0, flags | writing));
          }
        }
      }
    }
  }

  /** mknod(2) reads 16 bits of the mode. */
  @ParameterizedTest
  @EnumSource
  void noDevicesAreMade(Profile profile) {
    Action file = profile == Profile.COMPUTE_ONLY ? REFUSE : ALLOW;
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      for (long kind = 0; kind < 16; kind++) {
        Action expected = kind == 0 || kind == 1 || kind == 8 ? file : REFUSE;
        for (long mode :
            new long[] {kind << 12, (kind << 12) | 0666, HIGH | 0xf0000 | kind << 12}) {
          assertEquals(expected, filter.decide("mknodat", -100, 0, mode, 0x103));
          if (SyscallTable.number(arch, "mknod").isPresent()) {
            assertEquals(expected, filter.decide("mknod", 0, mode, 0x103));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void limitsOfOthersCanBeReadAlone(Profile profile) {
    SeccompFilter filter = profile.filter(Arch.X86_64);
    assertEquals(ALLOW, filter.decide("prlimit64", 0, 7, 0x7fff0000L, 0));
    assertEquals(ALLOW, filter.decide("prlimit64", HIGH, 7, 0x7fff0000L, 0));
    assertEquals(ALLOW, filter.decide("prlimit64", 1, 7, 0, 0x7fff0000L));
    assertEquals(REFUSE, filter.decide("prlimit64", 1, 7, 0x7fff0000L, 0));
    assertEquals(REFUSE, filter.decide("prlimit64", 1, 7, 0x7fff_0000_0000L, 0));
    assertEquals(REFUSE, filter.decide("prlimit64", -1, 7, 1, 0));
  }

  /** IO-01. */
  @ParameterizedTest
  @EnumSource
  void terminalsAreNotTypedInto(Profile profile) {
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      for (long command : new long[] {0x5412, 0x541c, 0x541d, 0x5423}) {
        assertEquals(REFUSE, filter.decide("ioctl", 0, command, 1));
        assertEquals(REFUSE, filter.decide("ioctl", 0, HIGH | command, 1));
      }
      // TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX.
      for (long command : new long[] {0x5401, 0x802c542a, 0x5413, 0x541b, 0x5421, 0x5451}) {
        assertEquals(ALLOW, filter.decide("ioctl", 0, command, 1));
        assertEquals(ALLOW, filter.decide("ioctl", 0, HIGH | command, 1));
      }
    }
  }

  @Test
  void otherCommandsAreThoseOfTheProfile() {
    // TCSETS and TIOCSPGRP, FICLONE and FIDEDUPERANGE; SIOCGIFCONF; TIOCSPTLCK, LOOP_CTL_ADD.
    long[] files = {0x5402, 0x5410, 0x40049409, 0xc0189436L};
    long[] interfaces = {0x8912, 0x8933};
    long[] others = {0x40045431, 0x4c80};
    for (Profile profile : Profile.values()) {
      boolean all = profile == Profile.DEFAULT || profile == Profile.BLOCKED_DANGEROUS;
      assertCommands(profile, profile != Profile.COMPUTE_ONLY, files);
      assertCommands(profile, all || profile == Profile.NETWORK_CLIENT, interfaces);
      assertCommands(profile, all, others);
    }
  }

  private static void assertCommands(Profile profile, boolean allowed, long... commands) {
    for (long command : commands) {
      assertEquals(
          allowed ? ALLOW : REFUSE,
          profile.filter(Arch.X86_64).decide("ioctl", 0, command),
          profile + " " + Long.toHexString(command));
    }
  }

  @ParameterizedTest
  @EnumSource
  void processesSayOfThemselvesWhatIsHarmless(Profile profile) {
    SeccompFilter filter = profile.filter(Arch.X86_64);
    boolean listed = profile != Profile.BLOCKED_DANGEROUS;
    // PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_NO_NEW_PRIVS, PR_SET_VMA, PR_CAPBSET_READ.
    for (long option : new long[] {1, 15, 38, 0x53564d41, 23}) {
      assertEquals(ALLOW, filter.decide("prctl", HIGH | option));
    }
    // PR_SET_MM, PR_SCHED_CORE.
    for (long option : new long[] {35, 62}) {
      assertEquals(listed ? INVALID : REFUSE, filter.decide("prctl", HIGH | option));
    }
    // PR_SET_PTRACER, PR_SET_SECUREBITS, PR_TASK_PERF_EVENTS_ENABLE, PR_SET_SPECULATION_CTRL.
    for (long option : new long[] {0x59616d61, 28, 32, 53}) {
      assertEquals(listed ? INVALID : ALLOW, filter.decide("prctl", option));
    }
    for (long harmless : new long[] {0, 8, 0x20000, 0xffffffffL, HIGH | 0xffffffffL, HIGH}) {
      assertEquals(ALLOW, filter.decide("personality", harmless));
    }
    for (long harmful : new long[] {0x0040000, 0x0400000, 0x0100000, 1, 0x40008, 0xfffffffeL}) {
      assertEquals(REFUSE, filter.decide("personality", harmful));
    }
  }

  /** What whoever starts the program needs after the filter is there, and every C library. */
  @ParameterizedTest
  @EnumSource
  void everyProgramStarts(Profile profile) {
    for (Arch arch : Arch.values()) {
      SeccompFilter filter = profile.filter(arch);
      for (String name :
          words(
              """
              execve execveat exit exit_group write read openat close mprotect munmap brk futex rt_sigaction
              rt_sigprocmask rt_sigreturn wait4 waitid dup3 pipe2 getrandom sched_getaffinity set_robust_list
              set_tid_address rseq membarrier mremap madvise statx getdents64 ppoll epoll_pwait eventfd2
              restart_syscall seccomp landlock_restrict_self pidfd_open tgkill clock_nanosleep sysinfo
              """)) {
        assertEquals(ALLOW, filter.decide(name), name);
      }
    }
  }

  /** No profile lets pass what the baseline does not, with the sockets that the profile has. */
  @ParameterizedTest
  @EnumSource
  void noneIsLooserThanTheBaseline(Profile profile) {
    long[][] arguments = {
      {},
      {1, 1},
      {1, 2},
      {1, 5},
      {2, 1},
      {2, 2},
      {2, 1, 262},
      {16, 3},
      {16, 3, 15},
      {17, 3},
      {0, 0x5412},
      {0, 0x541c},
      {0x10000011},
      {0x40000},
      {0x20000},
      {-1, -1, -1, -1, -1, -1}
    };
    Sockets sockets = INTERNET.contains(profile) ? Sockets.INTERNET : Sockets.NONE;
    for (Arch arch : new Arch[] {Arch.X86_64, Arch.X32, Arch.AARCH64, Arch.RISCV64}) {
      // Signals are for a Landlock scope to keep inside, as each profile says.
      SeccompFilter baseline = Baseline.of(arch).sockets(sockets).signalScope(true).filter();
      SeccompFilter filter = profile.filter(arch);
      for (Map.Entry<String, Integer> call : SyscallTable.numbers(arch).entrySet()) {
        for (long[] args : arguments) {
          if (!baseline.decide(arch, call.getValue(), args).equals(ALLOW)) {
            assertNotEquals(
                ALLOW,
                filter.decide(arch, call.getValue(), args),
                call.getKey() + Arrays.toString(args));
          }
        }
      }
    }
  }

  /** What systemd thinks that a service needs: each difference is meant. */
  @Test
  void defaultLacksOfAServiceWhatIsListedHere() throws Exception {
    var refused = new TreeSet<String>();
    SeccompFilter filter = Profile.DEFAULT.filter(Arch.X86_64);
    for (String name : SystemdSets.read().of("@system-service")) {
      SyscallTable.number(Arch.X86_64, name)
          .ifPresent(number -> {
            if (!filter.decide(Arch.X86_64, number).equals(ALLOW)) {
              refused.add(name);
            }
          });
    }
    assertEquals(
        words(
            """
            accept accept4 bind connect listen socket socketpair clone3 openat2 io_uring_setup io_uring_enter
            ioprio_get ioprio_set io_uring_register add_key request_key keyctl kcmp unshare setns userfaultfd uretprobe
            name_to_handle_at process_vm_readv process_vm_writev process_madvise migrate_pages move_pages
            remap_file_pages epoll_ctl_old epoll_wait_old
            mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget prctl
            """),
        refused);
  }

  @Test
  void moreCanBeAddedAndRulesReplaced() {
    SeccompFilter server =
        Profile.NETWORK_CLIENT.rules(Arch.X86_64).replace("listen", Rule.always(ALLOW)).build();
    assertEquals(ALLOW, server.decide("listen"));
    SeccompFilter fixed =
        Profile.DATA_PROCESSING.rules(Arch.X86_64).replace("chmod", Rule.always(REFUSE)).build();
    assertEquals(REFUSE, fixed.decide("chmod"));
  }

  /** What it costs to install is the average; see FilterCost. Measured: 9.3 to 10.1. */
  @ParameterizedTest
  @EnumSource
  void isCheapToInstall(Profile profile) {
    int instructions =
        switch (profile) {
          case DEFAULT -> 210;
          case COMPUTE_ONLY -> 215;
          case DATA_PROCESSING -> 230;
          case NETWORK_CLIENT -> 265;
          case BLOCKED_DANGEROUS -> 200;
        };
    for (Arch arch : new Arch[] {Arch.X86_64, Arch.AARCH64}) {
      FilterCost cost = profile.filter(arch).cost();
      assertTrue(cost.instructions() <= instructions, cost::toString);
      assertTrue(cost.average() < 10.3 && cost.maximum() <= 20, cost::toString);
    }
    FilterCost family = profile.filter(Arch.X86_64, Arch.I386, Arch.X32).cost();
    assertTrue(family.instructions() <= 570, family::toString);
    assertTrue(family.average() < 12.1 && family.maximum() <= 22, family::toString);
  }

  /** What a program calls all the time is not even run through the filter, where Linux caches. */
  @ParameterizedTest
  @EnumSource
  void frequentCallsAreCacheable(Profile profile) {
    SeccompFilter filter = profile.filter(Arch.X86_64);
    for (String name : words("read write futex mmap close epoll_wait getpid clock_gettime")) {
      assertTrue(filter.cacheable(Arch.X86_64, name), name);
    }
  }

  @SafeVarargs
  private static Set<String> union(Set<String>... sets) {
    var all = new HashSet<String>();
    for (Set<String> set : sets) {
      all.addAll(set);
    }
    return all;
  }

  private static Set<String> words(String text) {
    var words = new TreeSet<String>(Arrays.asList(text.strip().split("\\s+")));
    for (String word : words) {
      boolean known =
          Arrays.stream(Arch.values()).anyMatch(a -> SyscallTable.number(a, word).isPresent());
      assertTrue(known, word);
    }
    return words;
  }
}
