package io.github.cofferdam.sandbox;

import io.github.cofferdam.confinement.RunCache;
import io.github.cofferdam.confinement.StreamSource;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.policy.CommandRules;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A command that somebody wants to run.
 *
 * @param policy what it may do
 * @param rules which commands may run at all
 * @param cache what the runs of its sandbox have in common
 * @param shared whether it may have that in common with them too
 * @param argv the command
 * @param terminal its own one, if it has one
 * @param streams where its standard streams come from
 * @param parentEnvironment what the policy's [environment] works on
 * @param own variables that this program gives the command, in place of the parent's
 * @param added whether the command gets a variable that neither has, such as TMPDIR, by its name
 * @param searchPath where its program is looked for; empty for the command's own PATH
 * @param directory the working directory; empty for this process's own, or the root directory where
 *     the command does not see that
 * @param confirmer is asked, with the reason, whether a command may run that a rule marks as
 *     destructive
 * @param onReport is told what will hold, as soon as that is known
 */
record RunRequest(
    Policy policy,
    CommandRules rules,
    RunCache cache,
    boolean shared,
    List<String> argv,
    Optional<PseudoTerminal> terminal,
    StreamSource streams,
    Map<String, String> parentEnvironment,
    Map<String, String> own,
    Predicate<String> added,
    Optional<String> searchPath,
    Optional<Path> directory,
    Predicate<String> confirmer,
    Consumer<EnforcementReport> onReport) {}
