package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.confinement.AuditReach;
import io.github.cofferdam.confinement.Brokering;
import io.github.cofferdam.confinement.Confinement;
import io.github.cofferdam.confinement.ConfinementCompiler;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.confinement.Host;
import io.github.cofferdam.confinement.LimitPlan;
import io.github.cofferdam.confinement.NeededNamespaces;
import io.github.cofferdam.confinement.OwnRoot;
import io.github.cofferdam.confinement.PathFinder;
import io.github.cofferdam.confinement.PresetCaches;
import io.github.cofferdam.confinement.PrivateRoot;
import io.github.cofferdam.confinement.ProfileFilter;
import io.github.cofferdam.confinement.RealDirectory;
import io.github.cofferdam.confinement.Refusal;
import io.github.cofferdam.confinement.RepeatedRuns;
import io.github.cofferdam.confinement.StandardStreams;
import io.github.cofferdam.confinement.VirtualMachineReach;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.events.AuditException;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.launcher.ExecutableSearch;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Umask;
import io.github.cofferdam.policy.CommandVerdict;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TimeoutSettings;
import io.github.cofferdam.rlimit.LimitException;
import io.github.cofferdam.rlimit.RlimitPolicy;
import io.github.cofferdam.rlimit.Rlimits;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a command may run, and how. Nothing is started.
 *
 * <p>What is made for the run meanwhile, its {@link RunResources} have, also if it comes to
 * nothing.
 */
final class RunPreparation {
  private final String id = RunId.next();
  private final RunRequest request;
  private final RunResources resources;
  private Optional<EnforcementReport> enforcement = Optional.empty();
  private List<String> environmentDropped = List.of();

  RunPreparation(RunRequest request, RunResources resources) {
    this.request = request;
    this.resources = resources;
  }

  /**
   * {@return how the command runs}
   *
   * @throws RefusedException if the command may not run
   * @throws NotExecutedException if there is no such command
   * @throws SetupFailedException if what runs have in common cannot be made
   * @throws IOException if this process's own resources do not suffice
   */
  PreparedRun prepare() throws IOException {
    try {
      return decide();
    } catch (Refusal e) {
      throw new RefusedException(e);
    }
  }

