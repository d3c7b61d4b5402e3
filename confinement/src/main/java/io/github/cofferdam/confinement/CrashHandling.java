package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.KernelFile;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.RlimitPolicy;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What this host makes of a process that crashes (core(5)).
 *
 * @param limit the limit of core files that this process has, and its commands inherit
 * @param pretended whether a filter around this thread says that the limit is set, and sets none
 * @param receiver where the memory of a crash goes to
 * @param changeable whether this user may choose another receiver
 */
public record CrashHandling(Limit limit, boolean pretended, Receiver receiver, boolean changeable) {

  /** What {@code kernel.core_pattern} names. */
  public enum Receiver {
    /** A file, which is as large as the limit lets it be. */
    FILE,
    /** A program, which the kernel starts as root whatever the limit is, save for 1. */
    PROGRAM,
    /** A socket, whatever the limit is; before Linux 6.16 it is a file with such a name. */
    SOCKET,
    /** Not known. */
    UNKNOWN;

    static Receiver of(String pattern) {
      return pattern.startsWith("|") ? PROGRAM : pattern.startsWith("@") ? SOCKET : FILE;
    }
  }

  /**
   * The limit with which a crash leaves no file and starts no program: in fs/coredump.c, 1 is the
   * mark of a program that was started for a crash and crashes itself, and it is less than any file
   * begins with ({@code min_coredump}).
   */
  private static final long NOTHING = 1;

  private static final Limit CLOSING = Limit.of(NOTHING);
  private static final SetupProgram CLOSE =
      RlimitPolicy.of(Map.of(Resource.CORE_FILE, CLOSING)).program();

  private static final int GETEUID = Syscall.number("geteuid");

  private static final String PATTERN = "/proc/sys/kernel/core_pattern";

  /** {@return what this host does, as this process is} */
  static CrashHandling current() throws IOException {
    return new CrashHandling(
        Rlimits.get(Resource.CORE_FILE),
        Rlimits.pretends(Resource.CORE_FILE),
        ask(),
        Syscall.call(GETEUID) == 0 || Files.isWritable(Path.of(PATTERN)));
  }

  private static Receiver ask() {
    try {
      return Receiver.of(KernelFile.text(PATTERN));
    } catch (KernelException e) {
      // Not there or not to be read, in another sandbox perhaps: the kernel has one all the same.
      return Receiver.UNKNOWN;
    }
  }

  /** Whether a limit lets nothing be written, which is what asks for no dump. */
  static boolean writesNothing(Limit limit) {
    return Long.compareUnsigned(limit.hard(), NOTHING) <= 0;
  }

  /** Whether a limit also keeps the kernel from starting a program. */
  static boolean startsNothing(Limit limit) {
    return limit.soft() == NOTHING;
  }

  /**
   * {@return the limit to set so that nothing is written and no program is started}; none if this
   * process cannot give it, because its own hard limit is 0
   *
   * @param own the limit that it has
   */
  static Optional<Limit> closing(Limit own) {
    return own.hard() == 0 ? Optional.empty() : Optional.of(CLOSING);
  }

  /** {@return the program that sets that limit} */
  static SetupProgram close() {
    return CLOSE;
  }
}
