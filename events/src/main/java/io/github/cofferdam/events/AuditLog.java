package io.github.cofferdam.events;

import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The audit log of one run: JSON lines, appended with one write each, so that runs that share a
 * file do not mix their lines. Nothing is kept in memory.
 *
 * <p>Safe for use by several threads.
 */
public final class AuditLog implements AutoCloseable {
  private final AuditSettings audit;
  private final boolean network;
  private final String run;
  private final Clock clock;
  private final @Nullable OutputStream out;
  private final @Nullable EventJson json;
  private long sequence;
  private long unreported;
  private boolean torn;

  /**
   * A log that writes to a stream.
   *
   * @param policy says what is written
   * @param run the name of the run
   * @param clock gives the time
   * @param out where lines go, one write each; null for nowhere
   */
  AuditLog(Policy policy, String run, Clock clock, @Nullable OutputStream out) {
    this.audit = policy.audit();
    this.network = policy.network().logNetwork();
    this.run = run;
    this.clock = clock;
    this.out = out;
    this.json = out == null ? null : new EventJson();
  }

  /**
   * Opens the log that a policy asks for.
   *
   * @param policy the policy; when its audit is off, the log writes nothing and opens nothing
   * @param base the absolute directory that a relative log file starts from
   * @param home the user's home directory, for {@code ~}
   * @param run the name of the run
   * @return a log
   * @throws AuditException when the file cannot be opened safely. With {@code on_failure =
   *     "continue"} too: a log that never could be written is a wrong policy, not a passing failure
   */
  public static AuditLog open(Policy policy, Path base, Optional<Path> home, String run)
      throws AuditException {
    AuditSettings audit = policy.audit();
    if (!audit.enabled()) {
      return new AuditLog(policy, run, Clock.systemUTC(), null);
    }
    Path file;
    try {
      file = PolicyPath.resolve(audit.logFile().orElseThrow(), base, home);
    } catch (IllegalArgumentException e) {
      throw new AuditException("audit.log_file: " + e.getMessage(), e);
    }
    return new AuditLog(policy, run, Clock.systemUTC(), AuditFile.open(file));
  }

  /** {@return whether there is a log at all} */
  public boolean isOpen() {
    return out != null;
  }

  /** {@return whether an event would be written} */
  boolean wants(Event event) {
    return event.level().compareTo(audit.logLevel()) >= 0 && wants(event.category());
  }

  /** {@return whether events of a kind would be written, if they matter enough} */
  public boolean wants(Event.Category category) {
    if (json == null) {
      return false;
    }
    return switch (category) {
      case COMMAND -> audit.logCommands();
      case NETWORK -> audit.logNetwork() && network;
      case FILE_ACCESS -> audit.logFileAccess();
      case SECURITY_BLOCK -> audit.logSecurityBlocks();
    };
  }

  /**
   * Writes an event, if the policy wants it.
   *
   * @param event the event
   * @throws AuditException when it cannot be written and the policy says that this refuses the run
   */
  public synchronized void emit(Event event) throws AuditException {
    if (out == null || json == null || !wants(event)) {
      return;
    }
    byte[] line =
        json.line(event, new EventJson.Stamp(clock.instant(), run, ++sequence, unreported));
    try {
      out.write(torn ? afterTornLine(line) : line);
      torn = false;
      unreported = 0;
    } catch (IOException e) {
      // Part of the line may stand in the file: the next one must not be glued to it.
      torn = true;
      unreported++;
      if (audit.onFailure() == AuditSettings.OnFailure.REFUSE) {
        throw new AuditException(
            "the event " + event.event() + " cannot be written to the audit log: " + e.getMessage(),
            e);
      }
    }
  }

  @Override
  public synchronized void close() throws AuditException {
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        throw new AuditException("the audit log cannot be closed: " + e.getMessage(), e);
      }
    }
  }

  private static byte[] afterTornLine(byte[] line) {
    byte[] both = new byte[line.length + 1];
    both[0] = '\n';
    System.arraycopy(line, 0, both, 1, line.length);
    return both;
  }
}
