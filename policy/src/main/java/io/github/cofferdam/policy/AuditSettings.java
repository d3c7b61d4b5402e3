package io.github.cofferdam.policy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What is written to the audit log.
 *
 * @param enabled whether anything is written
 * @param logFile the file that JSON lines are appended to, as written in the policy; needed when
 *     enabled
 * @param logLevel the least level that is written
 * @param logFileAccess whether file events are written
 * @param logNetwork whether network events are written
 * @param logCommands whether the start and the end of commands are written
 * @param logSecurityBlocks whether refusals and missing protections are written
 * @param onFailure what happens when an event cannot be written
 */
public record AuditSettings(
    boolean enabled,
    Optional<String> logFile,
    Level logLevel,
    boolean logFileAccess,
    boolean logNetwork,
    boolean logCommands,
    boolean logSecurityBlocks,
    OnFailure onFailure) {

  /** How much an event matters, from least to most. */
  public enum Level {
    /** For those who look into the sandbox itself. */
    DEBUG("debug"),
    /** The normal course. */
    INFO("info"),
    /** Something was refused, or a protection is missing. */
    WARN("warn"),
    /** Something failed. */
    ERROR("error");

    private final String key;

    Level(String key) {
      this.key = key;
    }

    /** {@return the word in policy files and in the log, such as {@code warn}} */
    public String key() {
      return key;
    }
  }

  /** What happens when an event cannot be written. */
  public enum OnFailure {
    /** The run is refused. */
    REFUSE("refuse"),
    /** The run goes on; the next event that can be written says how many were lost. */
    CONTINUE("continue");

    private final String key;

    OnFailure(String key) {
      this.key = key;
    }

    /** {@return the word in policy files, such as {@code refuse}} */
    public String key() {
      return key;
    }
  }

  /**
   * Off; were it switched on, everything from {@link Level#INFO} would be written, but for events
   * of files and of the network, which nothing records yet.
   */
  public static final AuditSettings DEFAULT =
      new AuditSettings(
          false, Optional.empty(), Level.INFO, false, false, true, true, OnFailure.REFUSE);

  /** The message for a log that has nowhere to go. */
  static final String NO_FILE = "audit.enabled is true and audit.log_file is missing";

  /**
   * Checks the log file.
   *
   * @throws IllegalArgumentException when auditing is enabled without a file, or the path has a
   *     wrong form
   */
  public AuditSettings {
    if (enabled && logFile.isEmpty()) {
      throw new IllegalArgumentException(NO_FILE);
    }
    logFile = logFile.map(PolicyPath::canonical);
    if (logFile.isPresent()) {
      PolicyPath.check(logFile.get());
    }
  }

  /**
   * {@return auditing into a file, with everything from {@link Level#INFO} on, refusing the run on
   * failure}
   *
   * @throws IllegalArgumentException when the path has a wrong form
   */
  public static AuditSettings to(String logFile) {
    return DEFAULT.withLogFile(logFile).withEnabled(true);
  }

  /** {@return the same for exactly this path} */
  public static AuditSettings to(Path logFile) {
    return to(Filesystem.text(logFile));
  }

  /**
   * {@return this switched on or off}
   *
   * @throws IllegalArgumentException when it is switched on and there is no file
   */
  public AuditSettings withEnabled(boolean value) {
    return changed(draft -> draft.enabled = value);
  }

  /**
   * {@return this with another file}
   *
   * @throws IllegalArgumentException when the path has a wrong form
   */
  public AuditSettings withLogFile(String path) {
    return changed(draft -> draft.logFile = Optional.of(path));
  }

  /** {@return this with exactly this path as the file} */
  public AuditSettings withLogFile(Path path) {
    return withLogFile(Filesystem.text(path));
  }

  /** {@return this with another least level} */
  public AuditSettings withLogLevel(Level level) {
    return changed(draft -> draft.logLevel = level);
  }

  /** {@return this with file events written, or not} */
  public AuditSettings withLogFileAccess(boolean logged) {
    return changed(draft -> draft.logFileAccess = logged);
  }

  /** {@return this with network events written, or not} */
  public AuditSettings withLogNetwork(boolean logged) {
    return changed(draft -> draft.logNetwork = logged);
  }

  /** {@return this with the start and the end of commands written, or not} */
  public AuditSettings withLogCommands(boolean logged) {
    return changed(draft -> draft.logCommands = logged);
  }

  /** {@return this with refusals and missing protections written, or not} */
  public AuditSettings withLogSecurityBlocks(boolean logged) {
    return changed(draft -> draft.logSecurityBlocks = logged);
  }

  /** {@return this with another answer to events that cannot be written} */
  public AuditSettings withOnFailure(OnFailure answer) {
    return changed(draft -> draft.onFailure = answer);
  }

  /** {@return whether events of sockets are asked for, which {@link Network} can turn off, too} */
  public boolean asksForNetwork(Network network) {
    return enabled && logNetwork && network.logNetwork();
  }

  /** Keys that ask for events which nothing records yet. */
  List<String> missing() {
    return enabled && logFileAccess ? List.of("audit.log_file_access") : List.of();
  }

  private AuditSettings changed(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** The settings while they are changed. */
  private static final class Draft {
    private boolean enabled;
    private Optional<String> logFile;
    private Level logLevel;
    private boolean logFileAccess;
    private boolean logNetwork;
    private boolean logCommands;
    private boolean logSecurityBlocks;
    private OnFailure onFailure;

    Draft(AuditSettings from) {
      enabled = from.enabled;
      logFile = from.logFile;
      logLevel = from.logLevel;
      logFileAccess = from.logFileAccess;
      logNetwork = from.logNetwork;
      logCommands = from.logCommands;
      logSecurityBlocks = from.logSecurityBlocks;
      onFailure = from.onFailure;
    }

    AuditSettings settings() {
      return new AuditSettings(
          enabled,
          logFile,
          logLevel,
          logFileAccess,
          logNetwork,
          logCommands,
          logSecurityBlocks,
          onFailure);
    }
  }
}
