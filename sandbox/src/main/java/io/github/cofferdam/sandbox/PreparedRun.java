package io.github.cofferdam.sandbox;

import io.github.cofferdam.confinement.Brokering;
import io.github.cofferdam.confinement.LimitPlan;
import io.github.cofferdam.confinement.NeededNamespaces;
import io.github.cofferdam.confinement.StandardStreams;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.policy.EnforcementReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A command that may run, and how: all that was decided before anything is started.
 *
 * @param id names the run in the audit log
 * @param argv the command
 * @param timeout the policy's, which is in the plan as well
 * @param log the open audit log
 * @param streams its standard streams, looked at
 * @param needed the namespaces without which it cannot start
 * @param limits what holds its limits
 * @param enforcement what will hold and what will not
 * @param environmentDropped names of what the command does not get of the environment
 * @param created directories that a run makes first; none if they have been made
 * @param unmade names that the policy protects, and that the command can make
 * @param hint what to say if it is not executed
 * @param broker what has to be answered while it runs; empty if nothing
 * @param plan every step of its start
 */
record PreparedRun(
    String id,
    List<String> argv,
    Optional<Duration> timeout,
    AuditLog log,
    StandardStreams streams,
    Optional<NeededNamespaces> needed,
    LimitPlan limits,
    EnforcementReport enforcement,
    List<String> environmentDropped,
    List<Path> created,
    List<Path> unmade,
    ExecutionHint hint,
    Optional<Brokering> broker,
    LaunchPlan plan) {}
