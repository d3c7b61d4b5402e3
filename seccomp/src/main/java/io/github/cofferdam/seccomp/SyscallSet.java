package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Names of system calls, in order and each once: an immutable value, equal to another with the same
 * names in whatever order.
 *
 * {@snippet :
 * SyscallSet readers = SyscallSet.BASIC_IO.plus(SyscallSet.FILE_READ).minus("chdir", "fchdir");
 * SeccompFilter.allowList(Arch.host()).allow(readers);
 * }
 *
 * <p>The sets that have a name of their own were put together from the manual pages that each one
 * states (man-pages 6.x; the number in brackets is the section), and for calls without a page from
 * the kernel's system call tables. Every call of {@link SyscallTable}, of whatever architecture,
 * stands in exactly one of them; five further ones, which say so, are made of others. To allow a
 * set is to allow its calls with all arguments: {@code ioctl}, {@code prctl}, {@code clone} and
 * {@code socket} want a rule of their own.
 */
public final class SyscallSet implements Iterable<String> {
  private static final SequencedMap<String, SyscallSet> NAMED = new LinkedHashMap<>();

  /**
   * Moves bytes through descriptors that are open, and makes, copies and closes them: read(2),
   * write(2), readv(2), pread(2), lseek(2), _llseek(2), sendfile(2), splice(2), tee(2),
   * vmsplice(2), copy_file_range(2), posix_fadvise(2), readahead(2), ftruncate(2), fallocate(2),
   * close(2), close_range(2), dup(2), pipe(2), fcntl(2), flock(2); cachestat (mm/filemap.c).
   */
  public static final SyscallSet BASIC_IO =
      named(
          "@basic-io",
          """
          read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek
          sendfile sendfile64 splice tee vmsplice copy_file_range fadvise64 fadvise64_64 readahead
          cachestat ftruncate ftruncate64 fallocate close close_range dup dup2 dup3 pipe pipe2
          fcntl fcntl64 flock
          """);

  /** Waits for descriptors: poll(2), select(2), epoll(7), eventfd(2). */
  public static final SyscallSet IO_EVENT =
      named(
          "@io-event",
          """
          poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create
          epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2
          """);

  /** Asynchronous I/O on open descriptors: io_setup(2), io_submit(2), io_getevents(2). */
  public static final SyscallSet AIO =
      named(
          "@aio",
          """
          io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
          """);

  /**
   * Requests in shared memory, which no filter sees: io_uring(7). To be answered with ENOSYS, upon
   * which programs fall back to other calls.
   */
  public static final SyscallSet IO_URING =
      named("@io-uring", "io_uring_setup io_uring_enter io_uring_register");

  /** Whatever a driver offers: ioctl(2). */
  public static final SyscallSet DEVICE = named("@device", "ioctl");

  /**
   * Opens files, for writing and creating, too: open(2), openat2(2). Flags and mode of {@code
   * openat2} lie in memory, where a filter does not see them.
   */
  public static final SyscallSet FILE_OPEN = named("@file-open", "open openat openat2 creat");

  /**
   * Looks at files and folders without opening them, reads open folders, and changes the working
   * directory: access(2), stat(2), statx(2), statfs(2), readlink(2), getdents(2), readdir(2),
   * getcwd(2), chdir(2), getxattr(2), listxattr(2), statmount(2), listmount(2); {@code
   * file_getattr} (fs/file_attr.c).
   */
  public static final SyscallSet FILE_READ =
      named(
          "@file-read",
          """
          access faccessat faccessat2 stat lstat fstat newfstatat stat64 lstat64 fstat64 fstatat64
          oldstat oldlstat oldfstat statx statfs fstatfs statfs64 fstatfs64 readlink readlinkat
          getdents getdents64 readdir getcwd chdir fchdir getxattr lgetxattr fgetxattr getxattrat
          listxattr llistxattr flistxattr listxattrat file_getattr statmount listmount
          """);

