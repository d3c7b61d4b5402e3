package io.github.cofferdam.confinement;

import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.policy.EnforcementReport;
import java.util.Optional;

/**
 * A policy on a host: the setup programs that enforce it, and an account of what they enforce and
 * what not.
 *
 * @param launcher what the launcher does first
 * @param init what the first process of a process-id namespace does
 * @param command what the command's process does before it executes the command
 * @param supervision who looks after the tree
 * @param report what holds and what does not
 * @param broker what has to be answered while the command runs; empty if nothing
 * @param template the namespaces that the launcher enters, if they are not the command's own; to be
 *     released after the start
 */
public record Confinement(
    SetupProgram launcher,
    SetupProgram init,
    SetupProgram command,
    Supervision supervision,
    EnforcementReport report,
    Optional<Brokering> broker,
    Optional<NamespaceTemplate> template) {}
