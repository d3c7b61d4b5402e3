package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.confinement.AuditReach;
import io.github.cofferdam.confinement.Confinement;
import io.github.cofferdam.confinement.ConfinementCompiler;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.confinement.Host;
import io.github.cofferdam.confinement.LimitPlan;
import io.github.cofferdam.confinement.LinkedWays;
import io.github.cofferdam.confinement.NeededNamespaces;
import io.github.cofferdam.confinement.OwnRoot;
import io.github.cofferdam.confinement.PathFinder;
import io.github.cofferdam.confinement.PrivateRoot;
import io.github.cofferdam.confinement.RealDirectory;
import io.github.cofferdam.confinement.Refusal;
import io.github.cofferdam.confinement.RepeatedRuns;
import io.github.cofferdam.confinement.StandardStreams;
import io.github.cofferdam.confinement.StreamSource;
import io.github.cofferdam.confinement.VirtualMachineReach;
import io.github.cofferdam.confinement.WrittenPlaces;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.events.AuditException;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.ExecutableSearch;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.StreamState;
import io.github.cofferdam.launcher.Umask;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.policy.CommandVerdict;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.rlimit.LimitException;
import io.github.cofferdam.rlimit.RlimitPolicy;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run from its preparation to its outcome: holds what has to be given back, and writes the
 * audit log.
 *
 * <p>The order of use is {@link #prepare}, {@link #start}, {@link #finish}; {@link #close} at any
 * point gives everything back.
 */
final class Run implements AutoCloseable {
  private final String id = RunId.next();
  private final List<String> argv;
  private final Optional<PseudoTerminal> terminal;
  private long startNanos = System.nanoTime();
  private @Nullable AuditLog audit;
  private @Nullable PrivateTemp temp;
  private Optional<NeededNamespaces> needed = Optional.empty();
  private @Nullable LimitPlan limits;
  private @Nullable EnforcementReport enforcement;
  private List<String> environmentDropped = List.of();
  private @Nullable LaunchPlan plan;
  private @Nullable NamespaceTemplate template;
  private @Nullable StandardStreams standard;

  /** How the streams were that the command shares with this process. */
  private final List<StreamState> shared = new ArrayList<>(3);

  /** Whether not everything may be executed. */
  private boolean listsExecutables;

  private @Nullable Launched launched;
  private @Nullable Duration timeout;
  private @Nullable Outcome outcome;
  private Consumer<EnforcementReport> onReport = report -> {};

  Run(List<String> argv, Optional<PseudoTerminal> terminal) {
    this.argv = argv;
    this.terminal = terminal;
  }

  /** Sets who is told what will hold, as soon as that is known. */
  Run onReport(Consumer<EnforcementReport> listener) {
    onReport = listener;
    return this;
  }

  /**
   * Decides whether and how the command may run. Nothing is started yet.
   *
   * @param own variables that this program gives the command, in place of the parent's
   * @param shared whether the run may have namespaces in common with others of the sandbox
   * @param streams where its standard streams come from
   * @param asked the working directory; null for this process's own, or the root directory where
   *     the command does not see that
   * @throws RefusedException if it may not
   */
  void prepare(
      Sandbox sandbox,
      StreamSource streams,
      Map<String, String> parentEnvironment,
      Map<String, String> own,
      @Nullable Path asked,
      boolean shared)
      throws IOException {
    try {
      decide(sandbox, streams, parentEnvironment, own, asked, shared);
    } catch (Refusal e) {
      throw new RefusedException(e);
    }
  }

  private void decide(
      Sandbox sandbox,
      StreamSource streams,
      Map<String, String> parentEnvironment,
      Map<String, String> own,
      @Nullable Path asked,
      boolean shared)
      throws IOException {
    Policy policy = sandbox.policy();
    timeout = policy.timeout().orElse(null);
    Path cwd = RealDirectory.working(Optional.ofNullable(asked));
    audit = openAudit(policy, cwd);

    CommandVerdict verdict = sandbox.rules().evaluate(argv);
    if (verdict.refusal().isPresent()) {
      throw new RefusedException(verdict.refusal().get().message());
    }

    Path workspace = workspace(policy, cwd);
    Map<String, String> environment = environment(policy, parentEnvironment, own);
    List<String> executables = executables(environment, cwd);
    boolean ownRoot = OwnRoot.isMadeFor(policy);
    if (!ownRoot) {
      temp = privateTemp();
    }
    Set<String> homes = homes(parentEnvironment, own, policy.environment().set());
    FileGrants files = FileGrants.of(policy, workspace, temp == null ? null : temp.path(), homes);
    listsExecutables = files.restricted() && !files.readExecute().contains(PathFinder.ROOT);
    refuseReplaceableLinks(policy, files, cwd);
    refuseWorkspaceLedOut(policy, files, cwd, asked, workspace);
    StandardStreams looked =
        StandardStreams.look(streams.open(files), policy, verdict.access(), terminal);
    standard = looked;
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
    Path inside = root == null ? cwd : directoryInside(root, cwd, asked != null);
    Map<String, String> set = policy.environment().set();
    if (!set.containsKey("TMPDIR") && !own.containsKey("TMPDIR")) {
      Path temporary = root == null ? Objects.requireNonNull(temp).path() : root.temporary();
      environment.put("TMPDIR", OsText.of(temporary));
    }
    if (!set.containsKey("PWD") && !own.containsKey("PWD")) {
      environment.put("PWD", OsText.of(inside));
    }

    Host host = Host.current();
    needed = NeededNamespaces.of(policy, verdict.access());
    if (needed.isPresent()) {
      needed.get().refuseIfSwitchedOff();
    }
    LimitPlan planned = LimitPlan.of(policy, looked.fillFiles());
    limits = planned;
    refuseImpossibleLimits(policy, planned);
    refuseWritableLog(policy, files, host, looked, cwd);
    Confinement confinement =
        confinement(sandbox, shared, verdict.access(), host, files, root, machine, planned);
    template = confinement.template().orElse(null);
    EnforcementReport report =
        looked.describe(confinement.report(), ownRoot, host.landlock(), files::grantsWriting);
    if (OwnRoot.coversPaths(policy)) {
      report = looked.describeReopened(report, files);
    }
    enforcement = report;
    onReport.accept(report);
    requireEnforced(policy, report);
    plan =
        confinement.template().isEmpty() || terminal.isPresent()
            ? plan(policy, confinement, controlTerminal, executables, environment, inside)
            : repeatedPlan(sandbox, confinement, executables, environment, inside);
  }

  private static Confinement confinement(
      Sandbox sandbox,
      boolean shared,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits)
      throws Refusal, SetupFailedException {
    if (!shared) {
      return ConfinementCompiler.compile(
          sandbox.policy(), access, host, files, root, machine, limits);
    }
    try {
      return sandbox.cache().confine(access, host, files, root, machine, limits);
    } catch (KernelException e) {
      throw new SetupFailedException(e);
    }
  }

  private LaunchPlan repeatedPlan(
      Sandbox sandbox,
      Confinement confinement,
      List<String> executables,
      Map<String, String> environment,
      Path inside) {
    var command = new RepeatedRuns.Command(executables, argv, environment, inside);
    Optional<LaunchPlan> known = sandbox.cache().plan(confinement, command);
    if (known.isPresent()) {
      return known.get();
    }
    LaunchPlan made =
        plan(sandbox.policy(), confinement, SetupProgram.empty(), executables, environment, inside);
    sandbox.cache().keep(confinement, command, made);
    return made;
  }

  private LaunchPlan plan(
      Policy policy,
      Confinement confinement,
      SetupProgram controlTerminal,
      List<String> executables,
      Map<String, String> environment,
      Path inside) {
    LaunchPlan.Builder builder =
        LaunchPlan.of(executables, argv)
            .environment(environment)
            .directory(OsText.of(inside))
            .launcherSteps(confinement.launcher())
            .initSteps(confinement.init())
            .commandSteps(Umask.program().then(controlTerminal).then(confinement.command()))
            .supervision(confinement.supervision());
    policy.timeout().ifPresent(builder::deadline);
    if (Objects.requireNonNull(limits).needsInitAlone()) {
      builder.initAlone();
    }
    confinement.template().ifPresent(common -> common.passTo(builder));
    return builder.build();
  }

  LaunchPlan plan() {
    return Objects.requireNonNull(plan);
  }

  /** Names of what the command does not get of the environment. */
  List<String> environmentDropped() {
    return environmentDropped;
  }

  EnforcementReport enforcement() {
    return Objects.requireNonNull(enforcement);
  }

  Launched launched() {
    return Objects.requireNonNull(launched);
  }

  /** Starts the command, on the streams that were looked at. */
  void start() throws IOException {
    AuditLog log = Objects.requireNonNull(audit);
    try {
      RunEvents.gaps(log, enforcement());
      RunEvents.start(log, argv);
    } catch (AuditException e) {
      throw new RefusedException(e);
    }
    StandardStreams streams = Objects.requireNonNull(standard);
    streams.addStates(shared);
    startNanos = System.nanoTime();
    try {
      launched = Launcher.start(plan(), streams.set());
    } catch (ExecException e) {
      throw new NotExecutedException(Text.of(e) + notListed(e), e.errno());
    } catch (KernelException e) {
      Optional<Refusal> refusal = needed.isPresent() ? needed.get().explained(e) : Optional.empty();
      throw refusal.isPresent() ? new RefusedException(refusal.get()) : new SetupFailedException(e);
    } finally {
      releaseTemplate();
      // A run may live long, and the image is larger than all else that it holds.
      plan = null;
    }
  }

  /** What is there and was not found, or may not be executed, is often not among what is listed. */
  private String notListed(ExecException failure) {
    boolean refused = failure.errno() == Errno.ENOENT || failure.errno() == Errno.EACCES;
    if (!refused || !listsExecutables) {
      return "";
    }
    return "; the policy lists what may be read and executed ([filesystem] read_only,"
        + " read_execute), and the program, its interpreter or its loader is not in read_execute:"
        + " list the directories that they are in, or \"/\" for all";
  }

  private synchronized void releaseTemplate() {
    NamespaceTemplate common = template;
    template = null;
    if (common != null) {
      common.release();
    }
  }

  /** Waits for the end. An interrupt ends the tree. */
  Outcome finish() throws IOException, InterruptedException {
    try {
      return finished(launched().await(), Optional.empty());
    } finally {
      close();
    }
  }

  /** Reads both streams, so that a full pipe never stops the command, and waits for the end. */
  Outcome finishCapturing(int limit) throws IOException, InterruptedException {
    try {
      OutputCapture.Captured captured = OutputCapture.read(launched(), limit);
      return finished(captured.exit(), Optional.of(captured.output()));
    } finally {
      close();
    }
  }

  /** Turns the end into the outcome, once, and gives back what the run had. */
  synchronized Outcome finished(Exit exit, Optional<CapturedOutput> output) throws IOException {
    if (outcome != null) {
      return outcome;
    }
    endStreams();
    Duration wallTime = Duration.ofNanos(System.nanoTime() - startNanos);
    try {
      LimitPlan planned = Objects.requireNonNull(limits);
      CgroupReading reading = planned.reading();
      LimitHits hits = LimitHits.of(planned.rlimits(), planned.treeLimits(), exit, reading);
      outcome =
          new Outcome(
              id,
              argv,
              ending(exit, hits),
              Optional.ofNullable(enforcement),
              Optional.of(exit.usage()),
              wallTime,
              output,
              hits.all(),
              Optional.of(peakMemory(exit, reading)),
              environmentDropped);
      RunEvents.end(Objects.requireNonNull(audit), launched().pid(), outcome);
    } finally {
      giveBack();
    }
    return outcome;
  }

  private static PeakMemory peakMemory(Exit exit, CgroupReading reading) {
    return reading.peakMemory().isPresent()
        ? new PeakMemory(reading.peakMemory().getAsLong(), true)
        : new PeakMemory(exit.usage().maxResidentBytes(), false);
  }

  private Ending ending(Exit exit, LimitHits hits) {
    if (hits.ending().isPresent()) {
      HitLimit hit = hits.ending().get();
      return new Ending.LimitHit(hit.limit(), hit.evidence(), exit.signal());
    }
    return switch (exit.reason()) {
      case DEADLINE -> new Ending.TimedOut(Objects.requireNonNull(timeout));
      case CLOSED -> new Ending.Closed();
      case SUPERVISOR_LOST -> new Ending.SupervisorLost();
      case BY_ITSELF ->
          exit.exited() ? new Ending.Exited(exit.code()) : new Ending.Signalled(exit.signal());
    };
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
        argv,
        ending,
        Optional.ofNullable(enforcement),
        Optional.<ResourceUsage>empty(),
        wallTime,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        environmentDropped);
  }

  /** Logs why nothing was run, and gives everything back. */
  void abandon(Exception cause) {
    endStreams();
    try {
      if (audit != null) {
        RunEvents.notRun(audit, argv, cause);
      }
    } catch (AuditException e) {
      cause.addSuppressed(e);
    }
    try {
      close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Ends the tree if it still runs, and gives everything back. */
  @Override
  public void close() throws IOException {
    Launched running = launched;
    if (running != null) {
      running.close();
      endStreams();
    }
    giveBack();
  }

  private synchronized void giveBack() throws IOException {
    releaseTemplate();
    PrivateTemp directory = temp;
    AuditLog log = audit;
    try {
      if (directory != null) {
        directory.close();
      }
    } catch (IOException e) {
      // The outcome of the command is not changed by what it left behind.
      System.getLogger(Run.class.getName())
          .log(System.Logger.Level.WARNING, "cannot remove a run's temporary directory", e);
    } finally {
      temp = null;
      closeLimits();
      if (log != null) {
        log.close();
      }
    }
  }

  private void closeLimits() {
    try {
      if (limits != null) {
        limits.close();
      }
    } catch (IOException e) {
      System.getLogger(Run.class.getName())
          .log(System.Logger.Level.WARNING, "cannot remove a run's control group", e);
    }
  }

  /** What isolation namespace has without Landlock. */
  private static final Set<Protection> NAMESPACES_SUFFICE =
      EnumSet.of(
          Protection.FILESYSTEM,
          Protection.TRUNCATE,
          Protection.METADATA,
          Protection.DEVICE_IOCTL,
          Protection.SIGNALS,
          Protection.TREE_KILL,
          // Without Landlock, these fall short only because the memory of others lies open.
          Protection.PROCESSES,
          Protection.NETWORK,
          Protection.UNIX_SOCKETS,
          Protection.ABSTRACT_SOCKETS,
          Protection.SYSCALLS,
          Protection.CAPABILITIES,
          Protection.NO_NEW_PRIVILEGES,
          Protection.DESCRIPTORS,
          Protection.ENVIRONMENT);

  private static void requireEnforced(Policy policy, EnforcementReport report) throws IOException {
    List<EnforcedProtection> unmet = report.unmet();
    if (unmet.isEmpty()) {
      return;
    }
    var message = new StringBuilder("this host cannot enforce what the policy requires:");
    for (EnforcedProtection entry : unmet) {
      message.append("\n  ").append(entry.protection().key()).append(": ").append(entry.detail());
    }
    if (policy.isolation() == Isolation.BASIC
        && unmet.stream()
            .map(EnforcedProtection::protection)
            .allMatch(NAMESPACES_SUFFICE::contains)) {
      message.append(
          "\n"
              + "isolation = \"namespace\" rests on mounts and a process-id namespace instead, and"
              + (Host.current().landlock().equals(Abi.V0)
                  ? " leaves named pipes open to be written, which [enforcement] filesystem ="
                      + " \"prefer\" accepts."
                  : " needs no newer kernel."));
    }
    message.append(
        "\n"
            + "To run with less, say so for each protection in [enforcement], or use level ="
            + " \"best-effort\".");
    throw new RefusedException(message.toString());
  }

  /**
   * Who asks for a directory must get it; who does not may start in the root directory, as one does
   * in a container.
   */
  private static Path directoryInside(PrivateRoot root, Path directory, boolean asked)
      throws RefusedException {
    Optional<Path> inside = root.inside(directory);
    if (asked && root.blocks(directory)) {
      throw new RefusedException(
          "the working directory "
              + directory
              + " lies in what filesystem.blocked names; choose another, or grant it as well");
    }
    if (inside.isEmpty() && asked) {
      throw new RefusedException(
          "the working directory "
              + OsText.show(directory)
              + " does not exist in the sandbox: with isolation = namespace only what is granted"
              + " is there; grant it, or choose another");
    }
    return inside.orElse(PathFinder.ROOT);
  }

  private List<String> executables(Map<String, String> environment, Path cwd)
      throws NotExecutedException {
    String name = argv.getFirst();
    if (name.isEmpty()) {
      throw new NotExecutedException("the command's name is empty", Errno.ENOENT);
    }
    List<String> found = ExecutableSearch.candidates(name, environment, cwd);
    if (found.isEmpty()) {
      throw new NotExecutedException(
          "no command " + Text.quote(name) + " in PATH=" + ExecutableSearch.path(environment),
          Errno.ENOENT);
    }
    return found;
  }

  /** Whatever the command takes for its home, and whatever this program does. */
  @SafeVarargs
  private static Set<String> homes(Map<String, String>... environments) {
    var homes = new LinkedHashSet<String>();
    for (Map<String, String> environment : environments) {
      String home = environment.get("HOME");
      if (home != null) {
        homes.add(home);
      }
    }
    return homes;
  }

  private AuditLog openAudit(Policy policy, Path directory) throws RefusedException {
    try {
      return AuditLog.open(policy, directory, PolicyPath.home(), id);
    } catch (AuditException e) {
      throw new RefusedException(e);
    }
  }

  private static void refuseReplaceableLinks(Policy policy, FileGrants files, Path directory)
      throws Refusal {
    var ways = new LinkedWays(files);
    if (policy.workspace().isPresent()) {
      ways.refuse("sandbox.workspace", policy.workspace().get(), directory);
    }
    if (policy.audit().enabled()) {
      ways.refuse("audit.log_file", policy.audit().logFile().orElseThrow(), directory);
    }
  }

  /**
   * Where nothing else is named, the command may write where it runs, and relative paths begin
   * there.
   */
  private void refuseWorkspaceLedOut(
      Policy policy, FileGrants files, Path cwd, @Nullable Path asked, Path workspace)
      throws IOException {
    if (!files.restricted()) {
      return;
    }
    var writable = new ArrayList<>(files.readWrite());
    if (temp != null) {
      // Nobody is led there.
      writable.remove(temp.path());
    }
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      writable.remove(workspace);
    }
    files.binds().stream().filter(BindMount::writable).forEach(bind -> writable.add(bind.source()));
    WrittenPlaces.add(writable);
    if (policy.workspace().isPresent()) {
      Path way = PolicyPath.resolve(policy.workspace().get(), cwd, PolicyPath.home());
      WrittenPlaces.refuseLedOut("the workspace", way, workspace);
    } else if (asked != null
        && (policy.mode() == Mode.WORKSPACE_WRITE || policy.filesystem().hasRelativePaths())) {
      Path way = asked.isAbsolute() ? asked : WorkingDirectory.path().resolve(asked);
      WrittenPlaces.refuseLedOut("the working directory", way, workspace);
    }
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      WrittenPlaces.add(List.of(workspace));
    }
  }

  private static void refuseWritableLog(
      Policy policy, FileGrants files, Host host, StandardStreams streams, Path directory)
      throws IOException {
    if (policy.audit().enabled()) {
      String text = policy.audit().logFile().orElseThrow();
      Path log = PolicyPath.resolve(text, directory, PolicyPath.home());
      AuditReach.refuse(policy, files, host, log);
      streams.refuseLog(log);
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

  private static Path workspace(Policy policy, Path directory) throws IOException {
    if (policy.workspace().isEmpty()) {
      return directory;
    }
    try {
      return RealDirectory.of(
          "workspace", PolicyPath.resolve(policy.workspace().get(), directory, PolicyPath.home()));
    } catch (IllegalArgumentException e) {
      throw new RefusedException("sandbox.workspace: " + e.getMessage(), e);
    }
  }

  private static PrivateTemp privateTemp() throws RefusedException {
    try {
      return PrivateTemp.create();
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

  private Map<String, String> environment(
      Policy policy, Map<String, String> parentEnvironment, Map<String, String> own)
      throws RefusedException {
    boolean filtered = policy.enforcement().of(Protection.ENVIRONMENT) != Requirement.OFF;
    try {
      Environment.Selection selection =
          policy.environment().select(parentEnvironment, own, filtered);
      environmentDropped = selection.dropped();
      return selection.variables();
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Text.of(e), e);
    }
  }

  /**
   * Who reads the terminal gets what is left, and then its end. What {@link StreamState} knows of
   * what the command shared with this process is as it was.
   */
  private synchronized void endStreams() {
    if (terminal.isPresent()) {
      terminal.get().ended();
    }
    shared.forEach(StreamState::restore);
    shared.clear();
  }

  /** The command's own terminal. */
  Optional<PseudoTerminal> terminal() {
    return terminal;
  }

  /** The piped stream of a running command. */
  Optional<Fd> stream(int index) {
    return launched().stream(index);
  }
}