  /**
   * Makes, removes, renames and shortens files by name: mkdir(2), rmdir(2), unlink(2), rename(2),
   * link(2), symlink(2), mknod(2), truncate(2).
   */
  public static final SyscallSet FILE_WRITE =
      named(
          "@file-write",
          """
          mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
          mknod mknodat truncate truncate64
          """);

  /**
   * Changes mode, owner, times and attributes of files, which Landlock does not see: chmod(2),
   * chown(2), utime(2), utimensat(2), futimesat(2), setxattr(2), removexattr(2); {@code
   * file_setattr} (fs/file_attr.c).
   */
  public static final SyscallSet FILE_METADATA =
      named(
          "@file-metadata",
          """
          chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat chown32 lchown32 fchown32 utime
          utimes futimesat utimensat utimensat_time64 setxattr lsetxattr fsetxattr setxattrat
          removexattr lremovexattr fremovexattr removexattrat file_setattr
          """);

  /** Writes caches out: sync(2), fsync(2), sync_file_range(2). */
  public static final SyscallSet FILE_SYNC =
      named("@file-sync", "sync syncfs fsync fdatasync sync_file_range");

  /** Is told of changes to files: inotify(7). */
  public static final SyscallSet FILE_WATCH =
      named("@file-watch", "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch");

  /**
   * The process's own memory: brk(2), mmap(2), mmap2(2), mprotect(2), mremap(2), madvise(2),
   * mincore(2), msync(2), mlock(2), mseal(2), pkeys(7), memfd_create(2), memfd_secret(2); {@code
   * map_shadow_stack} (Documentation/arch/x86/shstk.rst).
   */
  public static final SyscallSet MEMORY =
      named(
          "@memory",
          """
          brk mmap mmap2 munmap mprotect mremap madvise mincore msync mlock mlock2 munlock mlockall
          munlockall mseal pkey_alloc pkey_free pkey_mprotect memfd_create memfd_secret
          map_shadow_stack
          """);

  /** Where the process's own memory lies: numa(7). */
  public static final SyscallSet NUMA =
      named("@numa", "mbind get_mempolicy set_mempolicy set_mempolicy_home_node");

  /**
   * What C libraries need for threads: futex(2), get_robust_list(2), set_tid_address(2),
   * membarrier(2), arch_prctl(2), set_thread_area(2), sched_yield(2), getcpu(2); {@code futex_wait}
   * and its like (kernel/futex/syscalls.c), {@code rseq} and {@code rseq_slice_yield}
   * (kernel/rseq.c), {@code riscv_flush_icache} and {@code riscv_hwprobe}
   * (Documentation/arch/riscv).
   */
  public static final SyscallSet THREAD =
      named(
          "@thread",
          """
          futex futex_time64 futex_wait futex_wake futex_waitv futex_requeue set_robust_list
          get_robust_list set_tid_address rseq rseq_slice_yield membarrier arch_prctl set_thread_area
          get_thread_area sched_yield getcpu riscv_flush_icache riscv_hwprobe
          """);

  /**
   * Starts, becomes, awaits, groups and ends processes: clone(2), fork(2), vfork(2), execve(2),
   * execveat(2), _exit(2), exit_group(2), wait(2), wait4(2), pidfd_open(2), prctl(2),
   * personality(2), setpgid(2), setsid(2), umask(2). The flags of {@code clone3} lie in memory, so
   * it is to be answered with ENOSYS, upon which C libraries use {@code clone}.
   */
  public static final SyscallSet PROCESS =
      named(
          "@process",
          """
          clone clone3 fork vfork execve execveat exit exit_group wait4 waitid waitpid pidfd_open
          prctl personality setpgid setsid umask
          """);

  /**
   * Asks who the process is: getpid(2), gettid(2), getpgid(2), getsid(2), getuid(2), getgid(2),
   * getresuid(2), getgroups(2), capget(2).
   */
  public static final SyscallSet IDENTITY =
      named(
          "@identity",
          """
          getpid getppid gettid getpgid getpgrp getsid getuid geteuid getgid getegid getresuid
          getresgid getgroups getuid32 geteuid32 getgid32 getegid32 getresuid32 getresgid32
          getgroups32 capget
          """);

