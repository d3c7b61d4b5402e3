package io.github.cofferdam.sandbox;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.events.AuditException;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.events.Event;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import java.util.List;

/** The events of a run's life, as they stand in the audit log. */
final class RunEvents {
  private RunEvents() {}

  static void gaps(AuditLog log, EnforcementReport report) throws AuditException {
    for (EnforcedProtection gap : report.gaps()) {
      log.emit(
          Event.of(
                  "enforcement.gap",
                  AuditSettings.Level.WARN,
                  Event.Category.SECURITY_BLOCK,
                  Event.Decision.INFO)
              .because(gap.detail())
              .with("protection", gap.protection().key())
              .with("state", gap.state().key())
              .with("code", gap.cause().code()));
    }
  }

  /**
   * Somebody was asked whether a command may run that a rule marks as destructive, and said yes.
   */
  static void confirmed(AuditLog log, List<String> argv, String reason) throws AuditException {
    log.emit(
        Event.of(
                "run.confirmed",
                AuditSettings.Level.WARN,
                Event.Category.SECURITY_BLOCK,
                Event.Decision.ALLOW)
            .because(reason)
            .with("argv", argv));
  }

  static void start(AuditLog log, List<String> argv) throws AuditException {
    log.emit(
        Event.of(
                "run.start", AuditSettings.Level.INFO, Event.Category.COMMAND, Event.Decision.ALLOW)
            .with("argv", argv));
  }

  static void end(AuditLog log, long pid, Outcome outcome) throws AuditException {
    if (!log.isOpen()) {
      return;
    }
    Event event =
        Event.of("run.exit", AuditSettings.Level.INFO, Event.Category.COMMAND, Event.Decision.INFO)
            .in(pid)
            .with("kind", outcome.ending().kind())
            .with("status", outcome.ending().shellStatus())
            .with("wall_ms", outcome.wallTime().toMillis());
    for (HitLimit hit : outcome.limitsHit()) {
      log.emit(
          Event.of(
                  "limit.hit",
                  AuditSettings.Level.WARN,
                  Event.Category.COMMAND,
                  Event.Decision.DENY)
              .because(hit.evidence())
              .in(pid)
              .with("limit", hit.limit()));
    }
    log.emit(event);
  }

  static void notRun(AuditLog log, List<String> argv, Exception cause) throws AuditException {
    boolean refused = cause instanceof RefusedException;
    log.emit(
        Event.of(
                refused ? "run.refused" : "run.failed",
                AuditSettings.Level.ERROR,
                refused ? Event.Category.SECURITY_BLOCK : Event.Category.COMMAND,
                refused ? Event.Decision.DENY : Event.Decision.INFO)
            .because(Text.of(cause))
            .with("argv", argv));
  }
}
