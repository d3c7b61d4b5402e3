package io.github.cofferdam.rlimit;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.rlimit64;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads and sets the limits of processes that run: this one, or another one of the same user.
 *
 * <p>Limits belong to a process; children inherit them. A hard limit that was lowered stays
 * lowered. To limit a command, prepare a {@link RlimitPolicy} and let the command's own process
 * apply it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/prlimit.2.html">prlimit(2)</a>
 */
public final class Rlimits {
  private static final int PRLIMIT64 = Syscall.number("prlimit64");

  /** prlimit64 takes 0 for the calling process. */
  private static final int SELF = 0;

  private Rlimits() {}

  /**
   * {@return a limit of this process}
   *
   * @throws LimitException EINVAL if the kernel does not know the resource
   */
  public static Limit get(Resource resource) throws LimitException {
    return read(SELF, resource);
  }

  /**
   * {@return a limit of a process}
   *
   * @param pid greater than 0
   * @throws IllegalArgumentException if it is not, or no process id
   * @throws LimitException ESRCH if there is no such process, EPERM if it is another user's
   */
  public static Limit get(long pid, Resource resource) throws LimitException {
    return read(check(pid), resource);
  }

  /**
   * Sets a limit of this whole virtual machine.
   *
   * @throws LimitException EPERM if the hard limit would be raised without CAP_SYS_RESOURCE
   */
  public static void set(Resource resource, Limit limit) throws LimitException {
    write(SELF, resource, limit);
  }

  /**
   * Sets a limit of a process.
   *
   * @param pid greater than 0
   * @throws IllegalArgumentException if it is not, or no process id
   * @throws LimitException ESRCH if there is no such process, EPERM if it is another user's or if
   *     the hard limit would be raised without CAP_SYS_RESOURCE
   */
  public static void set(long pid, Resource resource, Limit limit) throws LimitException {
    write(check(pid), resource, limit);
  }

  /**
   * {@return all limits of this process}
   *
   * @throws LimitException EINVAL if the kernel does not know one of the resources
   */
  public static Map<Resource, Limit> all() throws LimitException {
    var limits = new EnumMap<Resource, Limit>(Resource.class);
    for (Resource resource : Resource.values()) {
      limits.put(resource, get(resource));
    }
    return Collections.unmodifiableMap(limits);
  }

  /**
   * {@return whether the calling thread may raise hard limits}: whether it has CAP_SYS_RESOURCE,
   * and this in the initial user namespace, the only one where it counts (kernel/sys.c, {@code
   * do_prlimit}: {@code capable}, not {@code ns_capable}).
   *
   * @throws IOException if {@code /proc} cannot be read
   */
  public static boolean mayRaiseHardLimits() throws IOException {
    long initial = Integer.toUnsignedLong(Uapi.USER_NS_INIT_INO());
    String namespace = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/user")).toString();
    if (!namespace.equals("user:[" + initial + "]")) {
      return false;
    }
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith("CapEff:")) {
        long capabilities = Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16);
        return (capabilities >>> Uapi.CAP_SYS_RESOURCE() & 1) != 0;
      }
    }
    throw new IOException("/proc/thread-self/status has no line CapEff");
  }

  /**
   * {@return whether setting a limit succeeds in the calling thread without being done}: a seccomp
   * filter around it may answer in the kernel's place. Nothing is set: what is asked for is more
   * than its own hard limit, which the kernel refuses with EINVAL.
   */
  public static boolean pretends(Resource resource) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment impossible = arena.allocate(rlimit64.layout());
      rlimit64.rlim_cur(impossible, 2);
      rlimit64.rlim_max(impossible, 1);
      return Syscall.call(PRLIMIT64, SELF, resource.number(), impossible.address(), 0) == 0;
    }
  }

  private static int check(long pid) {
    if (pid <= 0 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not a process id: " + pid);
    }
    return (int) pid;
  }

  private static Limit read(int pid, Resource resource) throws LimitException {
    // struct rlimit64: | rlim_cur 64 | rlim_max 64 |
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment now = arena.allocate(rlimit64.layout());
      long result = Syscall.call(PRLIMIT64, pid, resource.number(), 0, now.address());
      if (Syscall.isError(result)) {
        throw new LimitException(
            Errno.of((int) -result),
            "read " + resource.constant() + of(pid),
            resource,
            Optional.empty(),
            Optional.empty());
      }
      return new Limit(
          now.get(ValueLayout.JAVA_LONG, rlimit64.rlim_cur$offset()),
          now.get(ValueLayout.JAVA_LONG, rlimit64.rlim_max$offset()));
    }
  }

  private static void write(int pid, Resource resource, Limit limit) throws LimitException {
    long result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wanted = arena.allocate(rlimit64.layout());
      wanted.set(ValueLayout.JAVA_LONG, rlimit64.rlim_cur$offset(), limit.soft());
      wanted.set(ValueLayout.JAVA_LONG, rlimit64.rlim_max$offset(), limit.hard());
      result = Syscall.call(PRLIMIT64, pid, resource.number(), wanted.address(), 0);
    }
    if (Syscall.isError(result)) {
      throw refusal(pid, resource, limit, Errno.of((int) -result));
    }
  }

  private static LimitException refusal(int pid, Resource resource, Limit limit, Errno errno) {
    Optional<Limit> current = currentOrUnknown(pid, resource);
    if (errno == Errno.EPERM && current.isPresent()) {
      Limit now = current.get();
      if (Long.compareUnsigned(limit.hard(), now.hard()) > 0) {
        return LimitRefusals.hardLimit(resource, limit, now, of(pid));
      }
    }
    return new LimitException(
        errno,
        "set " + resource.constant() + of(pid) + " to " + limit,
        resource,
        Optional.of(limit),
        current);
  }

  /** For an error's text only: what made setting fail may make reading fail too. */
  private static Optional<Limit> currentOrUnknown(int pid, Resource resource) {
    try {
      return Optional.of(read(pid, resource));
    } catch (LimitException e) {
      return Optional.empty();
    }
  }

  private static String of(int pid) {
    return pid == SELF ? "" : " of process " + pid;
  }
}