  /**
   * Becomes another user or group, or one with other capabilities: credentials(7), setuid(2),
   * setgid(2), setreuid(2), setresuid(2), setfsuid(2), setfsgid(2), setgroups(2), capset(2).
   */
  public static final SyscallSet CREDENTIALS =
      named(
          "@credentials",
          """
          setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups setuid32
          setgid32 setreuid32 setregid32 setresuid32 setresgid32 setfsuid32 setfsgid32 setgroups32
          capset
          """);

  /** Which processor when: sched(7), getpriority(2), nice(2), ioprio_set(2). */
  public static final SyscallSet SCHEDULING =
      named(
          "@scheduling",
          """
          sched_getaffinity sched_setaffinity sched_getscheduler sched_setscheduler sched_getparam
          sched_setparam sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min
          sched_rr_get_interval sched_rr_get_interval_time64 getpriority setpriority nice ioprio_get
          ioprio_set
          """);

  /** Limits, and what has been used: getrlimit(2), getrusage(2), times(2). */
  public static final SyscallSet RESOURCES =
      named("@resources", "getrlimit ugetrlimit setrlimit prlimit64 getrusage times");

  /** What machine this is, and random bytes: uname(2), sysinfo(2), getrandom(2). */
  public static final SyscallSet SYSTEM_INFO =
      named("@system-info", "uname olduname oldolduname sysinfo getrandom");

  /**
   * Signals: kill(2), tgkill(2), sigaction(2), sigprocmask(2), sigpending(2), sigsuspend(2),
   * sigwaitinfo(2), sigreturn(2), rt_sigqueueinfo(2), sigaltstack(2), signalfd(2),
   * pidfd_send_signal(2), pause(2), restart_syscall(2), signal(2), sgetmask(2).
   */
  public static final SyscallSet SIGNAL =
      named(
          "@signal",
          """
          kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait
          rt_sigtimedwait_time64 rt_sigreturn rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack signalfd
          signalfd4 pidfd_send_signal pause restart_syscall signal sigaction sigprocmask sigpending
          sigsuspend sigreturn sgetmask ssetmask
          """);

  /** Asks for the time and sleeps: time(2), gettimeofday(2), clock_getres(2), nanosleep(2). */
  public static final SyscallSet TIME =
      named(
          "@time",
          """
          time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 nanosleep
          clock_nanosleep clock_nanosleep_time64
          """);

  /** Timers: alarm(2), getitimer(2), timer_create(2), timerfd_create(2). */
  public static final SyscallSet TIMER =
      named(
          "@timer",
          """
          alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime
          timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
          timerfd_gettime64 timerfd_settime timerfd_settime64
          """);

  /**
   * Talks through sockets that are there: send(2), sendmmsg(2), recv(2), recvmmsg(2), shutdown(2),
   * getsockname(2), getpeername(2), getsockopt(2).
   */
  public static final SyscallSet SOCKET_IO =
      named(
          "@socket-io",
          """
          sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg recvmmsg_time64 shutdown getsockname
          getpeername getsockopt setsockopt
          """);

  /** Sockets that only this process and its children have: socketpair(2). */
  public static final SyscallSet SOCKET_PAIR = named("@socket-pair", "socketpair");

  /**
   * Makes sockets, gives them an address and connects them: socket(2), bind(2), connect(2). Clients
   * bind, too: musl's resolver and Java's UDP sockets always, glibc to read netlink.
   */
  public static final SyscallSet NETWORK_CLIENT = named("@network-client", "socket bind connect");

  /** Waits for others to connect: listen(2), accept(2). */
  public static final SyscallSet NETWORK_SERVER = named("@network-server", "listen accept accept4");

