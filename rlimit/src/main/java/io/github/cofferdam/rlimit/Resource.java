package io.github.cofferdam.rlimit;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.Locale;
import java.util.Optional;

/**
 * What {@code setrlimit(2)} can limit. Numbers are those of asm-generic/resource.h, which x86_64,
 * aarch64 and riscv64 share.
 *
 * <p>Some are counted by the kernel per user, not per process tree, see {@link #countedPerUser}:
 * whatever else the same user runs counts too, and root is not bound by {@link #PROCESSES}.
 */
public enum Resource {
  /**
   * Size of the address space ({@code RLIMIT_AS}); runtimes that reserve much, such as a JVM, need
   * much.
   */
  ADDRESS_SPACE("RLIMIT_AS", Uapi.RLIMIT_AS(), Unit.BYTES),
  /** Size of a core file ({@code RLIMIT_CORE}). */
  CORE_FILE("RLIMIT_CORE", Uapi.RLIMIT_CORE(), Unit.BYTES),
  /** CPU time ({@code RLIMIT_CPU}): SIGXCPU at the soft limit, SIGKILL at the hard one. */
  CPU_TIME("RLIMIT_CPU", Uapi.RLIMIT_CPU(), Unit.SECONDS),
  /** Size of the data segment ({@code RLIMIT_DATA}). */
  DATA("RLIMIT_DATA", Uapi.RLIMIT_DATA(), Unit.BYTES),
  /** Size of a file that is written ({@code RLIMIT_FSIZE}): SIGXFSZ, then EFBIG. */
  FILE_SIZE("RLIMIT_FSIZE", Uapi.RLIMIT_FSIZE(), Unit.BYTES),
  /** Number of file locks ({@code RLIMIT_LOCKS}); Linux accepts and ignores it since 2.4.25. */
  FILE_LOCKS("RLIMIT_LOCKS", Uapi.RLIMIT_LOCKS(), Unit.COUNT),
  /**
   * Memory that may be locked ({@code RLIMIT_MEMLOCK}): what mlock(2) locks per process, System V
   * segments and huge pages per user.
   */
  LOCKED_MEMORY("RLIMIT_MEMLOCK", Uapi.RLIMIT_MEMLOCK(), Unit.BYTES),
  /** Bytes in POSIX message queues ({@code RLIMIT_MSGQUEUE}), per user. */
  MESSAGE_QUEUES("RLIMIT_MSGQUEUE", Uapi.RLIMIT_MSGQUEUE(), Unit.BYTES),
  /** Ceiling of the nice value ({@code RLIMIT_NICE}): 20 minus the limit. */
  NICE("RLIMIT_NICE", Uapi.RLIMIT_NICE(), Unit.COUNT),
  /** Highest descriptor number plus one ({@code RLIMIT_NOFILE}). */
  OPEN_FILES("RLIMIT_NOFILE", Uapi.RLIMIT_NOFILE(), Unit.COUNT),
  /** Threads and processes ({@code RLIMIT_NPROC}), per user. */
  PROCESSES("RLIMIT_NPROC", Uapi.RLIMIT_NPROC(), Unit.COUNT),
  /** Resident set ({@code RLIMIT_RSS}); Linux accepts and ignores it since 2.4.30. */
  RESIDENT_SET("RLIMIT_RSS", Uapi.RLIMIT_RSS(), Unit.BYTES),
  /** Ceiling of the real-time priority ({@code RLIMIT_RTPRIO}). */
  REALTIME_PRIORITY("RLIMIT_RTPRIO", Uapi.RLIMIT_RTPRIO(), Unit.COUNT),
  /** CPU time of a real-time thread without a blocking call ({@code RLIMIT_RTTIME}). */
  REALTIME_TIME("RLIMIT_RTTIME", Uapi.RLIMIT_RTTIME(), Unit.MICROSECONDS),
  /** Signals that may be queued ({@code RLIMIT_SIGPENDING}), per user. */
  PENDING_SIGNALS("RLIMIT_SIGPENDING", Uapi.RLIMIT_SIGPENDING(), Unit.COUNT),
  /** Size of the main thread's stack ({@code RLIMIT_STACK}). */
  STACK("RLIMIT_STACK", Uapi.RLIMIT_STACK(), Unit.BYTES);

  /** What a limit counts. */
  public enum Unit {
    /** Bytes. */
    BYTES,
    /** Seconds. */
    SECONDS,
    /** Microseconds. */
    MICROSECONDS,
    /** A number of things, or a rank. */
    COUNT
  }

  private final String constant;
  private final int number;
  private final Unit unit;

  Resource(String constant, int number, Unit unit) {
    this.constant = constant;
    this.number = number;
    this.unit = unit;
  }

  /** {@return the kernel's name, such as {@code RLIMIT_NOFILE}} */
  public String constant() {
    return constant;
  }

  /** {@return the kernel's number} */
  public int number() {
    return number;
  }

  /** {@return what the limit counts} */
  public Unit unit() {
    return unit;
  }

  /**
   * {@return whether the kernel counts it for all that the user runs, anywhere on the machine}, or
   * some of it: {@code enum rlimit_type} in linux/user_namespace.h.
   */
  public boolean countedPerUser() {
    return switch (this) {
      case PROCESSES, PENDING_SIGNALS, MESSAGE_QUEUES, LOCKED_MEMORY -> true;
      default -> false;
    };
  }

  /** {@return the name in policies and on the command line, such as {@code open_files}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return the resource of a {@link #key}} */
  public static Optional<Resource> ofKey(String key) {
    for (Resource resource : values()) {
      if (resource.key().equals(key)) {
        return Optional.of(resource);
      }
    }
    return Optional.empty();
  }
}