  private PreparedRun decide() throws IOException {
    Optional<PseudoTerminal> terminal = request.terminal();
    Optional<Path> asked = request.directory();
    Path cwd = RealDirectory.working(asked);
    AuditLog log = openAudit(request.policy(), cwd);
    resources.add(log);
    Host host = Host.current(request.policy());
    Policy decided = host.decide(request.policy());

    CommandVerdict verdict = verdict(log);
    if (verdict.refusal().isPresent()) {
      throw new RefusedException(verdict.refusal().get().message());
    }

    Path workspace = RunDirectories.workspace(decided, cwd);
    PresetCaches caches = PresetCaches.decide(decided, workspace);
    Policy policy = caches.policy();
    Map<String, String> environment = environment(policy);
    SetVariables variables = new SetVariables().with("WORKSPACE", OsText.of(workspace));
    PolicyPath.home().ifPresent(home -> variables.with("HOME", OsText.of(home)));
    List<String> executables = executables(policy, sought(policy, environment, variables), cwd);
    boolean ownRoot = OwnRoot.isMadeFor(policy);
    // Its own root has directories for temporary files in it.
    @Nullable Path temporary = ownRoot ? null : privateTemp();
    Set<String> homes = homes(policy, variables, temporary);
    FileGrants files = FileGrants.of(policy, workspace, temporary, homes);
    RunDirectories.refuseBlocked(policy, files, cwd);
    List<Path> created = List.of();
    if (policy.filesystem().create() && !files.missing().isEmpty()) {
      if (request.shared()) {
        MadeDirectories.make(files.missing());
        files = FileGrants.of(policy, workspace, temporary, homes);
      } else {
        created = MadeDirectories.planned(files.missing());
      }
    }
    boolean listsExecutables = files.restricted() && !files.readExecute().contains(PathFinder.ROOT);
    RunDirectories.refuseReplaceableLinks(policy, files, cwd, workspace);
    RunDirectories.refuseWorkspaceLedOut(policy, files, temporary, cwd, asked, workspace);
    StandardStreams streams =
        StandardStreams.look(request.streams().open(files), policy, verdict.access(), terminal);
    files = files.withStreams(streams.reopened());
    SetupProgram controlTerminal = SetupProgram.empty();
    var machine = new VirtualMachineReach(policy);
    if (ownRoot) {
      files = machine.covered(files);
    }
    if (terminal.isPresent()) {
      files = files.withTerminal(terminal.get().path());
      controlTerminal = PseudoTerminal.control();
    }
    PrivateRoot root = ownRoot ? new PrivateRoot(files, List.of(workspace, cwd)) : null;
    Path inside = root == null ? cwd : RunDirectories.inside(root, cwd, asked.isPresent());
    Path ownTemporary = root == null ? Objects.requireNonNull(temporary) : root.temporary();
    setUnlessGiven(environment, "TMPDIR", ownTemporary);
    setUnlessGiven(environment, "PWD", inside);
    variables
        .with("TMPDIR", OsText.of(ownTemporary))
        .replace(policy.environment().set(), request.own().keySet(), environment);

    Optional<NeededNamespaces> needed =
        NeededNamespaces.of(policy, verdict.access(), request.policy().isolation());
    if (needed.isPresent()) {
      needed.get().refuseIfSwitchedOff();
    }
    Optional<SeccompFilter> profile = ProfileFilter.of(policy, cwd, files, streams);
    LimitPlan limits = LimitPlan.of(policy, streams.fillFiles());
    resources.add(limits);
    refuseImpossibleLimits(policy, limits);
    refuseWritableLog(policy, files, host, streams, cwd);
    Confinement confinement =
        confinement(policy, verdict.access(), host, files, root, machine, limits, profile);
    confinement.template().ifPresent(resources::add);
    EnforcementReport report =
        streams.describe(confinement.report(), ownRoot, host.landlock(), files::grantsWriting);
    if (OwnRoot.coversPaths(policy)) {
      report = streams.describeReopened(report, files);
    }
    if (root != null && root.inside(cwd).isEmpty()) {
      report =
          report.warning(
              "the working directory "
                  + OsText.show(cwd)
                  + " is not granted, so the command does not see it and begins in /");
    }
    if (caches.warning().isPresent()) {
      report = report.warning(caches.warning().get());
    }
    Optional<String> repository = RunDirectories.unseenRepository(policy, files, workspace);
    if (repository.isPresent()) {
      report = report.warning(repository.get());
    }
    Optional<String> foreign = WritingAsRoot.warning(policy, files);
    if (foreign.isPresent()) {
      report = report.warning(foreign.get());
    }
    enforcement = Optional.of(report);
    request.onReport().accept(report);
    UnmetRequirements.refuse(policy, report, host.landlock());
    boolean alone = limits.needsInitAlone();
    LaunchPlan plan =
        confinement.template().isEmpty() || terminal.isPresent()
            ? plan(confinement, alone, controlTerminal, executables, environment, inside)
            : repeatedPlan(confinement, alone, executables, environment, inside);
    return new PreparedRun(
        id,
        request.argv(),
        policy.timeout().wall(),
        log,
        streams,
        needed,
        limits,
        report,
        environmentDropped,
        created,
        files.unmade(),
        new ExecutionHint(executables, cwd, Optional.ofNullable(root), listsExecutables),
        confinement.broker(),
        plan);
  }

  private Confinement confinement(
      Policy policy,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits,
      Optional<SeccompFilter> profile)
      throws Refusal, SetupFailedException {
    if (!request.shared()) {
      return ConfinementCompiler.compile(
          policy, access, host, files, root, machine, limits, profile);
    }
    try {
      return request.cache().confine(policy, access, host, files, root, machine, limits, profile);
    } catch (KernelException e) {
      throw new SetupFailedException(e);
    }
  }

