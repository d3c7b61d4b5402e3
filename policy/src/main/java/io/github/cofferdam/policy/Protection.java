package io.github.cofferdam.policy;

import java.util.Locale;

/** One thing that the sandbox promises, and that a host may or may not be able to give. */
public enum Protection {
  /** Files and directories. */
  FILESYSTEM("Files and directories can be used only as the policy grants."),

  /**
   * Names in what may be written that the policy keeps from being written. Only preferred, even
   * where the level is strict, unless required: what is not there cannot be kept from being made.
   */
  PROTECTED_NAMES(
      "What may only be read, in what may be written, is neither written nor made there."),
  /** Truncation of files. */
  TRUNCATE("Files that may not be written cannot be cut short either."),

  /**
   * Modes, owners, times and extended attributes. Only preferred, even where the level is strict,
   * unless required.
   */
  METADATA(
      "Modes, owners, times and attributes of files that may not be written cannot be changed."),
  /** Device commands. */
  DEVICE_IOCTL("Devices outside the grants accept no ioctl commands."),
  /** Internet sockets. */
  NETWORK("Internet sockets reach only what the policy allows."),
  /**
   * The services by which clouds tell a machine its credentials. Only preferred, even where the
   * level is strict, unless required: with all of the internet it takes a broker, which not every
   * host lets work.
   */
  CLOUD_METADATA("Metadata services of clouds take no connection, unless the policy names them."),
  /** Unix sockets with a path. */
  UNIX_SOCKETS(
      "Unix sockets in the file system cannot be connected to unless the policy allows it."),
  /** Unix sockets in the abstract name space. */
  ABSTRACT_SOCKETS("Abstract Unix sockets of processes outside the sandbox cannot be reached."),
  /** Signals. */
  SIGNALS("Processes outside the sandbox cannot be sent signals."),

  /**
   * Limits, scheduling, memory and files in {@code /proc} of other processes. Only preferred, even
   * where the level is strict, unless required.
   */
  PROCESSES("Processes outside the sandbox cannot be read, traced, limited, slowed down or moved."),
  /** The system call filter. */
  SYSCALLS("System calls that the policy has no use for are refused."),
  /** Capabilities. */
  CAPABILITIES("No capability is left that could undo the confinement."),
  /** The no_new_privs bit. */
  NO_NEW_PRIVILEGES("Set-user-ID programs and file capabilities give nothing."),
  /** Namespaces. */
  NAMESPACES("The command lives in its own namespaces."),
  /** Resource limits. */
  LIMITS("Resource limits are set before the command starts."),
  /** The end of the whole tree. */
  TREE_KILL("Every descendant ends when the run ends or the parent dies."),
  /** Inherited descriptors. */
  DESCRIPTORS("Only the wanted file descriptors are inherited."),
  /** Environment variables. */
  ENVIRONMENT("What looks like a secret and what loads code is kept out of the environment."),
  /** What the virtual machine that runs the command runs from. */
  VIRTUAL_MACHINE(
      "Files that this virtual machine has mapped, or loads code from, cannot be changed."),

  /**
   * What the kernel makes of a crash: a file, or a program of the host's that is started with the
   * memory. Only preferred, even where the level is strict, unless required.
   */
  CORE_DUMPS(
      "A crash hands nothing to the host: no core file, and no core dump handler is started.");

  private final String description;

  Protection(String description) {
    this.description = description;
  }

  /** {@return the name in policy files, such as {@code no_new_privileges}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return what is promised, in one sentence} */
  public String description() {
    return description;
  }

  /**
   * {@return whether it is only preferred where nothing is said of it, even if the level is strict}
   * Of some there are ordinary hosts, or ordinary policies, that cannot have them: no mechanism
   * without namespaces can have {@link #METADATA} and {@link #PROCESSES} where a command may write,
   * or write anywhere, {@link #PROTECTED_NAMES} has to leave what is not there yet, {@link
   * #CLOUD_METADATA} takes a broker where all of the internet is allowed, and {@link #CORE_DUMPS}
   * depends on the hard limit that this process was started with and on what the host does with
   * crashes.
   */
  public boolean onlyPreferred() {
    return switch (this) {
      case METADATA, PROCESSES, CORE_DUMPS, PROTECTED_NAMES, CLOUD_METADATA -> true;
      default -> false;
    };
  }

  /** {@return whether a policy may turn this protection off} */
  public boolean mayBeOff() {
    return this != NO_NEW_PRIVILEGES && this != DESCRIPTORS && this != SYSCALLS;
  }
}
