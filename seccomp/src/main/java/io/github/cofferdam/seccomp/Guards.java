package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rules that look at arguments, for the ready-made filters. */
final class Guards {
  static final Action ALLOW = Action.allow();
  static final Action REFUSE = Action.errno(Errno.EPERM);

  // include/linux/socket.h and include/linux/net.h.
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_TYPE_MASK = 0xf;
  private static final int MSG_FASTOPEN = 0x20000000;

  private static final IntArgument FAMILY = arg(0).asInt();
  private static final IntArgument TYPE = arg(1).asInt().masked(SOCK_TYPE_MASK);
  private static final IntArgument PROTOCOL = arg(2).asInt();

  /** Of socket and socketpair: AF_UNIX, of whatever type. */
  static final Condition LOCAL = FAMILY.eq(AF_UNIX);

  /** Of socket: TCP over IPv4 and IPv6. */
  static final Condition TCP =
      FAMILY
          .in(AF_INET, AF_INET6)
          .and(TYPE.eq(SOCK_STREAM))
          .and(PROTOCOL.in(0, Uapi.IPPROTO_TCP()));

  /** Of socket: TCP and UDP over IPv4 and IPv6. */
  static final Condition INTERNET =
      FAMILY
          .in(AF_INET, AF_INET6)
          .and(TYPE.in(SOCK_STREAM, SOCK_DGRAM))
          .and(PROTOCOL.in(0, Uapi.IPPROTO_TCP(), Uapi.IPPROTO_UDP()));

  /** Of socket: netlink for routes. */
  static final Condition ROUTING = FAMILY.eq(AF_NETLINK).and(PROTOCOL.eq(Uapi.NETLINK_ROUTE()));

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

  /** {@code __O_TMPFILE} of asm-generic/fcntl.h, the same on every {@code Arch}. */
  private static final int O_TMPFILE = 020000000;

  private static final int SET_ID = Uapi.S_ISUID() | Uapi.S_ISGID();

  /** {@code _IOR('T', 0x2A, struct termios2)} of asm-generic/ioctls.h, the same on every Arch. */
  private static final int TCGETS2 = 0x802c542a;

  private static final int TCSETSF = 0x5404;
  private static final int TCSETS2 = 0x402c542b;
  private static final int TCSETSW2 = 0x402c542c;
  private static final int TCSETSF2 = 0x402c542d;

  // linux/fs.h: _IOW(0x94, 9, int), _IOW(0x94, 13, struct file_clone_range),
  // _IOWR(0x94, 54, struct file_dedupe_range), _IOR('X', 31, struct fsxattr), and of
  // linux/fiemap.h _IOWR('f', 11, struct fiemap).
  private static final int FICLONE = 0x40049409;
  private static final int FICLONERANGE = 0x4020940d;
  private static final int FIDEDUPERANGE = 0xc0189436;
  private static final int FS_IOC_FSGETXATTR = 0x801c581f;
  private static final int FS_IOC_FIEMAP = 0xc020660b;

  // linux/sockios.h and asm-generic/sockios.h.
  private static final int SIOCATMARK = 0x8905;
  private static final int SIOCGIFDSTADDR = 0x8917;
  private static final int SIOCGIFBRDADDR = 0x8919;
  private static final int SIOCGIFHWADDR = 0x8927;

  /** Asks what a descriptor is, and how it behaves when it is not ready. */
  private static final int[] QUERIES = {
    Uapi.TCGETS(),
    TCGETS2,
    Uapi.TIOCGWINSZ(),
    Uapi.TIOCGPGRP(),
    Uapi.FIONREAD(),
    Uapi.FIONBIO(),
    Uapi.FIOCLEX(),
    Uapi.FIONCLEX(),
  };

  /** Modes of the terminal, as editors, pagers and shells with job control set them. */
  private static final int[] TERMINAL = {
    Uapi.TCSETS(),
    Uapi.TCSETSW(),
    TCSETSF,
    TCSETS2,
    TCSETSW2,
    TCSETSF2,
    Uapi.TCSBRK(),
    Uapi.TCXONC(),
    Uapi.TCFLSH(),
    Uapi.TIOCSPGRP(),
    Uapi.TIOCGSID(),
    Uapi.TIOCOUTQ(),
    Uapi.FIOASYNC(),
  };

  /** Shared extents and flags of files: cp, tar, find, lsattr. */
  private static final int[] FILES = {
    FICLONE,
    FICLONERANGE,
    FIDEDUPERANGE,
    FS_IOC_FIEMAP,
    FS_IOC_FSGETXATTR,
    (int) Uapi.FS_IOC_GETFLAGS(),
  };