  private LaunchPlan repeatedPlan(
      Confinement confinement,
      boolean initAlone,
      List<String> executables,
      Map<String, String> environment,
      Path inside) {
    var command = new RepeatedRuns.Command(executables, request.argv(), environment, inside);
    Optional<LaunchPlan> known = request.cache().plan(confinement, command);
    if (known.isPresent()) {
      return known.get();
    }
    LaunchPlan made =
        plan(confinement, initAlone, SetupProgram.empty(), executables, environment, inside);
    request.cache().keep(confinement, command, made);
    return made;
  }

  private LaunchPlan plan(
      Confinement confinement,
      boolean initAlone,
      SetupProgram controlTerminal,
      List<String> executables,
      Map<String, String> environment,
      Path inside) {
    LaunchPlan.Builder builder =
        LaunchPlan.of(executables, request.argv())
            .environment(environment)
            .directory(OsText.of(inside))
            .launcherSteps(confinement.launcher())
            .initSteps(confinement.init())
            .commandSteps(Umask.program().then(controlTerminal).then(confinement.command()))
            .supervision(confinement.supervision());
    TimeoutSettings timeout = request.policy().timeout();
    timeout.wall().ifPresent(builder::deadline);
    timeout.grace().ifPresent(builder::grace);
    if (initAlone) {
      builder.initAlone();
    }
    confinement.template().ifPresent(common -> common.passTo(builder));
    confinement.broker().ifPresent(asks -> builder.handOver(Brokering.LISTENER));
    return builder.build();
  }

  /** The outcome of a run that never came to be. */
  Outcome notRun(SandboxException e, Duration wallTime) {
    Ending ending =
        switch (e) {
          case RefusedException refused -> new Ending.Refused(refused.reason());
          case SetupFailedException failed -> new Ending.SetupFailed(failed.reason());
          case NotExecutedException not -> new Ending.NotExecuted(not.found(), not.reason());
        };
    return new Outcome(
        id,
        request.argv(),
        ending,
        enforcement,
        Optional.<ResourceUsage>empty(),
        wallTime,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        environmentDropped,
        Optional.empty(),
        List.of());
  }

