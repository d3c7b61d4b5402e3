package io.github.cofferdam.doctor;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.policy.TreeLimits;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Sandbox;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A policy, tried on this host: a command that does nothing is confined by it.
 *
 * <p>What the policy requires and the host lacks does not end the trial, so that everything else is
 * tried as well. No audit log is written, and a trial ends after ten seconds.
 *
 * @param isolation the one that the command had; where nothing could be confined, the policy's
 * @param failure why nothing could be confined; empty if it could
 * @param remedy what to do about the failure; empty if there is none, or if no way is known
 * @param remark what else is to be known: what became of the command, what was not tried
 * @param protections one for each {@link Protection}, in its order; copied
 */
public record PolicyTrial(
    Isolation isolation,
    Optional<String> failure,
    Optional<String> remedy,
    Optional<String> remark,
    List<TriedProtection> protections) {

  /** With a slash, so that it is looked for after everything else has been set up. */
  private static final String COMMAND = "/bin/true";

  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** Keeps a copy of the list, which nobody can change. */
  public PolicyTrial {
    protections = List.copyOf(protections);
  }

  /** Large enough for every command; what is asked is whether the host can hold one to it. */
  static final Map<TreeLimit, Long> LIMITS =
      Map.of(
          TreeLimit.MEMORY, 1L << 40,
          TreeLimit.TASKS, 10_000L,
          TreeLimit.CPU_PERCENT, 100L,
          TreeLimit.DISK, 1L << 30,
          TreeLimit.IO_READ, 1L << 40,
          TreeLimit.IO_WRITE, 1L << 40,
          TreeLimit.CONNECTIONS, 10_000L,
          TreeLimit.BANDWIDTH, 1L << 40);

  /**
   * Tries a policy with mode readonly, no network, every limit of the whole tree, a resource limit
   * and everything preferred: what a host can give to most commands. Where this user may make
   * control groups, one is made for the trial, and removed.
   *
   * @throws InterruptedException if this thread was interrupted; nothing is left running
   */
  public static PolicyTrial of(Isolation isolation, HostReport host) throws InterruptedException {
    return of(
        Policy.builder()
            .isolation(isolation)
            // Any would do for each process; this one can always be set.
            .limit(Resource.CORE_FILE, Limit.of(0))
            .treeLimits(new TreeLimits(LIMITS))
            .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
            .build(),
        host);
  }

  /**
   * Tries a policy, with this process's working directory and environment.
   *
   * @param host where the ways to get what is missing are concluded from
   * @throws InterruptedException if this thread was interrupted; nothing is left running
   */
  public static PolicyTrial of(Policy policy, HostReport host) throws InterruptedException {
    Outcome outcome;
    try {
      outcome =
          Sandbox.of(withoutRequirements(policy))
              .command(COMMAND)
              .stdout(Stdio.discard())
              .stderr(Stdio.discard())
              .run();
    } catch (IOException | RuntimeException e) {
      return failed(policy, Text.of(e), ProtectionState.NOT_ASKED, host);
    }
    return of(policy, outcome, host);
  }

  static PolicyTrial of(Policy policy, Outcome outcome, HostReport host) {
    return switch (outcome.ending()) {
      case Ending.Refused refused ->
          failed(
              policy,
              refused.reason(),
              Remedies.lacksNamespaces(policy, host)
                  ? ProtectionState.MISSING
                  : ProtectionState.NOT_ASKED,
              host);
      case Ending.SetupFailed failed ->
          failed(policy, failed.reason(), ProtectionState.MISSING, host);
      case Ending.SupervisorLost lost ->
          failed(policy, "the supervisor was killed", ProtectionState.MISSING, host);
      // It may never have come to where a wall would have been seen.
      case Ending.TimedOut(Duration limit) ->
          failed(
              policy,
              "it had not ended after " + limit.toMillis() + " ms, so nothing is known",
              ProtectionState.NOT_ASKED,
              host);
      case Ending.Closed closed ->
          failed(policy, "it was ended before its time", ProtectionState.NOT_ASKED, host);
      // Confining comes first, so it has worked, whatever became of the command then.
      case Ending.NotExecuted not ->
          tried(policy, outcome, Optional.of("confined, but not executed: " + not.reason()), host);
      default ->
          tried(
              policy,
              outcome,
              outcome.success()
                  ? Optional.empty()
                  : Optional.of(
                      COMMAND
                          + " was confined, and ended with status "
                          + outcome.ending().shellStatus()),
              host);
    };
  }

  /** {@return whether this host can enforce all that the policy requires} */
  public boolean enforceable() {
    return failure.isEmpty() && protections.stream().noneMatch(TriedProtection::unmet);
  }

  private static PolicyTrial tried(
      Policy policy, Outcome outcome, Optional<String> remark, HostReport host) {
    Optional<EnforcementReport> report = outcome.enforcement();
    if (report.isEmpty()) {
      return failed(policy, remark.orElse("nothing was run"), ProtectionState.NOT_ASKED, host);
    }
    var protections = new ArrayList<TriedProtection>();
    for (EnforcedProtection entry : report.get().protections()) {
      protections.add(
          new TriedProtection(
              entry.protection(),
              policy.enforcement().of(entry.protection()),
              entry.state(),
              entry.detail(),
              Optional.of(entry.cause()),
              Remedies.of(entry, report.get().isolation(), host)));
    }
    return new PolicyTrial(
        report.get().isolation(),
        Optional.empty(),
        Optional.empty(),
        join(remark, unwrittenLog(policy)),
        protections);
  }

  private static PolicyTrial failed(
      Policy policy, String reason, ProtectionState state, HostReport host) {
    String detail =
        state == ProtectionState.NOT_ASKED
            ? "nothing is known: the trial came to no end"
            : "nothing can be confined in this way";
    var protections = new ArrayList<TriedProtection>();
    for (Protection protection : Protection.values()) {
      Requirement requirement = policy.enforcement().of(protection);
      boolean off = requirement == Requirement.OFF;
      protections.add(
          new TriedProtection(
              protection,
              requirement,
              off ? ProtectionState.NOT_ASKED : state,
              off ? "off in the policy" : detail,
              off ? Optional.of(new Cause.OffInPolicy()) : Optional.empty(),
              Optional.empty()));
    }
    return new PolicyTrial(
        policy.isolation(),
        Optional.of(reason),
        state == ProtectionState.NOT_ASKED ? Optional.empty() : Remedies.ofFailure(policy, host),
        unwrittenLog(policy),
        protections);
  }

  private static Optional<String> unwrittenLog(Policy policy) {
    return policy.audit().enabled()
        ? Optional.of("not tried: opening the audit log")
        : Optional.empty();
  }

  private static Optional<String> join(Optional<String> one, Optional<String> other) {
    return one.isPresent() && other.isPresent()
        ? Optional.of(one.get() + "; " + other.get())
        : one.or(() -> other);
  }

  /** The same confinement: what is off stays off, and nothing else decides what is set up. */
  private static Policy withoutRequirements(Policy policy) {
    Enforcement enforcement = policy.enforcement().withLevel(Enforcement.Level.BEST_EFFORT);
    for (var override : policy.enforcement().overrides().entrySet()) {
      if (override.getValue() == Requirement.REQUIRE) {
        enforcement = enforcement.with(override.getKey(), Requirement.PREFER);
      }
    }
    Duration timeout =
        policy.timeout().wall().filter(own -> own.compareTo(LONGEST) < 0).orElse(LONGEST);
    return policy.toBuilder()
        .audit(AuditSettings.DEFAULT)
        .timeout(timeout)
        .enforcement(enforcement)
        .build();
  }
}