  /**
   * By which i386 can make all socket and System V calls, with arguments in memory, where no filter
   * sees them: socketcall(2), ipc(2).
   */
  public static final SyscallSet MULTIPLEXED = named("@multiplexed", "socketcall ipc");

  /** System V IPC and POSIX message queues, which are per namespace: sysvipc(7), mq_overview(7). */
  public static final SyscallSet IPC =
      named(
          "@ipc",
          """
          shmget shmat shmctl shmdt semget semop semctl semtimedop semtimedop_time64 msgget msgsnd
          msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive
          mq_timedreceive_time64 mq_notify mq_getsetattr
          """);

  /**
   * Walls inside the wall, which only narrow it: landlock(7), seccomp(2); {@code lsm_get_self_attr}
   * and its like (Documentation/userspace-api/lsm.rst).
   */
  public static final SyscallSet CONFINEMENT =
      named(
          "@confinement",
          """
          landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp lsm_get_self_attr
          lsm_set_self_attr lsm_list_modules
          """);

  /**
   * Memory of other processes, from afar: migrate_pages(2), move_pages(2), process_madvise(2);
   * {@code process_mrelease} (mm/oom_kill.c). The first two take 0 for the caller itself.
   */
  public static final SyscallSet OTHER_PROCESS =
      named("@other-process", "migrate_pages move_pages process_madvise process_mrelease");

  /** Kept for programs of long ago: uselib(2), ustat(2), sysfs(2), remap_file_pages(2). */
  public static final SyscallSet LEGACY = named("@legacy", "uselib ustat sysfs remap_file_pages");

  /**
   * Numbers that are reserved and were never used, or are no longer: unimplemented(2); {@code
   * epoll_ctl_old} and {@code epoll_wait_old} (arch/x86/entry/syscalls/syscall_64.tbl).
   */
  public static final SyscallSet UNIMPLEMENTED =
      named(
          "@unimplemented",
          """
          afs_syscall break epoll_ctl_old epoll_wait_old ftime getpmsg gtty lock mpx prof profil
          putpmsg security stty tuxcall ulimit vserver
          """);

  /**
   * Calls that the kernel has given up: _sysctl(2), bdflush(2), create_module(2),
   * get_kernel_syms(2), query_module(2), idle(2), lookup_dcookie(2), nfsservctl(2).
   */
  public static final SyscallSet REMOVED =
      named(
          "@removed",
          """
          create_module get_kernel_syms query_module nfsservctl lookup_dcookie _sysctl bdflush idle
          """);

  /**
   * What is mounted where, and what is the root: mount(2), umount(2), pivot_root(2), chroot(2),
   * mount_setattr(2), open_tree(2), move_mount(2), fsopen(2), fsconfig(2), fsmount(2), fspick(2);
   * {@code open_tree_attr} (fs/namespace.c), {@code fchroot} (by the system call table alone).
   */
  public static final SyscallSet MOUNT =
      named(
          "@mount",
          """
          mount umount umount2 pivot_root chroot fchroot open_tree open_tree_attr move_mount fsopen
          fsconfig fsmount fspick mount_setattr
          """);

  /** Other namespaces: namespaces(7), unshare(2), setns(2); {@code listns} (kernel/nstree.c). */
  public static final SyscallSet NAMESPACE = named("@namespace", "unshare setns listns");

  /**
   * Reads and steers other processes and the kernel: ptrace(2), process_vm_readv(2), kcmp(2),
   * pidfd_getfd(2), perf_event_open(2), and what uprobes put into programs: uretprobe(2), {@code
   * uprobe} (arch/x86/kernel/uprobes.c).
   */
  public static final SyscallSet DEBUG =
      named(
          "@debug",
          """
          ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd perf_event_open uretprobe uprobe
          """);

  /** Code in the kernel: init_module(2), delete_module(2). */
  public static final SyscallSet MODULE =
      named("@module", "init_module finit_module delete_module");