  private Map<String, String> environment(Policy policy) throws RefusedException {
    boolean filtered = policy.enforcement().of(Protection.ENVIRONMENT) != Requirement.OFF;
    try {
      Environment.Selection selection =
          policy.environment().select(request.parentEnvironment(), request.own(), filtered);
      environmentDropped = selection.dropped();
      return selection.variables();
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Text.of(e), e);
    }
  }

  /** One in the command's own temporary directory is none of the host's; one beside it may be. */
  private static void addHome(
      String set, SetVariables variables, @Nullable Path temporary, Set<String> homes) {
    List<Path> places =
        temporary == null ? List.of(Path.of("/tmp"), Path.of("/dev/shm")) : List.of(temporary);
    boolean named = variables.expand(set).isEmpty();
    for (Path place : places) {
      Optional<String> home = variables.copy().with("TMPDIR", OsText.of(place)).expand(set);
      Optional<Path> path = home.flatMap(PolicyPath::home);
      if (home.isPresent() && !(named && path.filter(each -> each.startsWith(place)).isPresent())) {
        homes.add(home.get());
      }
    }
  }

  /** What the command's program is looked for with, before its temporary directory is made. */
  private Map<String, String> sought(
      Policy policy, Map<String, String> environment, SetVariables variables)
      throws RefusedException {
    Map<String, String> set = policy.environment().set();
    if (!set.containsKey("PATH")) {
      return environment;
    }
    var sought = new HashMap<>(environment);
    // That directory is empty: no program is found beneath what is none.
    variables.copy().with("TMPDIR", "/dev/null").replace(set, request.own().keySet(), sought);
    return sought;
  }

  private List<String> executables(Policy policy, Map<String, String> environment, Path cwd)
      throws NotExecutedException {
    String name = request.argv().getFirst();
    if (name.isEmpty()) {
      throw new NotExecutedException("the command's name is empty", Errno.ENOENT);
    }
    // The policy's word comes last.
    boolean own = request.searchPath().isEmpty() || policy.environment().set().containsKey("PATH");
    Map<String, String> search =
        own ? environment : Map.of("PATH", request.searchPath().orElseThrow());
    List<String> found = ExecutableSearch.candidates(name, search, cwd);
    if (found.isEmpty()) {
      throw new NotExecutedException(
          "no command " + Text.quote(name) + " in PATH=" + ExecutableSearch.path(search),
          Errno.ENOENT);
    }
    return found;
  }

  /** Whatever the command takes for its home, and whatever this program does. */
  private Set<String> homes(Policy policy, SetVariables variables, @Nullable Path temporary) {
    var homes = new LinkedHashSet<String>();
    for (Map<String, String> environment : List.of(request.parentEnvironment(), request.own())) {
      String home = environment.get("HOME");
      if (home != null) {
        homes.add(home);
      }
    }
    String set = policy.environment().set().get("HOME");
    if (set != null) {
      addHome(set, variables, temporary, homes);
    }
    return homes;
  }

  private void setUnlessGiven(Map<String, String> environment, String name, Path value) {
    if (!request.policy().environment().set().containsKey(name)
        && !request.own().containsKey(name)
        && request.added().test(name)) {
      environment.put(name, OsText.of(value));
    }
  }

  /** What is confirmed stands in the audit log as well. */
  private CommandVerdict verdict(AuditLog log) throws RefusedException {
    var confirmed = new ArrayList<String>();
    CommandVerdict verdict =
        request
            .rules()
            .evaluate(
                request.argv(),
                refusal ->
                    request.confirmer().test(refusal.message())
                        && confirmed.add(refusal.message()));
    try {
      for (String reason : confirmed) {
        RunEvents.confirmed(log, request.argv(), reason);
      }
    } catch (AuditException e) {
      throw new RefusedException(e);
    }
    return verdict;
  }

  private AuditLog openAudit(Policy policy, Path directory) throws RefusedException {
    try {
      return AuditLog.open(policy, directory, PolicyPath.home(), id);
    } catch (AuditException e) {
      throw new RefusedException(e);
    }
  }

  private Path privateTemp() throws RefusedException {
    try {
      PrivateTemp temp = PrivateTemp.create();
      resources.add(temp);
      return temp.path();
    } catch (IOException e) {
      throw new RefusedException(
          "cannot make the command's temporary directory in "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + Text.of(e)
              + ". Set TMPDIR, or java.io.tmpdir in Java, to a directory that can be written;"
              + " inside another sandbox that is the one that TMPDIR names there",
          e);
    }
  }

  private static void refuseWritableLog(
      Policy policy, FileGrants files, Host host, StandardStreams streams, Path directory)
      throws IOException {
    if (policy.audit().enabled()) {
      String text = policy.audit().logFile().orElseThrow();
      Path log = PolicyPath.resolve(text, directory, PolicyPath.home());
      AuditReach.refuse(policy, files, host, log);
      streams.refuse("the audit log", log);
    }
  }

  /** The child would be refused as well; here the message can say what the ceiling is. */
  private static void refuseImpossibleLimits(Policy policy, LimitPlan limits) throws IOException {
    Enforcement enforcement = policy.enforcement();
    if (limits.rlimits().isEmpty()) {
      return;
    }
    // Limits are set when the capabilities have been dropped, CAP_SYS_RESOURCE among them.
    boolean privileged =
        enforcement.of(Protection.CAPABILITIES) == Requirement.OFF && Rlimits.mayRaiseHardLimits();
    try {
      RlimitPolicy.of(limits.rlimits()).check(Rlimits.all(), privileged);
    } catch (LimitException e) {
      throw new RefusedException(e);
    }
  }
}
