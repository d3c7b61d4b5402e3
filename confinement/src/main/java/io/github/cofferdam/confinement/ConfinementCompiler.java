package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.NetRight;
import io.github.cofferdam.landlock.PathGrantException;
import io.github.cofferdam.landlock.RequiredFeatureException;
import io.github.cofferdam.landlock.ResolvedGrant;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.namespaces.RootPlan;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Works out how one policy is enforced on a host: what all walls share, and the account of what
 * they come to.
 */
public final class ConfinementCompiler {
  /** What a supervisor enters does not depend on its run. */
  private static final Map<Abi, SetupProgram> SIGNAL_SCOPES = new ConcurrentHashMap<>();

  private static final String[] DEVICES = {
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"
  };

  /**
   * Handled and granted on everything where files are not restricted: from version 1 on every layer
   * handles a right on files, and any layer denies REFER that does not grant it.
   */
  private static final Set<FsRight> UNRESTRICTED = EnumSet.of(FsRight.MAKE_BLOCK, FsRight.REFER);

  private final Policy policy;
  private final Network.Access access;
  private final Host host;
  private final FileGrants files;
  private final @Nullable PrivateRoot root;
  private final LimitPlan limits;
  private final EnforcementReport.Builder report;
  private final boolean ownNamespaces;
  private final boolean ownNetwork;
  private final Supervision supervision;

  /** What the command may change of what this virtual machine runs from. */
  private final Optional<String> machineGap;

  /** What it costs that blocked paths are left out of the grants. */
  private List<String> blocking = List.of();

  /** Why Landlock alone cannot do what the policy says of a path; empty if it can. */
  private final Map<Path, String> beyondLandlock = new LinkedHashMap<>();

  /** The root, once it was worked out what it comes to. */
  private @Nullable RootPlan plan;

  /** The blocked paths beneath grants that are there. */
  private final List<Path> existing;

  /** The command's Landlock layer, once it was made. */
  private @Nullable LandlockLayer layer;

  private final HostMounts mounts = new HostMounts();

