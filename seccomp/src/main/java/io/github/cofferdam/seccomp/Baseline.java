package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.Arrays;
import java.util.List;

/**
 * The filter for any sandboxed program: a deny list of system calls that ordinary programs do not
 * need and that open ways around the other walls, or around this one. An immutable value.
 *
 * {@snippet :
 * SeccompFilter filter = Baseline.of(Arch.host()).sockets(Sockets.TCP).filter();
 * }
 *
 * <p>Refused with EPERM, always:
 *
 * <ul>
 *   <li>mounts: {@code mount}, {@code umount2}, the calls of the newer interface, {@code
 *       pivot_root}, {@code chroot};
 *   <li>namespaces: {@code unshare}, {@code setns}, {@code clone} with any {@code CLONE_NEW*} flag,
 *       {@code listns};
 *   <li>other processes: {@code ptrace} (so no strace and no gdb), {@code process_vm_readv}, {@code
 *       process_vm_writev}, {@code kcmp}, {@code pidfd_getfd};
 *   <li>kernel: modules, {@code kexec}, {@code bpf}, {@code perf_event_open}, {@code userfaultfd},
 *       {@code fanotify}, keyrings, file handles, quotas, swap, accounting, host and domain name,
 *       clock, I/O ports, {@code modify_ldt}, {@code syslog}, {@code reboot}, uprobes, and calls
 *       that the kernel has given up;
 *   <li>{@code personality}, save for Linux, {@code PER_LINUX32} and {@code UNAME26}: others weaken
 *       memory protection;
 *   <li>{@code ioctl} with TIOCSTI and TIOCLINUX, which type into the terminal.
 * </ul>
 *
 * <p>Answered with ENOSYS, as if the kernel lacked them: {@code io_uring_*}, whose requests no
 * filter sees; {@code clone3}, whose flags lie in memory (C libraries fall back to {@code clone});
 * numbers that the system call table does not know. A call of another architecture kills.
 *
 * <p>Allowed on purpose: {@code memfd_create}, {@code memfd_secret}, {@code execveat}, {@code
 * landlock_*} and {@code seccomp} (walls inside the wall only narrow it).
 *
 * <p>The switches begin at their strictest, save for {@link #metadataChanges}.
 *
 * @param arch whose calls are filtered
 * @param sockets internet and netlink sockets
 * @param unixSockets whether AF_UNIX sockets can be made; socket pairs always can, but without this
 *     only of the connected types, since a datagram pair could send to any address
 * @param ipc whether System V IPC and POSIX message queues are there: only for processes in an IPC
 *     namespace of their own, else they reach whatever the user has running
 * @param metadataChanges whether mode, owner, times and extended attributes of files can be
 *     changed. Landlock does not see that, so read-only files stay open to it; without it {@code cp
 *     -p}, {@code tar -x}, {@code chmod} and {@code touch} on existing files fail with EPERM
 */
