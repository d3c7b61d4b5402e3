package io.github.cofferdam.sandbox;

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
          AuditEvent.of(
                  "enforcement.gap",
                  AuditSettings.Level.WARN,
                  AuditEvent.Category.SECURITY_BLOCK,
                  AuditEvent.Decision.INFO)
              .because(gap.detail())
              .with("protection", gap.protection().key())
              .with("state", gap.state().key()));
    }
  }

  static void start(AuditLog log, List<String> argv) throws AuditException {
    log.emit(
        AuditEvent.of(
                "run.start",
                AuditSettings.Level.INFO,
                AuditEvent.Category.COMMAND,
                AuditEvent.Decision.ALLOW)
            .with("argv", argv));
  }

  static void end(AuditLog log, long pid, Outcome outcome) throws AuditException {
    AuditEvent event =
        AuditEvent.of(
                "run.exit",
                AuditSettings.Level.INFO,
                AuditEvent.Category.COMMAND,
                AuditEvent.Decision.INFO)
            .in(pid)
            .with("kind", outcome.ending().kind())
            .with("status", outcome.ending().shellStatus())
            .with("wall_ms", outcome.wallTime().toMillis());
    for (HitLimit hit : outcome.limitsHit()) {
      log.emit(
          AuditEvent.of(
                  "limit.hit",
                  AuditSettings.Level.WARN,
                  AuditEvent.Category.COMMAND,
                  AuditEvent.Decision.DENY)
              .because(hit.evidence())
              .in(pid)
              .with("limit", hit.limit()));
    }
    log.emit(event);
  }

  static void notRun(AuditLog log, List<String> argv, Exception cause) throws AuditException {
    boolean refused = cause instanceof RefusedException;
    log.emit(
        AuditEvent.of(
                refused ? "run.refused" : "run.failed",
                AuditSettings.Level.ERROR,
                refused ? AuditEvent.Category.SECURITY_BLOCK : AuditEvent.Category.COMMAND,
                refused ? AuditEvent.Decision.DENY : AuditEvent.Decision.INFO)
            .because(SandboxException.text(cause))
            .with("argv", argv));
  }
}