  /** Names, numbers and addresses of interfaces: if_nametoindex(3), java.net.NetworkInterface. */
  private static final int[] INTERFACES = {
    SIOCATMARK,
    Uapi.SIOCGIFNAME(),
    Uapi.SIOCGIFCONF(),
    Uapi.SIOCGIFFLAGS(),
    Uapi.SIOCGIFADDR(),
    SIOCGIFDSTADDR,
    SIOCGIFBRDADDR,
    Uapi.SIOCGIFNETMASK(),
    Uapi.SIOCGIFMTU(),
    SIOCGIFHWADDR,
    Uapi.SIOCGIFINDEX(),
  };

  private Guards() {}

  /** Threads and processes, but no namespaces. */
  static Rule cloning() {
    return when(arg(0).asInt().anySet(NAMESPACES)).then(REFUSE).otherwise(ALLOW);
  }

  /** None that weakens memory protection. */
  static Rule personality() {
    return when(arg(0).asInt().noneSet(~HARMLESS_PERSONALITIES))
        .then(ALLOW)
        .orWhen(arg(0).asInt().eq(ASK_PERSONALITY))
        .then(ALLOW)
        .otherwise(REFUSE);
  }

  /** Pairs of certain types: one of datagrams could send to any address. */
  static Rule connectedPairs(int... types) {
    return when(LOCAL, TYPE.in(types)).then(ALLOW).otherwise(REFUSE);
  }

  /** No TCP Fast Open, which connects past Landlock. */
  static void addWithoutFastOpen(SeccompFilter.Builder rules) {
    rules.replace("sendto", withoutFastOpen(3));
    rules.replace("sendmsg", withoutFastOpen(2));
    rules.replace("sendmmsg", withoutFastOpen(3));
  }

  private static Rule withoutFastOpen(int flags) {
    return when(arg(flags).asInt().anySet(MSG_FASTOPEN)).then(REFUSE).otherwise(ALLOW);
  }

  /**
   * Opening for reading alone.
   *
   * @param flags which argument they are
   */
  static Rule openForReading(int flags) {
    int writing = Uapi.O_ACCMODE() | Uapi.O_CREAT() | Uapi.O_TRUNC() | O_TMPFILE;
    return when(arg(flags).asInt().noneSet(writing)).then(ALLOW).otherwise(REFUSE);
  }

  /**
   * Regular files and FIFOs, so no devices, and without {@link #SET_ID}. The kernel reads an {@code
   * umode_t}, which is 16 bits.
   *
   * @param mode which argument it is
   */
  static Rule regularFiles(int mode) {
    return when(
            arg(mode).asInt().masked(Uapi.S_IFMT()).in(0, Uapi.S_IFREG(), Uapi.S_IFIFO()),
            arg(mode).asInt().noneSet(SET_ID))
        .then(ALLOW)
        .otherwise(REFUSE);
  }

  /**
   * No call gives a file or a directory the set-user-id or the set-group-id bit: whoever executes
   * it later, outside, would do so with this user's rights. ({@code openat2}, whose mode lies in
   * memory, is {@link SyscallSet#UNSEEN}.)
   *
   * @param changes whether modes of files that are there can be changed
   */
  static void addWithoutSetId(SeccompFilter.Builder rules, boolean changes) {
    if (changes) {
      rules.replace("chmod", withoutSetId(1));
      rules.replace("fchmod", withoutSetId(1));
      rules.replace("fchmodat", withoutSetId(2));
      rules.replace("fchmodat2", withoutSetId(2));
    }
    rules.replace("open", creatingWithoutSetId(1, 2));
    rules.replace("openat", creatingWithoutSetId(2, 3));
    rules.replace("creat", withoutSetId(1));
    rules.replace("mkdir", withoutSetId(1));
    rules.replace("mkdirat", withoutSetId(2));
    rules.replace("mknod", withoutSetId(1));
    rules.replace("mknodat", withoutSetId(2));
  }

  private static Rule withoutSetId(int mode) {
    return when(arg(mode).asInt().anySet(SET_ID)).then(REFUSE).otherwise(ALLOW);
  }

  /** What opens a file that is there passes no mode: whatever its register holds. */
  private static Rule creatingWithoutSetId(int flags, int mode) {
    return when(
            arg(mode).asInt().anySet(SET_ID), arg(flags).asInt().anySet(Uapi.O_CREAT() | O_TMPFILE))
        .then(REFUSE)
        .otherwise(ALLOW);
  }