  /** Another kernel, or none: reboot(2), kexec_load(2). */
  public static final SyscallSet REBOOT = named("@reboot", "kexec_load kexec_file_load reboot");

  /**
   * Large parts of the kernel, of which ordinary programs need nothing: bpf(2), userfaultfd(2),
   * fanotify(7).
   */
  public static final SyscallSet KERNEL_SURFACE =
      named("@kernel-surface", "bpf userfaultfd fanotify_init fanotify_mark");

  /** Keyrings, which are not namespaced and shared with the user's session: keyrings(7). */
  public static final SyscallSet KEYRING = named("@keyring", "add_key request_key keyctl");

  /** Files without a path: open_by_handle_at(2). */
  public static final SyscallSet FILE_HANDLE =
      named("@file-handle", "name_to_handle_at open_by_handle_at");

  /** Sets the clock: settimeofday(2), clock_settime(2), adjtimex(2), stime(2). */
  public static final SyscallSet CLOCK_SET =
      named(
          "@clock-set",
          """
          settimeofday clock_settime clock_settime64 adjtimex clock_adjtime clock_adjtime64 stime
          """);

  /** Swap space: swapon(2). */
  public static final SyscallSet SWAP = named("@swap", "swapon swapoff");

  /** Ports and modes of x86: ioperm(2), iopl(2), modify_ldt(2), vm86(2). */
  public static final SyscallSet RAW_IO = named("@raw-io", "iopl ioperm modify_ldt vm86 vm86old");

  /**
   * The administrator's: acct(2), quotactl(2), syslog(2), sethostname(2), setdomainname(2),
   * vhangup(2); {@code quotactl_fd} (fs/quota/quota.c).
   */
  public static final SyscallSet ADMINISTRATION =
      named(
          "@administration", "acct quotactl quotactl_fd syslog sethostname setdomainname vhangup");

  /**
   * All about files: {@link #FILE_OPEN}, {@link #FILE_READ}, {@link #FILE_WRITE}, {@link
   * #FILE_METADATA}, {@link #FILE_SYNC}, {@link #FILE_WATCH}.
   */
  public static final SyscallSet FILE_SYSTEM =
      named(
          "@file-system",
          FILE_OPEN.plus(FILE_READ, FILE_WRITE, FILE_METADATA, FILE_SYNC, FILE_WATCH));

  /**
   * All about sockets: {@link #SOCKET_IO}, {@link #SOCKET_PAIR}, {@link #NETWORK_CLIENT}, {@link
   * #NETWORK_SERVER}.
   */
  public static final SyscallSet NETWORK =
      named("@network", SOCKET_IO.plus(SOCKET_PAIR, NETWORK_CLIENT, NETWORK_SERVER));

  /**
   * What every process does, and none through which it reaches a file by name, or a socket: {@link
   * #BASIC_IO}, {@link #IO_EVENT}, {@link #MEMORY}, {@link #THREAD}, {@link #PROCESS}, {@link
   * #IDENTITY}, {@link #RESOURCES}, {@link #SCHEDULING}, {@link #SYSTEM_INFO}, {@link #SIGNAL},
   * {@link #TIME}, {@link #TIMER}.
   */
  public static final SyscallSet RUNTIME =
      named(
          "@runtime",
          BASIC_IO.plus(
              IO_EVENT,
              MEMORY,
              THREAD,
              PROCESS,
              IDENTITY,
              RESOURCES,
              SCHEDULING,
              SYSTEM_INFO,
              SIGNAL,
              TIME,
              TIMER));

  /**
   * What no ordinary program needs, and what opens ways around other walls or into the kernel:
   * {@link #MOUNT}, {@link #NAMESPACE}, {@link #DEBUG}, {@link #MODULE}, {@link #REBOOT}, {@link
   * #KERNEL_SURFACE}, {@link #KEYRING}, {@link #FILE_HANDLE}, {@link #CLOCK_SET}, {@link #SWAP},
   * {@link #RAW_IO}, {@link #ADMINISTRATION}, and {@link #REMOVED}, since naming those joins
   * ranges. {@link Baseline} and every {@link Profile} refuse it.
   */
  public static final SyscallSet DANGEROUS =
      named(
          "@dangerous",
          MOUNT.plus(
              NAMESPACE,
              DEBUG,
              MODULE,
              REBOOT,
              KERNEL_SURFACE,
              KEYRING,
              FILE_HANDLE,
              CLOCK_SET,
              SWAP,
              RAW_IO,
              ADMINISTRATION,
              REMOVED));

