package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.namespaces.Capabilities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What this host can do, as far as a confinement depends on it. A value, so that a test can ask
 * what would happen on another one.
 *
 * @param arch the architecture
 * @param landlock the Landlock version, 0 if there is none
 * @param mayDropPrivileges whether this thread holds CAP_SETPCAP, and so can take the privileges
 *     from user id 0
 * @param tracing who may open another process's memory; asked only where there is no Landlock,
 *     whose layers keep it closed
 */
public record Host(Arch arch, Abi landlock, boolean mayDropPrivileges, Tracing tracing) {

  /** Who may attach to a process: Yama's {@code ptrace_scope}. */
  public enum Tracing {
    /** Any process of the same user. */
    BY_USER,
    /**
     * Ancestors at most (1 and above), which closes {@code /proc/PID/mem}; what is only looked at,
     * such as {@code /proc/PID/environ} and {@code /proc/PID/fd}, it leaves open.
     */
    RESTRICTED
  }

  private static final Path PTRACE_SCOPE = Path.of("/proc/sys/kernel/yama/ptrace_scope");

  /**
   * {@return this host, as the calling thread sees it}
   *
   * @throws IOException if {@code /proc} cannot be read
   */
  public static Host current() throws IOException {
    Abi landlock = Abi.current();
    return new Host(
        Arch.host(),
        landlock,
        Capabilities.holds(Uapi.CAP_SETPCAP()),
        landlock.equals(Abi.V0) ? ask() : Tracing.BY_USER);
  }

  private static Tracing ask() throws IOException {
    try {
      return Files.readString(PTRACE_SCOPE).strip().equals("0")
          ? Tracing.BY_USER
          : Tracing.RESTRICTED;
    } catch (NoSuchFileException e) {
      return Tracing.BY_USER;
    }
  }
}