public record Baseline(
    Arch arch, Sockets sockets, boolean unixSockets, boolean ipc, boolean metadataChanges) {

  private static final List<String> REFUSED =
      List.of(
          // Mounts.
          "mount",
          "umount2",
          "pivot_root",
          "chroot",
          "fchroot",
          "open_tree",
          "open_tree_attr",
          "move_mount",
          "fsopen",
          "fsconfig",
          "fsmount",
          "fspick",
          "mount_setattr",
          // Namespaces.
          "unshare",
          "setns",
          "listns",
          // Other processes.
          "ptrace",
          "process_vm_readv",
          "process_vm_writev",
          "kcmp",
          "pidfd_getfd",
          // Code in the kernel, and its attack surface.
          "init_module",
          "finit_module",
          "delete_module",
          "kexec_load",
          "kexec_file_load",
          "bpf",
          "perf_event_open",
          "userfaultfd",
          "uretprobe",
          "uprobe",
          "fanotify_init",
          "fanotify_mark",
          // Keyrings: not namespaced, and shared with the user's session.
          "add_key",
          "request_key",
          "keyctl",
          // Files without a path.
          "name_to_handle_at",
          "open_by_handle_at",
          // The machine.
          "reboot",
          "swapon",
          "swapoff",
          "acct",
          "quotactl",
          "quotactl_fd",
          "syslog",
          "sethostname",
          "setdomainname",
          "settimeofday",
          "clock_settime",
          "adjtimex",
          "clock_adjtime",
          "iopl",
          "ioperm",
          "modify_ldt",
          "vhangup",
          // Gone from the kernel; naming them joins ranges.
          "create_module",
          "get_kernel_syms",
          "query_module",
          "nfsservctl",
          "lookup_dcookie",
          "_sysctl");

  private static final List<String> ABSENT =
      List.of("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register");

  private static final List<String> IPC =
      List.of(
          "shmget",
          "shmat",
          "shmctl",
          "shmdt",
          "semget",
          "semop",
          "semctl",
          "semtimedop",
          "msgget",
          "msgsnd",
          "msgrcv",
          "msgctl",
          "mq_open",
          "mq_unlink",
          "mq_timedsend",
          "mq_timedreceive",
          "mq_notify",
          "mq_getsetattr");

  private static final List<String> METADATA =
      List.of(
          "chmod",
          "fchmod",
          "fchmodat",
          "fchmodat2",
          "chown",
          "lchown",
          "fchown",
          "fchownat",
          "utime",
          "utimes",
          "futimesat",
          "utimensat",
          "setxattr",
          "lsetxattr",
          "fsetxattr",
          "setxattrat",
          "removexattr",
          "lremovexattr",
          "fremovexattr",
          "removexattrat",
          "file_setattr");

  private static final int NAMESPACES =
      Uapi.CLONE_NEWNS()
          | Uapi.CLONE_NEWCGROUP()
          | Uapi.CLONE_NEWUTS()
          | Uapi.CLONE_NEWIPC()
          | Uapi.CLONE_NEWUSER()
          | Uapi.CLONE_NEWPID()
          | Uapi.CLONE_NEWNET()
          | Uapi.CLONE_NEWTIME();

  /** linux/personality.h: PER_LINUX is 0; PER_LINUX32 and UNAME26 change what uname(2) says. */
  private static final int HARMLESS_PERSONALITIES = 0x0000008 | 0x0020000;

  /** personality(2): asks, changes nothing. */
  private static final int ASK_PERSONALITY = 0xffffffff;

  /** {@code _IOW('X', 32, struct fsxattr)} of linux/fs.h. */
  private static final int FS_IOC_FSSETXATTR = 0x401c5820;

  // include/linux/socket.h and include/linux/net.h.
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_TYPE_MASK = 0xf;
  private static final int MSG_FASTOPEN = 0x20000000;

  private static final Action ALLOW = Action.allow();
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  /** {@return the strictest baseline, but with changes of metadata} */
  public static Baseline of(Arch arch) {
    return new Baseline(arch, Sockets.NONE, false, false, true);
  }

  /** {@return this baseline with other internet and netlink sockets} */
  public Baseline sockets(Sockets value) {
    return new Baseline(arch, value, unixSockets, ipc, metadataChanges);
  }

  /** {@return this baseline with or without AF_UNIX sockets} */
  public Baseline unixSockets(boolean allowed) {
    return new Baseline(arch, sockets, allowed, ipc, metadataChanges);
  }

  /** {@return this baseline with or without System V IPC and POSIX message queues} */
  public Baseline ipc(boolean allowed) {
    return new Baseline(arch, sockets, unixSockets, allowed, metadataChanges);
  }

  /** {@return this baseline with or without changes of file metadata} */
  public Baseline metadataChanges(boolean allowed) {
    return new Baseline(arch, sockets, unixSockets, ipc, allowed);
  }

  /** {@return the filter} */
  public SeccompFilter filter() {
    return rules().build();
  }

  /** {@return the rules, to which more can be added} */
  public SeccompFilter.Builder rules() {
    var rules = SeccompFilter.denyList(arch);
    Rule refuse = Rule.always(REFUSE);
    addAll(rules, REFUSED, refuse);
    addAll(rules, ABSENT, Rule.always(Action.errno(Errno.ENOSYS)));
    if (!ipc) {
      addAll(rules, IPC, refuse);
    }
    if (!metadataChanges) {
      addAll(rules, METADATA, refuse);
    }
    rules.on("clone", when(arg(0).asInt().anySet(NAMESPACES)).then(REFUSE).otherwise(ALLOW));
    rules.on(
        "personality",
        when(arg(0).asInt().noneSet(~HARMLESS_PERSONALITIES))
            .then(ALLOW)
            .orWhen(arg(0).asInt().eq(ASK_PERSONALITY))
            .then(ALLOW)
            .otherwise(REFUSE));
    rules.on("ioctl", when(arg(1).asInt().in(refusedCommands())).then(REFUSE).otherwise(ALLOW));
    addSockets(rules);
    return rules;
  }

  /** The kernel reads an {@code unsigned int cmd}. */
  private int[] refusedCommands() {
    int[] terminal = {Uapi.TIOCSTI(), Uapi.TIOCLINUX()};
    if (metadataChanges) {
      return terminal;
    }
    int[] all = Arrays.copyOf(terminal, 4);
    all[2] = (int) Uapi.FS_IOC_SETFLAGS();
    all[3] = FS_IOC_FSSETXATTR;
    return all;
  }

  private void addSockets(SeccompFilter.Builder rules) {
    IntArgument family = arg(0).asInt();
    IntArgument type = arg(1).asInt().masked(SOCK_TYPE_MASK);
    IntArgument protocol = arg(2).asInt();
    Condition internet = family.in(AF_INET, AF_INET6);
    Condition routing = family.eq(AF_NETLINK);
    Condition local = family.eq(AF_UNIX);
    rules.on(
        "socketpair",
        unixSockets
            ? when(local).then(ALLOW).otherwise(REFUSE)
            : when(local, type.in(SOCK_STREAM, SOCK_SEQPACKET)).then(ALLOW).otherwise(REFUSE));
    Action unix = unixSockets ? ALLOW : REFUSE;
    rules.on(
        "socket",
        switch (sockets) {
          case NONE -> when(local).then(unix).otherwise(REFUSE);
          case TCP ->
              when(internet, type.eq(SOCK_STREAM), protocol.in(0, Uapi.IPPROTO_TCP()))
                  .then(ALLOW)
                  .orWhen(routing, protocol.eq(Uapi.NETLINK_ROUTE()))
                  .then(ALLOW)
                  .orWhen(local)
                  .then(unix)
                  .otherwise(REFUSE);
          case INTERNET ->
              when(
                      internet,
                      type.in(SOCK_STREAM, SOCK_DGRAM),
                      protocol.in(0, Uapi.IPPROTO_TCP(), Uapi.IPPROTO_UDP()))
                  .then(ALLOW)
                  .orWhen(routing, protocol.eq(Uapi.NETLINK_ROUTE()))
                  .then(ALLOW)
                  .orWhen(local)
                  .then(unix)
                  .otherwise(REFUSE);
        });
    if (sockets == Sockets.TCP) {
      rules.on("sendto", withoutFastOpen(3));
      rules.on("sendmsg", withoutFastOpen(2));
      rules.on("sendmmsg", withoutFastOpen(3));
    }
  }

  private static void addAll(SeccompFilter.Builder rules, List<String> syscalls, Rule rule) {
    for (String syscall : syscalls) {
      rules.on(syscall, rule);
    }
  }

  private static Rule withoutFastOpen(int flags) {
    return when(arg(flags).asInt().anySet(MSG_FASTOPEN)).then(REFUSE).otherwise(ALLOW);
  }
}