  /**
   * All devices, but nothing that types into the terminal, takes the console's output, or loads a
   * line discipline: ioctl_tty(2), ioctl_console(2).
   */
  static Rule mostCommands() {
    return when(arg(1)
            .asInt()
            .in(Uapi.TIOCSTI(), Uapi.TIOCLINUX(), Uapi.TIOCSETD(), Uapi.TIOCCONS()))
        .then(REFUSE)
        .otherwise(ALLOW);
  }

  /** {@link #QUERIES} alone. */
  static Rule queries() {
    return commands(QUERIES);
  }

  /** Files and terminals. */
  static Rule fileCommands() {
    return commands(QUERIES, TERMINAL, FILES);
  }

  /** Files, terminals and interfaces. */
  static Rule networkCommands() {
    return commands(QUERIES, TERMINAL, FILES, INTERFACES);
  }

  /** The kernel reads an {@code unsigned int cmd}. */
  private static Rule commands(int[]... allowed) {
    return when(arg(1).asInt().in(Stream.of(allowed).flatMapToInt(IntStream::of).toArray()))
        .then(ALLOW)
        .otherwise(REFUSE);
  }

  /**
   * What programs and C libraries ask of prctl(2), of themselves and for themselves. The rest is
   * answered as by a kernel that lacks it: it changes what the process claims to be in /proc
   * (PR_SET_MM), who may trace it, whom it shares a core with, or needs capabilities.
   */
  static Rule ownProcess() {
    return when(arg(0)
            .asInt()
            .in(
                Uapi.PR_SET_PDEATHSIG(),
                Uapi.PR_GET_PDEATHSIG(),
                Uapi.PR_GET_DUMPABLE(),
                Uapi.PR_SET_DUMPABLE(),
                Uapi.PR_GET_KEEPCAPS(),
                Uapi.PR_SET_NAME(),
                Uapi.PR_GET_NAME(),
                Uapi.PR_GET_SECCOMP(),
                Uapi.PR_SET_SECCOMP(),
                Uapi.PR_CAPBSET_READ(),
                Uapi.PR_CAPBSET_DROP(),
                Uapi.PR_GET_TSC(),
                Uapi.PR_GET_SECUREBITS(),
                Uapi.PR_SET_TIMERSLACK(),
                Uapi.PR_GET_TIMERSLACK(),
                Uapi.PR_SET_CHILD_SUBREAPER(),
                Uapi.PR_GET_CHILD_SUBREAPER(),
                Uapi.PR_SET_NO_NEW_PRIVS(),
                Uapi.PR_GET_NO_NEW_PRIVS(),
                Uapi.PR_SET_THP_DISABLE(),
                Uapi.PR_GET_THP_DISABLE(),
                Uapi.PR_CAP_AMBIENT(),
                Uapi.PR_SVE_SET_VL(),
                Uapi.PR_SVE_GET_VL(),
                Uapi.PR_GET_SPECULATION_CTRL(),
                Uapi.PR_PAC_RESET_KEYS(),
                Uapi.PR_SET_TAGGED_ADDR_CTRL(),
                Uapi.PR_GET_TAGGED_ADDR_CTRL(),
                Uapi.PR_PAC_GET_ENABLED_KEYS(),
                Uapi.PR_SME_SET_VL(),
                Uapi.PR_SME_GET_VL(),
                Uapi.PR_SET_MDWE(),
                Uapi.PR_GET_MDWE(),
                Uapi.PR_SET_VMA(),
                Uapi.PR_GET_AUXV(),
                Uapi.PR_RISCV_V_GET_CONTROL(),
                Uapi.PR_RISCV_SET_ICACHE_FLUSH_CTX(),
                Uapi.PR_GET_SHADOW_STACK_STATUS(),
                Uapi.PR_SET_SHADOW_STACK_STATUS(),
                Uapi.PR_LOCK_SHADOW_STACK_STATUS(),
                Uapi.PR_FUTEX_HASH(),
                Uapi.PR_RSEQ_SLICE_EXTENSION()))
        .then(ALLOW)
        .otherwise(Action.errno(Errno.EINVAL));
  }

  /** All of prctl(2) but what forges /proc/self/exe and the like, and core scheduling. */
  static Rule mostOptions() {
    return when(arg(0).asInt().in(Uapi.PR_SET_MM(), Uapi.PR_SCHED_CORE()))
        .then(REFUSE)
        .otherwise(ALLOW);
  }
}