  /**
   * What is to be answered with ENOSYS, as if the kernel lacked it, because what it does lies in
   * memory: {@link #IO_URING}, {@code clone3} and {@code openat2}. C libraries and language
   * runtimes fall back to {@code clone} and {@code openat}.
   */
  public static final SyscallSet UNSEEN = named("@unseen", IO_URING.plus("clone3", "openat2"));

  private final SequencedSet<String> names;

  private SyscallSet(SequencedSet<String> names) {
    this.names = Collections.unmodifiableSequencedSet(names);
  }

  private static SyscallSet named(String name, String calls) {
    List<String> names = List.of(calls.replace('\n', ' ').split(" "));
    return named(name, new SyscallSet(new LinkedHashSet<>(names)));
  }

  private static SyscallSet named(String name, SyscallSet set) {
    NAMED.put(name, set);
    return set;
  }

  /**
   * {@return the calls with these names, in this order}
   *
   * @param names calls, and names of sets such as {@code @file-read}, which stand for what is in
   *     them
   * @throws IllegalArgumentException if no architecture has such a call, or no set is called so
   */
  public static SyscallSet of(String... names) {
    var all = new LinkedHashSet<String>();
    for (String name : names) {
      if (name.startsWith("@")) {
        SyscallSet set = NAMED.get(name);
        if (set == null) {
          throw new IllegalArgumentException(
              "no set is called " + name + "; there are " + String.join(", ", NAMED.keySet()));
        }
        all.addAll(set.names);
      } else {
        requireKnown(name);
        all.add(name);
      }
    }
    return new SyscallSet(all);
  }

  /** A call that is misspelt would be missing from a deny list without anybody noticing. */
  private static void requireKnown(String name) {
    for (Arch arch : Arch.values()) {
      if (SyscallTable.number(arch, name).isPresent()) {
        return;
      }
    }
    throw new IllegalArgumentException("no system call is called " + name);
  }

  /** {@return all sets with a name, by their names, which begin with an at sign} */
  public static Map<String, SyscallSet> all() {
    return Collections.unmodifiableSequencedMap(NAMED);
  }

  /** {@return this and others, in order} */
  public SyscallSet plus(SyscallSet... others) {
    var all = new LinkedHashSet<>(names);
    for (SyscallSet other : others) {
      all.addAll(other.names);
    }
    return new SyscallSet(all);
  }

  /**
   * {@return this and others, in order}
   *
   * @param others as for {@link #of}
   */
  public SyscallSet plus(String... others) {
    return plus(of(others));
  }

  /** {@return this without what is in others} */
  public SyscallSet minus(SyscallSet... others) {
    var left = new LinkedHashSet<>(names);
    for (SyscallSet other : others) {
      left.removeAll(other.names);
    }
    return new SyscallSet(left);
  }

  /**
   * {@return this without others}
   *
   * @param others as for {@link #of}
   */
  public SyscallSet minus(String... others) {
    return minus(of(others));
  }

  /** {@return whether a call is in this set} */
  public boolean contains(String syscall) {
    return names.contains(syscall);
  }

  /** {@return the names, in order} */
  public SequencedSet<String> names() {
    return names;
  }

  @Override
  public Iterator<String> iterator() {
    return names.iterator();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SyscallSet set && names.equals(set.names);
  }

  @Override
  public int hashCode() {
    return names.hashCode();
  }

  /** {@code [read, write]}. */
  @Override
  public String toString() {
    return names.toString();
  }
}
