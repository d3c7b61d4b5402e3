package io.github.cofferdam.policy;

import java.util.Optional;

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

  /** Off; were it switched on, everything from {@link Level#INFO} would be written. */
  public static final AuditSettings DEFAULT =
      new AuditSettings(
          false, Optional.empty(), Level.INFO, true, true, true, true, OnFailure.REFUSE);

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
   */
  public static AuditSettings to(String logFile) {
    return new AuditSettings(
        true, Optional.of(logFile), Level.INFO, true, true, true, true, OnFailure.REFUSE);
  }
}
