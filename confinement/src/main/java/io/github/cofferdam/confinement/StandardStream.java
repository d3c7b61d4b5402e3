package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.KernelFile;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.StreamKind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a descriptor is that a command is to have as a standard stream. What is not known to be
 * harmless needs the policy's leave.
 *
 * @param what in words, such as "a directory"
 * @param needs the leave that it needs, if any
 * @param changeable whether the command could change its mode, owner, times or attributes through
 *     the descriptor, as far as this user may
 * @param path where it is, if it has a name
 * @param access what it is open for
 * @param file what it leads to
 */
public record StandardStream(
    String what,
    Optional<StreamKind> needs,
    boolean changeable,
    Optional<Path> path,
    Access access,
    FileStatus file) {
  /** What a file, a pipe or a device is open for. */
  public enum Access {
    READING,
    WRITING,
    BOTH,
    /** Access mode 3: for commands of devices alone. */
    NEITHER;

    private static Access of(long flags) {
      int mode = (int) flags & ACCESS_MODE;
      return mode == Uapi.O_RDONLY()
          ? READING
          : mode == Uapi.O_WRONLY() ? WRITING : mode == Uapi.O_RDWR() ? BOTH : NEITHER;
    }
  }

  private static final int FCNTL = Syscall.number("fcntl");
  private static final int FSTATFS = Syscall.number("fstatfs");
  private static final int IOCTL = Syscall.number("ioctl");
  private static final int GETSOCKOPT = Syscall.number("getsockopt");
  private static final int GETPEERNAME = Syscall.number("getpeername");
  private static final int FACCESSAT2 = Syscall.number("faccessat2");
  private static final int GETEUID = Syscall.number("geteuid");

  private static final int MEMORY = 1;
  private static final int NULL = 3;

  /** Devices that give and take bytes and nothing else: null, zero, full, random, urandom. */
  private static final Set<Integer> HARMLESS = Set.of(NULL, 5, 7, 8, 9);

  /** /dev/tty, /dev/console and /dev/ptmx; the last is where terminals are made. */
  private static final int TERMINALS = 5;

  private static final int PTMX = 2;
  private static final int ACCESS_MODE = 3;
  private static final int W_OK = 2;

  // ABI, but in no UAPI header: linux/socket.h and linux/net.h of the kernel's own sources.
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_SEQPACKET = 5;

  private static final long PROC = 0x9fa0;

  /**
   * File systems that are the kernel itself: what is written there changes it. linux/magic.h. There
   * are more, and new ones: see {@link #isKernels}.
   */
  private static final long[] KERNEL_FILES = {
    PROC,
    0x62656572, // sysfs
    0x27e0eb, // cgroup
    0x63677270, // cgroup2
    0x64626720, // debugfs
    0x74726163, // tracefs
    0x73636673, // securityfs
    0xcafe4a11L, // bpf
    0xf97cff8cL, // selinuxfs
    0x43415d53, // smackfs
    0x62656570, // configfs
    0xde5e81e4L, // efivarfs
    0x7655821, // resctrl
    0x6165676c, // pstore
    0x42494e4d, // binfmt_misc
    0x65735543, // fusectl
    0x5a3c69f0, // apparmorfs
    0x6e667364, // nfsd
    0x67596969, // rpc_pipefs
    0xabba1974L, // xenfs
    0x64646178, // daxfs: memory of devices
    0x454d444d, // the same
  };

  /**
   * File systems that hold what is written, and need not say how much they can hold: in memory, or
   * in the hands of another process or machine.
   */
  private static final long[] UNSIZED = {
    0x01021994, // tmpfs
    0x858458f6L, // ramfs
    0x958458f6L, // hugetlbfs
    0x794c7630, // overlay, of one of these
    0x65735546, // fuse
    0x01021997, // 9p
    0x6969, // nfs
    0xff534d42L, // cifs
    0xfe534d42L, // the same
    0x5346414f, // afs
    0xf15f, // ecryptfs
  };

  /** File systems whose files are handles to something else. */
  private static final long[] HANDLES = {
    0x09041934, // anonymous inodes: events, epoll, BPF, performance counters, Landlock, ...
    0x6e736673, // namespaces
    0x50494446, // processes
    0x19800202, // message queues
    0x5345434d, // secret memory
    0x534f434b, // sockets
    0x444d4142, // buffers of devices
    0x474d454d, // memory of virtual machines
  };

  private static final String FILE_TO_READ = "a file that is open for reading";
  private static final String FILE = "a file";
  private static final String PIPE = "a pipe";
  private static final String UNIX_STREAM = "a Unix stream";
  private static final String TERMINAL = "a terminal";
  private static final String NULL_DEVICE = "/dev/null";
  private static final String WRONG_NULL_DEVICE = "/dev/null, open for the other direction";

  /** Whether it is a file that the command may not write. */
  boolean isToBeRead() {
    return what.equals(FILE_TO_READ);
  }

  /** Whether it is one that the command may fill. */
  boolean isFileToWrite() {
    return what.equals(FILE);
  }

  /** Whether it may have been opened by this virtual machine for itself: see {@link OwnFiles}. */
  boolean isFile() {
    return what.equals(FILE_TO_READ) || what.equals(FILE);
  }

  /** Whether it can be opened again by its name in {@code /proc/self/fd}, as what it leads to. */
  boolean isFileOrNamedPipe() {
    return (isFile() || what.equals(PIPE)) && path.isPresent();
  }

  /**
   * What it can be opened for again without giving more than the descriptor does: to set the size
   * of what is open for writing, and to command a terminal, takes no further right on it.
   */
  Set<FsRight> reopened() {
    boolean terminal = what.equals(TERMINAL);
    if (path.isEmpty()
        || needs.isPresent()
        || access == Access.NEITHER
        || !(terminal || isFileOrNamedPipe())) {
      return Set.of();
    }
    var rights = EnumSet.noneOf(FsRight.class);
    if (access != Access.WRITING) {
      rights.add(FsRight.READ_FILE);
    }
    if (access != Access.READING) {
      rights.add(FsRight.WRITE_FILE);
      rights.add(FsRight.TRUNCATE);
    }
    if (terminal) {
      rights.add(FsRight.IOCTL_DEV);
    }
    return rights;
  }

  /** Whether descriptors can come and go over it. */
  boolean isUnixStream() {
    return what.equals(UNIX_STREAM);
  }

  boolean isNullDevice() {
    return what.equals(NULL_DEVICE) || what.equals(WRONG_NULL_DEVICE);
  }

  /** Whether it is what is put in the place of a closed stream, so that nothing else gets there. */
  boolean isAsGoodAsClosed() {
    return what.equals(WRONG_NULL_DEVICE);
  }

  /** {@return what a descriptor is; empty if it is closed} */
  static Optional<StandardStream> of(int descriptor, Policy policy, Network.Access access)
      throws IOException {
    long flags = Syscall.call(FCNTL, descriptor, Uapi.F_GETFL());
    if (flags == -Errno.EBADF.number()) {
      return Optional.empty();
    }
    Syscall.check(flags, "fcntl", "look at descriptor " + descriptor);
    FileStatus file = FileStatus.of(Fd.owning(descriptor));
    if ((flags & Uapi.O_PATH()) != 0) {
      return Optional.of(needing(StreamKind.OTHERS, "a path that is not open (O_PATH)", file));
    }
    try (Arena arena = Arena.ofConfined()) {
      return Optional.of(of(descriptor, Access.of(flags), file, policy, access, arena));
    }
  }

  private static StandardStream of(
      int descriptor,
      Access open,
      FileStatus file,
      Policy policy,
      Network.Access access,
      Arena arena)
      throws IOException {
    if (file.isRegularFile()) {
      return regular(descriptor, open, file, arena);
    }
    if (file.isFifo()) {
      return named(PIPE, descriptor, open, file, arena);
    }
    if (file.isDirectory()) {
      return needing(StreamKind.DIRECTORIES, "a directory", file);
    }
    if (file.isSocket()) {
      return socket(descriptor, file, policy, access, arena);
    }
    if (file.isCharacterDevice()) {
      return characters(descriptor, open, file, arena);
    }
    return file.isBlockDevice()
        ? needing(StreamKind.DEVICES, "a block device" + number(file), file)
        : needing(StreamKind.OTHERS, handle(descriptor), file);
  }

  private static StandardStream needing(StreamKind kind, String what, FileStatus file) {
    return new StandardStream(what, Optional.of(kind), false, Optional.empty(), Access.BOTH, file);
  }

  private static StandardStream harmless(String what, FileStatus file) {
    return new StandardStream(what, Optional.empty(), false, Optional.empty(), Access.BOTH, file);
  }

  private static StandardStream regular(int descriptor, Access access, FileStatus file, Arena arena)
      throws IOException {
    // struct statfs: | type 64 | size of a block 64 | number of blocks 64 | ...
    MemorySegment statfs = arena.allocate(256, Long.BYTES);
    Syscall.check(
        Syscall.call(FSTATFS, descriptor, statfs.address()),
        "fstatfs",
        "look at descriptor " + descriptor);
    long type = statfs.get(ValueLayout.JAVA_LONG, 0) & 0xffff_ffffL;
    if (contains(HANDLES, type)) {
      return needing(StreamKind.OTHERS, handle(descriptor), file);
    }
    if (access != Access.READING && isKernels(type, statfs.get(ValueLayout.JAVA_LONG, 16))) {
      return needing(StreamKind.OTHERS, "a file of the kernel that is open for writing", file);
    }
    if (type == PROC && isMemory(descriptor)) {
      return needing(StreamKind.OTHERS, "the memory of a process or of the kernel", file);
    }
    return named(access == Access.READING ? FILE_TO_READ : FILE, descriptor, access, file, arena);
  }

  /** Whether a file system stores nothing: such ones have no blocks. */
  public static boolean isKernels(long type, long blocks) {
    return contains(KERNEL_FILES, type) || (blocks == 0 && !contains(UNSIZED, type));
  }

  /** Whether a file of {@code /proc} is all that a process, or the kernel, has in memory. */
  private static boolean isMemory(int descriptor) {
    String link = link(descriptor);
    return link == null || link.endsWith("/mem") || link.endsWith("/kcore");
  }

  private static boolean contains(long[] all, long one) {
    for (long each : all) {
      if (each == one) {
        return true;
      }
    }
    return false;
  }

  /** Something that may have a name in a file system; if it has none, changing it harms nobody. */
  private static StandardStream named(
      String what, int descriptor, Access access, FileStatus file, Arena arena) {
    Optional<Path> path = path(descriptor);
    if (file.links() == 0 || path.isEmpty()) {
      return harmless(what, file);
    }
    boolean changeable = isOwn(file) || isWritable(descriptor, arena);
    return new StandardStream(what, Optional.empty(), changeable, path, access, file);
  }

  private static boolean isOwn(FileStatus file) {
    return file.owner() == (int) Syscall.call(GETEUID);
  }

  /** Whoever may write to a file may touch it, and give it attributes. */
  private static boolean isWritable(int descriptor, Arena arena) {
    long result =
        Syscall.call(
            FACCESSAT2,
            descriptor,
            arena.allocateFrom("").address(),
            W_OK,
            Uapi.AT_EMPTY_PATH() | Uapi.AT_EACCESS());
    // Before Linux 5.8 nobody knows.
    return result == 0 || result == -Errno.ENOSYS.number();
  }

  private static Optional<Path> path(int descriptor) {
    @Nullable String link = link(descriptor);
    return link != null && link.startsWith("/") ? Optional.of(OsText.path(link)) : Optional.empty();
  }

  private static @Nullable String link(int descriptor) {
    try {
      return KernelFile.link("/proc/self/fd/" + descriptor);
    } catch (KernelException e) {
      return null;
    }
  }

  /** Such as "a handle (anon_inode:[eventpoll])". */
  private static String handle(int descriptor) {
    String link = link(descriptor);
    return link == null ? "no file" : "no file (" + link + ")";
  }

  private static String number(FileStatus file) {
    return " (" + file.deviceMajor() + ":" + file.deviceMinor() + ")";
  }

  private static StandardStream characters(
      int descriptor, Access access, FileStatus file, Arena arena) {
    int major = file.deviceMajor();
    int minor = file.deviceMinor();
    if (major == MEMORY && HARMLESS.contains(minor)) {
      return new StandardStream(
          minor == NULL ? nullDevice(descriptor, access) : "a device" + number(file),
          Optional.empty(),
          isOwn(file),
          // This process's own null devices are replaced: nobody asks where they are.
          minor == NULL && descriptor <= 2 ? Optional.empty() : path(descriptor),
          access,
          file);
    }
    boolean terminal =
        !(major == TERMINALS && minor == PTMX)
            && !Syscall.isError(
                Syscall.call(IOCTL, descriptor, Uapi.TCGETS(), arena.allocate(64, 8).address()));
    if (terminal && HangUp.threatens(descriptor, major, minor, arena)) {
      String what =
          "a terminal that the command could take and hang up, as it is not this session's";
      return needing(StreamKind.DEVICES, what + number(file), file);
    }
    return terminal
        ? new StandardStream(
            TERMINAL, Optional.empty(), isOwn(file), path(descriptor), access, file)
        : needing(StreamKind.DEVICES, "a device" + number(file), file);
  }

  private static String nullDevice(int descriptor, Access access) {
    Access wrong = descriptor == 0 ? Access.WRITING : Access.READING;
    return descriptor <= 2 && access == wrong ? WRONG_NULL_DEVICE : NULL_DEVICE;
  }

  private static StandardStream socket(
      int descriptor, FileStatus file, Policy policy, Network.Access access, Arena arena)
      throws IOException {
    int domain = option(descriptor, Uapi.SO_DOMAIN(), arena);
    int type = option(descriptor, Uapi.SO_TYPE(), arena);
    boolean stream = type == SOCK_STREAM || type == SOCK_SEQPACKET;
    boolean listens = option(descriptor, Uapi.SO_ACCEPTCONN(), arena) != 0;
    if (domain == AF_UNIX) {
      if (stream && !listens && isConnected(descriptor, arena)) {
        return harmless(UNIX_STREAM, file);
      }
      String what =
          "a Unix socket that "
              + (listens ? "listens" : stream ? "is not connected" : "can send to any other");
      return policy.network().allowUnixSockets()
          ? harmless(what, file)
          : needing(StreamKind.SOCKETS, what, file);
    }
    boolean internet = (domain == AF_INET || domain == AF_INET6) && (stream || type == SOCK_DGRAM);
    if (internet) {
      String what = "an internet socket";
      return access == Network.Access.FULL
          ? harmless(what, file)
          : needing(StreamKind.SOCKETS, what, file);
    }
    String what = "a socket (family " + domain + ", type " + type + ")";
    return needing(StreamKind.SOCKETS, what, file);
  }

  private static int option(int descriptor, int option, Arena arena) throws IOException {
    // | value 32 | length 32 |
    MemorySegment value = arena.allocate(ValueLayout.JAVA_INT, 2);
    value.setAtIndex(ValueLayout.JAVA_INT, 1, Integer.BYTES);
    Syscall.check(
        Syscall.call(
            GETSOCKOPT,
            descriptor,
            Uapi.SOL_SOCKET(),
            option,
            value.address(),
            value.address() + Integer.BYTES),
        "getsockopt",
        "look at descriptor " + descriptor);
    return value.get(ValueLayout.JAVA_INT, 0);
  }

  private static boolean isConnected(int descriptor, Arena arena) {
    MemorySegment name = arena.allocate(128, Long.BYTES);
    MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 128);
    return !Syscall.isError(
        Syscall.call(GETPEERNAME, descriptor, name.address(), length.address()));
  }
}
