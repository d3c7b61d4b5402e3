package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Guards.ALLOW;
import static io.github.cofferdam.seccomp.Guards.REFUSE;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;

/**
 * Ready-made filters for kinds of programs. {@link #BLOCKED_DANGEROUS} names what it refuses, the
 * others name what they allow.
 *
 * {@snippet :
 * SeccompFilter filter = Profile.DATA_PROCESSING.filter(Arch.host());
 * SeccompFilter.Builder more = Profile.NETWORK_CLIENT.rules(Arch.host()).allow("listen", "accept4");
 * }
 *
 * <p>All of them
 *
 * <ul>
 *   <li>refuse {@link SyscallSet#DANGEROUS} with EPERM, and {@link SyscallSet#IPC}, {@link
 *       SyscallSet#OTHER_PROCESS}, {@link SyscallSet#LEGACY} and i386's {@code socketcall} and
 *       {@code ipc};
 *   <li>answer {@link SyscallSet#UNSEEN} with ENOSYS, as well as numbers that the system call table
 *       does not know; a call of another architecture kills, save for x32, which is answered with
 *       ENOSYS;
 *   <li>refuse {@code clone} with any {@code CLONE_NEW*} flag; {@code personality} save for Linux,
 *       {@code PER_LINUX32} and {@code UNAME26}; {@code mknod} of anything but regular files and
 *       FIFOs; modes with the set-user-id or set-group-id bit; leases, dnotify and F_SET_RW_HINT;
 *       {@code ioctl} with TIOCSTI, TIOCLINUX, TIOCCONS and TIOCSETD; {@code prctl} with PR_SET_MM
 *       and PR_SCHED_CORE. Allow lists answer {@code prctl} with EINVAL, as a kernel that lacks the
 *       option, for all that programs do not ordinarily ask of it;
 *   <li>refuse AF_UNIX sockets, behind which other programs work for whoever asks, such as {@code
 *       docker.sock}; socket pairs pass, but only of connected types. So name service daemons and
 *       the local sockets of X, D-Bus and databases are out of reach, and Python's {@code
 *       multiprocessing} with {@code forkserver}; raw and packet sockets, netlink other than
 *       routing, MPTCP and the like are refused everywhere;
 *   <li>refuse changes of limits, priorities and scheduling of other processes, and timers on their
 *       CPU clocks: only 0 passes, which is the caller. Threads of the same process are others to a
 *       filter, so {@code pthread_setaffinity_np} fails with EPERM;
 *   <li>allow signals, which reach other processes of the same user, as far as the kernel goes: a
 *       Landlock scope or a namespace is the wall there;
 *   <li>allow {@code execve}, since whoever starts the program needs it: what is executed stays
 *       behind the filter, and a program could map code of its own anyway. Which files can be
 *       opened and executed is for Landlock to say;
 *   <li>allow {@link SyscallSet#CREDENTIALS}, save for {@link #COMPUTE_ONLY}: with no_new_privs and
 *       without capabilities nothing is to be had there, programs that give privileges up must not
 *       fail, and make starts its commands with {@code POSIX_SPAWN_RESETIDS};
 *   <li>allow {@link SyscallSet#CONFINEMENT}, without {@code lsm_set_self_attr} in the allow lists.
 * </ul>
 *
 * <p>Tried with each, as root and as an ordinary user: dash and bash, python3 with threads,
 * processes and hashes, {@code java} with each of its collectors and a Java program with threads
 * and processes, a static busybox, C programs of glibc and of musl, dynamic and static; further
 * ones below.
 *
 * <p>Filters for several architectures are made of all of these rules at once; where an
 * architecture lacks a call, the rule has nothing to say.
 */
public enum Profile {
  /**
   * For programs in general, without a network: files, processes, terminals and other devices,
   * asynchronous I/O. Of sockets, pairs of streams or of sequenced packets.
   *
   * <p>Tried also: git, tar, cp, touch, find, grep, gzip, make with gcc, a pseudo-terminal.
   * Metadata of files can be changed, read-only for Landlock or not; to close that, replace the
   * rules of {@link SyscallSet#FILE_METADATA}.
   */
  DEFAULT,
  /**
   * For pure computation: reads what it is given, writes to the descriptors that it is given, and
   * starts threads and processes. No file is opened for writing, made, changed or removed, so not
   * even {@code /dev/null} can be written to by name; reading stays possible, since libraries must
   * load; a core file is for RLIMIT_CORE to forbid. {@code openat2} is answered with ENOSYS,
   * because its flags lie in memory. Of sockets, pairs of streams or of sequenced packets; {@code
   * ioctl} only to ask what a descriptor is.
   *
   * <p>Refused therefore: git, compilers, shell redirections into files, Python's {@code
   * multiprocessing} primitives, which are files in {@code /dev/shm} (pools of {@code
   * concurrent.futures} threads work).
   */
  COMPUTE_ONLY,
  /**
   * For programs that turn files into other files: all of {@link SyscallSet#FILE_SYSTEM},
   * processes, asynchronous I/O. Of sockets, pairs of streams; {@code ioctl} on files and terminals
   * as far as editors and {@code cp --reflink} go.
   *
   * <p>Tried also: git, tar, cp, touch, find, grep, gzip, make with gcc. Metadata as in {@link
   * #DEFAULT}.
   */
  DATA_PROCESSING,
  /**
   * For clients: {@link #DATA_PROCESSING} without asynchronous I/O, and TCP and UDP over IPv4 and
   * IPv6, and netlink for routes. {@code bind} passes, because resolvers and UDP clients need it;
   * {@code listen} and {@code accept} do not, so nobody connects to it, though UDP is received by
   * whoever sends it. TCP Fast Open is refused, since it connects past Landlock. What it may talk
   * to is for Landlock or a network namespace to say; Landlock before ABI 10 does not see UDP.
   *
   * <p>Tried also: what {@link #DATA_PROCESSING} was tried with, curl, Python's and Java's HTTP
   * clients, Java's UDP sockets and list of interfaces.
   */
  NETWORK_CLIENT,
  /**
   * For programs that nothing is known of: everything passes but what is dangerous, as listed
   * above. TCP and UDP, servers included, and netlink for routes; no TCP Fast Open.
   *
   * <p>Tried also: what {@link #DEFAULT} and {@link #NETWORK_CLIENT} were tried with, and Python's
   * HTTP server. Metadata as in {@link #DEFAULT}.
   */
  BLOCKED_DANGEROUS;