  ConfinementCompiler(
      Policy policy,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits)
      throws Refusal {
    this.policy = policy;
    this.host = host;
    this.files = files;
    this.root = root;
    this.limits = limits;
    report = new EnforcementReport.Builder(policy.enforcement());
    this.access = report.wanted(Protection.NETWORK) ? access : Network.Access.FULL;
    ownNamespaces =
        policy.isolation() == Isolation.NAMESPACE && report.wanted(Protection.NAMESPACES);
    ownNetwork =
        this.access == Network.Access.LOOPBACK
            || (ownNamespaces && this.access == Network.Access.NONE);
    supervision = supervision();
    machineGap =
        files.restricted() && report.wanted(Protection.FILESYSTEM)
            ? machine.gap(files, root != null, mounts)
            : Optional.empty();
    existing = new ArrayList<>();
    for (Path path : files.carvedOut()) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        existing.add(path);
      }
    }
  }

  /**
   * {@return what enforces a policy}, with namespaces of the run's own
   *
   * @param access the network access that is left after the command rules
   * @param root the command's own root; null if it has none
   * @param machine what the command may change of what this process runs from
   * @throws Refusal if it cannot be enforced so
   */
  public static Confinement compile(
      Policy policy,
      Network.Access access,
      Host host,
      FileGrants files,
      @Nullable PrivateRoot root,
      VirtualMachineReach machine,
      LimitPlan limits)
      throws Refusal {
    var compiler = new ConfinementCompiler(policy, access, host, files, root, machine, limits);
    NamespacePolicy namespaces = compiler.begin();
    return compiler.compose(compiler.walls(compiler.seen()), namespaces, Optional.empty());
  }

  /** Refuses what can never be, and says which namespaces it takes. */
  NamespacePolicy begin() throws Refusal {
    refuseWithoutNamespaces();
    return namespaces();
  }

  /** What the command will see of the file system. */
  RootFilesystem seen() throws Refusal {
    return supervision == Supervision.PID_NAMESPACE
        ? rootFilesystem()
        : RootFilesystem.unchanged().build();
  }

  /** What differs between the runs of one sandbox. */
  RepeatedRuns.Inputs inputs() {
    return new RepeatedRuns.Inputs(host, access, files, existing, machineGap, limits.rlimits());
  }

  /** Whether all that a run came to can serve another one. */
  boolean isSameForAllRuns() {
    return limits.isSameForAllRuns();
  }

  /** The command's Landlock layer; empty before the walls were made, or if there is none. */
  Optional<LandlockLayer> layer() {
    return Optional.ofNullable(layer);
  }

  /** What does not depend on whose namespaces the run has. */
  record Walls(SetupProgram secure, SetupProgram command, EnforcementReport held) {}

  Walls walls(RootFilesystem seen) throws Refusal {
    plan = seen.plan();
    SetupProgram secure =
        capabilities()
            .then(NoNewPrivileges.program())
            .then(supervision == Supervision.SIGNAL_SCOPE ? signalScope() : SetupProgram.empty());
    SetupProgram command =
        limits.set().then(landlock()).then(SyscallWall.program(policy, access, host, report));
    noteOtherNames();
    report();
    return new Walls(secure, command, report.build());
  }

  Confinement compose(
      Walls walls, NamespacePolicy namespaces, Optional<NamespaceTemplate> template) {
    SetupProgram launcher = limits.open();
    SetupProgram init = SetupProgram.empty();
    if (template.isPresent()) {
      launcher = launcher.then(template.get().launcherProgram());
      init = template.get().initProgram().then(walls.secure());
    } else if (supervision == Supervision.PID_NAMESPACE) {
      launcher = launcher.then(namespaces.launcherProgram());
      init = Objects.requireNonNull(plan).program().then(walls.secure());
    } else {
      launcher = launcher.then(namespaces.launcherProgram()).then(walls.secure());
    }
    return new Confinement(launcher, init, walls.command(), supervision, walls.held(), template);
  }

  /**
   * Whether the run may have namespaces in common with others. With a capability it could change
   * what they see; and what the kernel counts for each user would be counted for all together.
   */
  boolean mayShare() {
    return root != null
        && ownNamespaces
        && report.wanted(Protection.CAPABILITIES)
        && policy.capabilities().isEmpty()
        && !limits.rlimits().containsKey(Resource.PROCESSES)
        && !limits.rlimits().containsKey(Resource.PENDING_SIGNALS)
        && !limits.rlimits().containsKey(Resource.MESSAGE_QUEUES)
        && !limits.rlimits().containsKey(Resource.LOCKED_MEMORY);
  }

  /** What makes this run the same as another in respect of its namespaces. */
  SharedNamespaces.Key key(RootFilesystem seen) {
    Set<Namespace> common = EnumSet.of(Namespace.UTS);
    if (ownNetwork
        && access == Network.Access.NONE
        && !SyscallWall.allowsUnixSockets(policy, report)) {
      // Nobody in it can open a socket, so nobody can talk to another.
      common.add(Namespace.NETWORK);
    }
    return new SharedNamespaces.Key(seen, access, common);
  }

  /** What the report says is closed has to be closed in what the command gets. */
  Optional<NamespaceTemplate> asPlanned(Optional<NamespaceTemplate> template) {
    if (template.isPresent()
        && !template.get().closed().equals(Objects.requireNonNull(plan).closed())) {
      template.get().release();
      return Optional.empty();
    }
    return template;
  }

  private void refuseWithoutNamespaces() throws Refusal {
    if (!policy.capabilities().isEmpty() && !report.wanted(Protection.CAPABILITIES)) {
      throw new Refusal(
          "isolation.capabilities names what is kept, and enforcement.capabilities = off drops"
              + " none");
    }
    if (!ownNamespaces && (!policy.capabilities().isEmpty() || policy.hostname().isPresent())) {
      throw new Refusal(
          "isolation."
              + (policy.hostname().isPresent() ? "hostname" : "capabilities")
              + " needs namespaces of the command's own: isolation = namespace");
    }
    if (policy.capabilities().contains(Capability.SETFCAP) && host.mayDropPrivileges()) {
      // Root of the namespace is root outside, so capabilities(7) of files would hold there.
      throw new Refusal(
          "isolation.capabilities keeps setfcap: of root, the command could leave programs behind"
              + " that have capabilities outside of the sandbox as well; take another user, or"
              + " leave setfcap out");
    }
  }

  private Supervision supervision() {
    if (ownNamespaces) {
      return Supervision.PID_NAMESPACE;
    }
    // The scope of the supervisor's layer would also hold for the command.
    return host.landlock().compareTo(Abi.V6) >= 0 && report.wanted(Protection.SIGNALS)
        ? Supervision.SIGNAL_SCOPE
        : Supervision.CHILD_WALK;
  }

  // ---------------------------------------------------------------- programs

  private NamespacePolicy namespaces() {
    NamespacePolicy.Builder builder = NamespacePolicy.builder();
    if (ownNamespaces) {
      builder
          .add(Namespace.USER, Namespace.PID, Namespace.MOUNT, Namespace.IPC, Namespace.UTS)
          .hostname(policy.hostname().orElse("sandbox"));
    }
    if (ownNetwork) {
      builder.add(Namespace.USER, Namespace.NETWORK).loopback(access == Network.Access.LOOPBACK);
    }
    if ((ownNamespaces || ownNetwork) && NamespacePolicy.canForbidNested()) {
      // seccomp refuses them already; this holds even for a filter with a gap.
      builder.nestedUserNamespaces(false);
    }
    return builder.build();
  }

  private RootFilesystem rootFilesystem() {
    if (root != null) {
      return root.root(policy.filesystem(), limits.disk());
    }
    RootFilesystem.Builder unchanged = RootFilesystem.unchanged();
    if (report.wanted(Protection.FILESYSTEM)) {
      for (Path path : files.carvedOut()) {
        unchanged.block(path);
      }
    }
    return unchanged.build();
  }

  private SetupProgram capabilities() {
    if (!report.wanted(Protection.CAPABILITIES)) {
      return SetupProgram.empty();
    }
    return policy.capabilities().isEmpty()
        ? Capabilities.dropAll(host.mayDropPrivileges() || ownNamespaces || ownNetwork)
        : Capabilities.keep(policy.capabilities());
  }

  private SetupProgram signalScope() throws Refusal {
    SetupProgram made = SIGNAL_SCOPES.get(host.landlock());
    if (made == null) {
      made = compileLayer(LandlockPolicy.signalScopeOnly());
      SIGNAL_SCOPES.put(host.landlock(), made);
    }
    return made;
  }

  private SetupProgram landlock() throws Refusal {
    LandlockPolicy.Builder builder = LandlockPolicy.builder();
    if (files.restricted() && report.wanted(Protection.FILESYSTEM)) {
      grantFiles(builder);
    } else {
      // Whoever is in a layer, whatever it restricts, cannot open the memory of those outside.
      builder.handle(UNRESTRICTED).grant(UNRESTRICTED, Path.of("/"));
    }
    if (report.wanted(Protection.SIGNALS)) {
      builder.scope(Scope.SIGNAL);
    }
    if (report.wanted(Protection.ABSTRACT_SOCKETS)) {
      builder.scope(Scope.ABSTRACT_UNIX_SOCKET);
    }
    if (access == Network.Access.NONE) {
      // seccomp refuses the sockets already; a second wall costs nothing.
      builder.handleNet(NetRight.BIND_TCP, NetRight.CONNECT_TCP);
    }
    return files.restricted() && report.wanted(Protection.FILESYSTEM) && root == null
        ? compileBlocking(builder)
        : compileLayer(builder.build());
  }

  private void grantFiles(LandlockPolicy.Builder builder) {
    builder.handle(HandledRights.of(report));
    if (root != null) {
      root.grant(builder);
      return;
    }
    files.read().forEach(builder::read);
    for (Path path : files.readExecute()) {
      grantExecution(builder, path);
    }
    files.readWrite().forEach(builder::readWrite);
    for (String device : DEVICES) {
      builder.deviceIfPresent(Path.of(device));
    }
    files.terminal().forEach(builder::deviceWithIoctlIfPresent);
  }

  private SetupProgram compileLayer(LandlockPolicy wanted) throws Refusal {
    try {
      layer = unmoved(wanted.on(host.landlock()));
      return layer.program();
    } catch (PathGrantException | RequiredFeatureException e) {
      throw new Refusal(e);
    }
  }

  /**
   * The grants were looked up before, and lead nowhere else: another command may since have put
   * links where it may write, in place of the run's temporary directory for example.
   */
  private LandlockLayer unmoved(LandlockLayer made) throws Refusal {
    for (ResolvedGrant grant : made.grants()) {
      Path path = grant.path();
      boolean looked =
          files.readWrite().contains(path)
              || files.readExecute().contains(path)
              || files.read().contains(path);
      if (looked && !grant.real().startsWith(path)) {
        throw new Refusal(
            path + " has become a link to " + grant.real() + " since it was looked up");
      }
    }
    return made;
  }

  /**
   * All that lies in a directory may be executed, except what the policy says may only be read:
   * rights add up, so its neighbours are granted instead. The directory itself can be listed, and
   * what is made there later be read, but not executed.
   */
  private void grantExecution(LandlockPolicy.Builder builder, Path path) {
    List<Path> only =
        files.read().stream()
            .filter(each -> each.startsWith(path) && files.rules().losesExecution(each))
            .toList();
    if (only.isEmpty()) {
      builder.readExecute(path);
      return;
    }
    LandlockPolicy.Builder neighbours = LandlockPolicy.builder().readExecute(path);
    only.forEach(neighbours::block);
    try {
      for (ResolvedGrant grant : neighbours.build().on(host.landlock()).grants()) {
        builder.readExecuteIfPresent(grant.real());
      }
      builder.read(path);
      report.warn(
          path
              + ": what is made in it later cannot be executed, since "
              + only.getFirst()
              + " in it may only be read; isolation = namespace has no such limit");
    } catch (PathGrantException | RequiredFeatureException e) {
      only.forEach(each -> beyondLandlock.put(each, Text.of(e)));
      builder.readExecute(path);
    }
  }

  /** As {@link #compileLayer}, with the blocked paths left out of the grants if that can be. */
  private SetupProgram compileBlocking(LandlockPolicy.Builder builder) throws Refusal {
    noteReadOnlyInWritable();
    files.rules().openInBlocked().forEach(builder::unblock);
    LandlockPolicy unblocked = builder.build();
    var left = new ArrayList<>(files.blocked());
    while (!left.isEmpty()) {
      LandlockPolicy.Builder some = unblocked.toBuilder();
      left.forEach(some::block);
      try {
        layer = unmoved(some.build().on(host.landlock()));
        blocking = layer.warnings();
        return layer.program();
      } catch (PathGrantException e) {
        // A strict policy refuses the run then; else as much is closed as can be.
        List<Path> failed = left.contains(e.path()) ? List.of(e.path()) : List.copyOf(left);
        failed.forEach(path -> beyondLandlock.put(path, whyNotBlocked(path, e)));
        left.removeAll(failed);
      } catch (RequiredFeatureException e) {
        throw new Refusal(e);
      }
    }
    return compileLayer(unblocked);
  }

  private static String whyNotBlocked(Path path, PathGrantException e) {
    return "the blocked path "
        + path
        + " is not closed: "
        + Text.of(e)
        // Other names of a file are no more closed by covering one of them.
        + (e.reason() == PathGrantException.Reason.OTHER_NAME ? "" : "; isolation = namespace can");
  }

  /** Taking it out of the writable path would take new names from the directories above it. */
  private void noteReadOnlyInWritable() {
    PathRules rules = files.rules();
    for (Path path : rules.granted()) {
      rules
          .writableAbove(path)
          .ifPresent(writable ->
              beyondLandlock.put(
                  path,
                  path
                      + " may not be written, but lies in "
                      + writable
                      + ", which may be: Landlock alone cannot keep it from being written without"
                      + " refusing new names in "
                      + path.getParent()
                      + "; isolation = namespace can"));
    }
  }

  /**
   * Rules reach what mounts put beneath other names of what is granted. Where everything may be
   * read and executed, and nothing else, there is nothing more to reach.
   */
  private void noteOtherNames() throws Refusal {
    if (root != null
        || !files.restricted()
        || !report.wanted(Protection.FILESYSTEM)
        || isPlain()
        || host.landlock().equals(Abi.V0)) {
      return;
    }
    for (ResolvedGrant grant : Objects.requireNonNull(layer).grants()) {
      if (grant.directory()) {
        for (MountReach reached : MountReach.of(mounts.get(), grant.real())) {
          excess(grant.rights(), reached.place())
              .ifPresent(done -> beyondLandlock.putIfAbsent(reached.place(), why(reached, done)));
        }
      }
    }
  }

  private boolean isPlain() {
    Filesystem listed = policy.filesystem();
    return policy.mode() == Mode.READONLY
        && listed.readOnly().isEmpty()
        && listed.readExecute().isEmpty()
        && listed.readWrite().isEmpty()
        && listed.bindMounts().isEmpty()
        && listed.blocked().isEmpty();
  }

  /** What the policy does not let be done with all at and beneath a path; empty if it does. */
  private Optional<String> excess(Set<FsRight> rights, Path path) {
    PathRules rules = files.rules();
    if (rights.contains(FsRight.WRITE_FILE) && !rules.allowsAll(path, rules::isWritable)) {
      return Optional.of("written");
    }
    if (rights.contains(FsRight.EXECUTE) && !rules.allowsAll(path, rules::isExecutable)) {
      return Optional.of("executed");
    }
    return rules.allowsAll(path, granted -> true) ? Optional.empty() : Optional.of("read");
  }

  private static String why(MountReach reached, String done) {
    return OsText.show(reached.place())
        + " can be "
        + done
        + ", which the policy does not say: Landlock's rule on "
        + OsText.show(reached.granted())
        + " holds by its other name "
        + OsText.show(reached.name())
        + " as well, and beneath that a mount leads there; unmount one of them, grant that as"
        + " well, or use isolation = namespace";
  }

  // ---------------------------------------------------------------- report

  private void report() throws Refusal {
    files.warnings().forEach(report::warn);
    reportFiles();
    reportVirtualMachine();
    reportNetwork();
    reportProcesses();
    report.enforced(Protection.SYSCALLS, "seccomp");
    report.enforced(Protection.NO_NEW_PRIVILEGES, "no_new_privs");
    report.enforced(Protection.DESCRIPTORS, "close_range before anything else");
    report.enforced(
        Protection.ENVIRONMENT, "what looks like a secret and what loads code is left out");
    report.enforced(Protection.CAPABILITIES, dropped());
    reportMemoryOfOthers();
  }

  /**
   * Whoever can write the memory of another process of the user is behind no wall at all, and
   * whoever can look into it has its environment and its files.
   */
  private void reportMemoryOfOthers() {
    if (!host.landlock().equals(Abi.V0) || ownNamespaces || ownNetwork) {
      // A Landlock domain, or a user namespace, whose processes may not trace those outside.
      return;
    }
    if (host.tracing() == Host.Tracing.BY_USER) {
      for (Protection protection : Protection.values()) {
        report.restsOnNothing(
            protection,
            "without Landlock, /proc/PID/mem of any process of this user opens for writing;"
                + " isolation = namespace, or sysctl kernel.yama.ptrace_scope=1, close that");
      }
    } else {
      for (Protection protection :
          List.of(Protection.ENVIRONMENT, Protection.DESCRIPTORS, Protection.PROCESSES)) {
        report.restsOnNothing(
            protection,
            "without Landlock, /proc/PID/environ and /proc/PID/fd of any process of this user can"
                + " be read; isolation = namespace closes that");
      }
    }
  }

  private String dropped() {
    var text = new StringBuilder("all dropped");
    String separator = " but ";
    for (Capability kept : policy.capabilities()) {
      text.append(separator).append(kept.key());
      separator = ", ";
    }
    if (host.mayDropPrivileges() || ownNamespaces || ownNetwork) {
      text.append(", and user id 0 gives none");
    }
    return text.toString();
  }

  private void reportVirtualMachine() {
    if (!files.restricted() || !report.wanted(Protection.FILESYSTEM)) {
      report.notAsked(
          Protection.VIRTUAL_MACHINE,
          files.restricted() ? "filesystem is off in the policy" : "mode full-access");
      return;
    }
    if (root == null && host.landlock().equals(Abi.V0)) {
      report.missing(
          Protection.VIRTUAL_MACHINE,
          "nothing keeps the command from its user's files: this kernel has no Landlock");
      return;
    }
    if (machineGap.isPresent()) {
      report.partial(Protection.VIRTUAL_MACHINE, machineGap.get());
      return;
    }
    report.enforced(
        Protection.VIRTUAL_MACHINE,
        root == null
            ? "nothing that it runs from lies where the command may write"
            : "what it runs from is not there, or read-only");
  }

  private void reportFiles() throws Refusal {
    if (!files.restricted() || !report.wanted(Protection.FILESYSTEM)) {
      // All three are walls around files; without that one there is nothing that they hold to.
      String why = files.restricted() ? "filesystem is off in the policy" : "mode full-access";
      report.notAsked(Protection.TRUNCATE, why);
      report.notAsked(Protection.DEVICE_IOCTL, why);
      report.notAsked(Protection.METADATA, why);
    } else {
      if (root == null) {
        reportRight(Protection.TRUNCATE, Abi.V3, "Landlock");
      } else {
        report.enforced(Protection.TRUNCATE, "read-only mounts");
      }
      reportDevices();
      reportMetadata();
    }
    Optional<String> uncovered = ownNamespaces ? uncovered() : beyondLandlock();
    if (uncovered.isEmpty() && files.restricted()) {
      uncovered =
          files
              .grantedStorage(root != null)
              .map(device ->
                  "the policy grants "
                      + device
                      + ", on which what it blocks may be stored; take it out of the policy, or"
                      + " allow that: filesystem = \"prefer\" in [enforcement]");
    }
    if (uncovered.isPresent()) {
      report.partial(Protection.FILESYSTEM, uncovered.get());
    } else if (!files.restricted()) {
      report.notAsked(Protection.FILESYSTEM, "mode full-access");
    } else if (root != null) {
      reportRoot();
    } else if (host.landlock().equals(Abi.V0)) {
      report.missing(
          Protection.FILESYSTEM,
          "this kernel has no Landlock (Linux 5.13 or newer with landlock among its LSMs)");
    } else if (host.landlock().compareTo(Abi.V2) < 0) {
      report.partial(
          Protection.FILESYSTEM,
          "Landlock 1 refuses every rename and link across directories; Linux 5.19 lets grants"
              + " decide");
    } else {
      report.enforced(
          Protection.FILESYSTEM,
          "Landlock "
              + host.landlock().version()
              + inMemory("by the dynamic loader, and as a copy in memory")
              + blocking.stream().map(cost -> "; " + cost).collect(Collectors.joining()));
    }
  }

  /** Mounts know of reading and writing; only Landlock keeps what may be read from running. */
  private void reportRoot() {
    if (!host.landlock().equals(Abi.V0)) {
      report.enforced(
          Protection.FILESYSTEM,
          "a root of its own, and Landlock" + inMemory("as a copy in memory"));
    } else {
      // A read-only mount keeps nobody from writing to what is no file of that mount's.
      report.partial(
          Protection.FILESYSTEM,
          "a root of its own; "
              + (files.readExecute().contains(FileGrants.ROOT)
                  ? ""
                  : "what may only be written can be executed as well, and ")
              + "named pipes that may only be read can be written, since this kernel has no"
              + " Landlock");
    }
  }

  /** How a program runs that the policy lets be read, but not executed. */
  private String inMemory(String how) {
    PathRules rules = files.rules();
    return rules.granted().stream().allMatch(rules::isExecutable)
        ? ""
        : "; what may not be executed can still be run " + how;
  }

  /** What keeps a blocked path from being closed by mounts. */
  private Optional<String> uncovered() {
    RootPlan made = Objects.requireNonNull(plan);
    if (!report.wanted(Protection.FILESYSTEM)) {
      return Optional.empty();
    }
    for (Path path : files.blocked()) {
      String reason = made.open().get(path);
      if (reason != null) {
        return Optional.of("the blocked path " + path + " cannot be closed: " + reason);
      }
    }
    for (Path path : files.carvedOut()) {
      // What is not there cannot be covered, and matters only where the command could make it.
      if (!made.closed().contains(path) && files.mayWrite(path) && !liesInClosed(path, made)) {
        return Optional.of(
            "the blocked path " + path + " does not exist, and the command may create it");
      }
    }
    return Optional.empty();
  }

  private static boolean liesInClosed(Path path, RootPlan made) {
    return made.closed().stream().anyMatch(path::startsWith);
  }

  /** What of the policy's paths Landlock alone cannot keep. */
  private Optional<String> beyondLandlock() {
    if (!files.restricted() && !files.blocked().isEmpty()) {
      return Optional.of(
          "the blocked path "
              + files.blocked().getFirst()
              + " lies beneath a path that may be used: Landlock alone cannot take it out of what"
              + " is granted; isolation = namespace can");
    }
    return beyondLandlock.values().stream().findFirst();
  }

  private void reportRight(Protection protection, Abi since, String by) {
    if (host.landlock().compareTo(since) >= 0) {
      report.enforced(protection, by);
    } else {
      report.missing(
          protection,
          "needs Landlock "
              + since(since)
              + "; this kernel has "
              + (host.landlock().equals(Abi.V0) ? "none" : host.landlock().version()));
    }
  }

  /**
   * In a root of the command's own there is no device outside {@code /dev}, where it has those that
   * do no harm and terminals of its own; what else the policy grants there, only Landlock keeps
   * from taking commands.
   */
  private void reportDevices() {
    if (root == null) {
      reportRight(Protection.DEVICE_IOCTL, Abi.V5, "Landlock");
      return;
    }
    if (host.landlock().compareTo(Abi.V5) >= 0) {
      report.enforced(
          Protection.DEVICE_IOCTL, "a /dev of its own, mounts without devices, and Landlock");
      return;
    }
    List<Path> granted = root.devices();
    if (granted.isEmpty()) {
      report.enforced(Protection.DEVICE_IOCTL, "a /dev of its own, and mounts without devices");
    } else {
      report.partial(
          Protection.DEVICE_IOCTL,
          granted.getFirst()
              + ", which the policy grants, takes all ioctl commands, of which Landlock "
              + since(Abi.V5)
              + " could keep it; other devices are not there");
    }
  }

  /** A version of Landlock as people know it. */
  private static String since(Abi abi) {
    return abi.version() + " (Linux " + abi.linux() + " or newer)";
  }

  private void reportMetadata() {
    if (root != null) {
      report.enforced(Protection.METADATA, "read-only mounts");
    } else if (SyscallWall.deniesMetadataChanges(policy, report)) {
      report.enforced(Protection.METADATA, "seccomp refuses all changes");
    } else {
      report.missing(
          Protection.METADATA,
          "Landlock does not see chmod, chown, utime and setxattr, and a command that may write"
              + " files needs them; isolation = namespace keeps them inside the writable paths");
    }
  }

  private void reportNetwork() {
    switch (access) {
      case NONE ->
          report.enforced(
              Protection.NETWORK,
              ownNetwork
                  ? "seccomp refuses sockets; an empty network namespace"
                  : "seccomp refuses sockets");
      case LOOPBACK ->
          report.enforced(Protection.NETWORK, "a network namespace with a loopback of its own");
      case FULL -> report.notAsked(Protection.NETWORK, "the policy allows the network");
    }
    if (SyscallWall.allowsUnixSockets(policy, report)) {
      report.notAsked(Protection.UNIX_SOCKETS, "the policy allows Unix sockets");
      if (ownNetwork) {
        report.enforced(Protection.ABSTRACT_SOCKETS, "network namespace");
      } else {
        reportRight(Protection.ABSTRACT_SOCKETS, Abi.V6, "Landlock scope");
      }
    } else {
      report.enforced(Protection.UNIX_SOCKETS, "seccomp refuses Unix sockets");
      report.enforced(Protection.ABSTRACT_SOCKETS, "seccomp refuses Unix sockets");
    }
  }

  private void reportProcesses() throws Refusal {
    switch (supervision) {
      case PID_NAMESPACE -> {
        report.enforced(Protection.SIGNALS, "process-id namespace");
        report.enforced(Protection.TREE_KILL, "process-id namespace");
      }
      case SIGNAL_SCOPE -> {
        report.enforced(Protection.SIGNALS, "Landlock scope");
        report.enforced(
            Protection.TREE_KILL,
            "kill(-1) within a Landlock scope"
                + (limits.endsTheTree()
                    ? ", and the control group"
                    : "; not if somebody outside kills the supervisor"));
      }
      case CHILD_WALK, NONE -> {
        reportRight(Protection.SIGNALS, Abi.V6, "Landlock scope");
        report.partial(
            Protection.TREE_KILL,
            "the command can kill its supervisor, which walks its children to end them;"
                + " Landlock 6 or isolation = namespace close that"
                + (limits.endsTheTree()
                    ? "; what is left then is ended by its control group"
                    : ""));
      }
    }
    reportOtherProcesses();
    if (policy.isolation() == Isolation.NAMESPACE) {
      report.enforced(
          Protection.NAMESPACES, "user, pid, mount, ipc, uts" + (ownNetwork ? ", net" : ""));
    } else {
      report.notAsked(Protection.NAMESPACES, "isolation = basic");
    }
    reportLimits();
  }

  private void reportOtherProcesses() throws Refusal {
    if (ownNamespaces) {
      reportProcessesBesideNamespace();
      return;
    }
    boolean filesClosed =
        report.wanted(Protection.FILESYSTEM)
            && mayNotWrite(KernelMounts.ALL)
            && host.landlock().compareTo(Abi.V1) >= 0;
    if (!report.wanted(Protection.CAPABILITIES) && host.mayDropPrivileges()) {
      // CAP_PERFMON reads memory maps and environments from Linux 6.13 on, domain or not.
      report.partial(
          Protection.PROCESSES,
          "with the capabilities that the policy leaves it, the command may read other"
              + " processes");
    } else if (filesClosed) {
      report.enforced(Protection.PROCESSES, "seccomp refuses numbers of other processes; Landlock");
    } else {
      report.partial(
          Protection.PROCESSES,
          "seccomp refuses numbers of other processes, but oom_score_adj, autogroup,"
              + " coredump_filter and the like of this user's processes in /proc can be written,"
              + " and members of his control groups moved; isolation = namespace closes that");
    }
  }

  /** The command's own {@code /proc} has its own processes; another one has all of the host. */
  private void reportProcessesBesideNamespace() throws Refusal {
    Optional<Path> shown =
        mounts.haveSeveral("proc")
            ? KernelMounts.shown(root, mounts.get(), Objects.requireNonNull(plan).closed())
            : Optional.empty();
    if (shown.isPresent()) {
      report.partial(
          Protection.PROCESSES,
          "process-id namespace, but "
              + OsText.show(shown.get())
              + " shows the host's processes, since a /proc is mounted there; unmount it, or"
              + " block the directory that it is in");
    } else if (files.restricted() && !mayNotWrite(KernelMounts.GROUPS)) {
      report.partial(
          Protection.PROCESSES,
          "process-id namespace, but the command may write to control groups, and so end or stop"
              + " their members");
    } else {
      report.enforced(
          Protection.PROCESSES, "process-id namespace; seccomp refuses the number of its init");
    }
  }

  /** Whether no file is granted to be written on such a file system, wherever it is mounted. */
  private boolean mayNotWrite(Set<String> types) throws Refusal {
    return files.restricted()
        && (isPlain() || KernelMounts.written(files, root, mounts.get(), types).isEmpty());
  }

  private void reportLimits() throws Refusal {
    boolean fence =
        files.restricted()
            && report.wanted(Protection.FILESYSTEM)
            && (ownNamespaces || host.landlock().compareTo(Abi.V1) >= 0);
    limits.report(report, limits.endsTheTree() && !(fence && mayNotWrite(KernelMounts.GROUPS)));
  }
}