  private static final SyscallSet REFUSED =
      SyscallSet.DANGEROUS.plus(
          SyscallSet.IPC, SyscallSet.MULTIPLEXED, SyscallSet.OTHER_PROCESS, SyscallSet.LEGACY);

  /** What every allow list has in common; the calls that look at arguments get a rule after it. */
  private static final SyscallSet COMPUTATION =
      SyscallSet.RUNTIME
          .plus(SyscallSet.NUMA, SyscallSet.CONFINEMENT, SyscallSet.FILE_READ, SyscallSet.SOCKET_IO)
          .minus(SyscallSet.UNSEEN)
          .minus("lsm_set_self_attr");

  /**
   * {@return the filter}
   *
   * @param first whose calls are filtered
   * @param more further architectures
   */
  public SeccompFilter filter(Arch first, Arch... more) {
    return rules(first, more).build();
  }

  /**
   * {@return the rules, to which more can be added}; {@link SeccompFilter.Builder#replace} changes
   * those that are there
   *
   * @param first whose calls are filtered
   * @param more further architectures
   */
  public SeccompFilter.Builder rules(Arch first, Arch... more) {
    var rules =
        this == BLOCKED_DANGEROUS
            ? SeccompFilter.denyList(first, more)
            : SeccompFilter.allowList(first, more);
    rules.unknownNewer(Action.errno(Errno.ENOSYS));
    rules.on(SyscallSet.UNSEEN, Action.errno(Errno.ENOSYS));
    switch (this) {
      case DEFAULT -> addDefault(rules);
      case COMPUTE_ONLY -> addComputeOnly(rules);
      case DATA_PROCESSING -> addDataProcessing(rules);
      case NETWORK_CLIENT -> addNetworkClient(rules);
      case BLOCKED_DANGEROUS -> addBlockedDangerous(rules);
    }
    rules.replace("clone", Guards.cloning());
    rules.replace("personality", Guards.personality());
    ProcessGuards.add(rules, false);
    rules.replace("fcntl", ProcessGuards.descriptorCommands());
    rules.replace("fcntl64", ProcessGuards.descriptorCommands());
    return rules;
  }

  private static void addDefault(SeccompFilter.Builder rules) {
    addFiles(rules);
    rules.allow(SyscallSet.AIO);
    rules.replace("ioctl", Guards.mostCommands());
    rules.replace("prctl", Guards.ownProcess());
    rules.replace("socketpair", Guards.connectedPairs(Guards.SOCK_STREAM, Guards.SOCK_SEQPACKET));
  }

  private static void addComputeOnly(SeccompFilter.Builder rules) {
    rules.allow(COMPUTATION);
    rules.replace("open", Guards.openForReading(1));
    rules.replace("openat", Guards.openForReading(2));
    rules.replace("ioctl", Guards.queries());
    rules.replace("prctl", Guards.ownProcess());
    rules.replace("socketpair", Guards.connectedPairs(Guards.SOCK_STREAM, Guards.SOCK_SEQPACKET));
  }

  private static void addDataProcessing(SeccompFilter.Builder rules) {
    addFiles(rules);
    rules.allow(SyscallSet.AIO);
    rules.replace("ioctl", Guards.fileCommands());
    rules.replace("prctl", Guards.ownProcess());
    rules.replace("socketpair", Guards.connectedPairs(Guards.SOCK_STREAM));
  }

  private static void addNetworkClient(SeccompFilter.Builder rules) {
    addFiles(rules);
    rules.allow(SyscallSet.NETWORK_CLIENT);
    rules.replace("ioctl", Guards.networkCommands());
    rules.replace("prctl", Guards.ownProcess());
    addInternet(rules);
  }

  private static void addBlockedDangerous(SeccompFilter.Builder rules) {
    rules.on(REFUSED, REFUSE);
    Guards.addWithoutSetId(rules, true);
    rules.replace("mknod", Guards.regularFiles(1));
    rules.replace("mknodat", Guards.regularFiles(2));
    rules.replace("ioctl", Guards.mostCommands());
    rules.replace("prctl", Guards.mostOptions());
    addInternet(rules);
  }

  private static void addFiles(SeccompFilter.Builder rules) {
    rules
        .allow(COMPUTATION)
        .allow(SyscallSet.FILE_SYSTEM.minus(SyscallSet.UNSEEN))
        .allow(SyscallSet.CREDENTIALS);
    Guards.addWithoutSetId(rules, true);
    rules.replace("mknod", Guards.regularFiles(1));
    rules.replace("mknodat", Guards.regularFiles(2));
  }

  private static void addInternet(SeccompFilter.Builder rules) {
    rules.replace(
        "socket",
        when(Guards.INTERNET).then(ALLOW).orWhen(Guards.ROUTING).then(ALLOW).otherwise(REFUSE));
    rules.replace("socketpair", Guards.connectedPairs(Guards.SOCK_STREAM, Guards.SOCK_SEQPACKET));
    Guards.addWithoutFastOpen(rules);
  }
}
