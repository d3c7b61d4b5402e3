package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.KernelVersion;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.cgroup.CgroupResource;
import io.github.cofferdam.cgroup.CgroupVerdict;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.NetworkCause;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.policy.TreeLimits;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.RlimitPolicy;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A policy's limits on this host: the control group that was made for them, the rlimits, and what
 * takes the place of what cannot be had. Holds the group until {@link #close}.
 *
 * <table>
 *   <caption>What enforces what</caption>
 *   <tr><th>limit</th><th>by</th><th>else</th></tr>
 *   <tr><td>memory</td><td>control group</td><td>nothing</td></tr>
 *   <tr><td>tasks</td><td>control group</td><td>RLIMIT_NPROC in a user namespace of its own</td></tr>
 *   <tr><td>cpu_percent, io_read, io_write</td><td>control group</td><td>nothing</td></tr>
 *   <tr><td>disk</td><td>size of the private file system, no stream a file</td><td>file_size of each file</td></tr>
 *   <tr><td>connections, bandwidth</td><td>broker: {@link NetworkLimits}</td><td>nothing</td></tr>
 *   <tr><td>all others</td><td>rlimits</td><td></td></tr>
 * </table>
 */
public final class LimitPlan implements AutoCloseable {
  /** Init, which lives in the sandbox's user namespace too; the launcher is gone by then. */
  private static final int SUPERVISORS = 1;

  /** Since this version RLIMIT_NPROC is counted in each user namespace. */
  private static final KernelVersion NAMESPACE_COUNTS = new KernelVersion(5, 14);

  private static final int GETEUID = Syscall.number("geteuid");

  private final TreeLimits treeLimits;
  private final Map<Resource, Limit> rlimits;
  private final LimitGroup group;

  /** Of the tree's limits, in the order of the enum. */
  private final Map<TreeLimit, LimitState> states = new EnumMap<>(TreeLimit.class);

  private final boolean root;

  /** Whether the command can raise the rlimits. */
  private boolean raised;

  /** Those that a filter around this thread says are set, and sets none. */
  private final Set<Resource> pretended = EnumSet.noneOf(Resource.class);

  /** Whether tasks are what the kernel counts in the sandbox's user namespace. */
  private boolean countsByNamespace;

  /** Whether a limit holds only in part because of this run's streams. */
  private boolean fillsFiles;

  private LimitPlan(
      TreeLimits treeLimits, Map<Resource, Limit> rlimits, LimitGroup group, boolean root)
      throws IOException {
    this.treeLimits = treeLimits;
    this.rlimits = new EnumMap<>(Resource.class);
    this.rlimits.putAll(rlimits);
    this.group = group;
    this.root = root;
    for (Map.Entry<Resource, Limit> entry : rlimits.entrySet()) {
      if (Rlimits.pretends(entry.getKey())
          && !entry.getValue().equals(Rlimits.get(entry.getKey()))) {
        pretended.add(entry.getKey());
      }
    }
  }

  /**
   * Makes a control group for the limits that need one.
   *
   * @param filledFiles whether the command may fill files that are its standard streams
   * @throws IOException if what this host has cannot be read
   */
  public static LimitPlan of(Policy policy, boolean filledFiles) throws IOException {
    return of(policy, filledFiles, ControlGroup::make);
  }

  static LimitPlan of(Policy policy, boolean filledFiles, LimitGroup.Maker maker)
      throws IOException {
    if (policy.enforcement().of(Protection.LIMITS) == Requirement.OFF) {
      return new LimitPlan(TreeLimits.NONE, Map.of(), LimitGroup.NONE, false);
    }
    boolean root = Syscall.call(GETEUID) == 0;
    TreeLimits treeLimits = policy.treeLimits();
    Map<Resource, Limit> rlimits = rlimits(policy);
    if (treeLimits.isEmpty()) {
      var plan = new LimitPlan(treeLimits, rlimits, LimitGroup.NONE, root);
      plan.raised = mayRaise(policy);
      return plan;
    }
    var plan = new LimitPlan(treeLimits, rlimits, maker.make(treeLimits), root);
    try {
      plan.raised = mayRaise(policy);
      plan.decide(policy, filledFiles);
    } catch (IOException | RuntimeException e) {
      try {
        plan.close();
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
    return plan;
  }

  /**
   * Those of the policy. Who sets core_file to 0 wants no dump, and with 0 the kernel may still
   * start a program: so where that is to be prevented, it is set to what prevents it.
   */
  private static Map<Resource, Limit> rlimits(Policy policy) throws IOException {
    Limit core = policy.limits().get(Resource.CORE_FILE);
    if (core == null
        || !Terms.wanted(policy, Protection.CORE_DUMPS)
        || !CrashHandling.writesNothing(core)) {
      return policy.limits();
    }
    var limits = new EnumMap<>(policy.limits());
    CrashHandling.closing(Rlimits.get(Resource.CORE_FILE))
        .ifPresent(limit -> limits.put(Resource.CORE_FILE, limit));
    return limits;
  }

  /** CAP_SYS_RESOURCE counts in the first user namespace only. */
  private static boolean mayRaise(Policy policy) throws IOException {
    boolean ownUsers =
        policy.isolation() == Isolation.NAMESPACE
            && policy.enforcement().of(Protection.NAMESPACES) != Requirement.OFF;
    return policy.enforcement().of(Protection.CAPABILITIES) == Requirement.OFF
        && !ownUsers
        && Rlimits.mayRaiseHardLimits();
  }

  // ---------------------------------------------------------------- decisions

  private void decide(Policy policy, boolean filledFiles) throws IOException {
    for (TreeLimit limit : treeLimits.values().keySet()) {
      if (limit.ofNetwork()) {
        continue;
      }
      states.put(
          limit,
          switch (limit) {
            case MEMORY -> memory();
            case TASKS -> tasks(policy);
            case DISK -> disk(policy, filledFiles);
            case IO_READ, IO_WRITE -> byGroupOnly(CgroupResource.IO);
            // Whatever else there is, a group alone can limit it.
            default -> byGroupOnly(CgroupResource.of(limit.key()).orElseThrow());
          });
    }
  }

  private LimitState memory() throws IOException {
    CgroupVerdict verdict = verdict(CgroupResource.MEMORY);
    if (!verdict.enforced()) {
      // RLIMIT_AS counts what is reserved, which is far more than what is used: programs that work
      // within the limit would die of it (node, Java, Go).
      return new LimitState(ProtectionState.MISSING, verdict.detail(), true);
    }
    if (!verdict(CgroupResource.SWAP).enforced() && hasSwap()) {
      return new LimitState(
          ProtectionState.PARTIAL, verdict.detail() + ", but swap space is not limited");
    }
    return new LimitState(ProtectionState.ENFORCED, verdict.detail());
  }

  private static boolean hasSwap() throws IOException {
    Path swaps = Path.of("/proc/swaps");
    // A line of headings, and one for each swap space; no file in a kernel without any.
    return Files.exists(swaps) && Files.readAllLines(swaps).size() > 1;
  }

  private LimitState tasks(Policy policy) throws IOException {
    CgroupVerdict verdict = verdict(CgroupResource.TASKS);
    if (verdict.enforced()) {
      return new LimitState(ProtectionState.ENFORCED, verdict.detail());
    }
    boolean ownCount =
        policy.isolation() == Isolation.NAMESPACE
            && policy.enforcement().of(Protection.NAMESPACES) != Requirement.OFF
            && !root
            && KernelVersion.parse(Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip())
                .atLeast(NAMESPACE_COUNTS);
    if (!ownCount) {
      return new LimitState(ProtectionState.MISSING, verdict.detail(), true);
    }
    countsByNamespace = true;
    long tasks = treeLimits.tasks().orElseThrow();
    lower(Resource.PROCESSES, tasks > Long.MAX_VALUE - SUPERVISORS ? tasks : tasks + SUPERVISORS);
    return new LimitState(
        ProtectionState.ENFORCED,
        "RLIMIT_NPROC in a user namespace of its own, its init counted as well");
  }

  private LimitState byGroupOnly(CgroupResource resource) {
    CgroupVerdict verdict = verdict(resource);
    return verdict.enforced()
        ? new LimitState(ProtectionState.ENFORCED, verdict.detail())
        : new LimitState(ProtectionState.MISSING, verdict.detail(), group.limits(resource));
  }

  /** How much the command may store, if that is limited. */
  OptionalLong disk() {
    return treeLimits.disk();
  }

  private LimitState disk(Policy policy, boolean filledFiles) throws IOException {
    boolean own = OwnRoot.keepsAllWrites(policy);
    String memory =
        policy.filesystem().overlay().isEmpty()
            ? "the size of its own /tmp and /dev/shm, "
            : "the size of its own /tmp, /dev/shm and overlays, ";
    if (own && !filledFiles) {
      return new LimitState(ProtectionState.ENFORCED, memory + "all that it can write");
    }
    lower(Resource.FILE_SIZE, treeLimits.disk().orElseThrow());
    if (own) {
      fillsFiles = true;
      return new LimitState(
          ProtectionState.PARTIAL,
          memory
              + "but a standard stream is a file, for which only"
              + " file_size holds; use a pipe (... | cat > FILE)");
    }
    return new LimitState(
        ProtectionState.PARTIAL, "file_size, which holds for each file and not for all of them");
  }

  private CgroupVerdict verdict(CgroupResource resource) {
    return group.limits(resource)
        ? group.verdict(resource)
        : new CgroupVerdict(false, "there is nothing here to limit");
  }

  /** Lowers both limits of a resource to a value, as far as they are not below it already. */
  private void lower(Resource resource, long value) throws IOException {
    Limit now = rlimits.getOrDefault(resource, Rlimits.get(resource));
    long hard = least(least(now.hard(), value), Rlimits.get(resource).hard());
    rlimits.put(resource, new Limit(least(now.soft(), hard), hard));
  }

  private static long least(long one, long other) {
    return Long.compareUnsigned(one, other) < 0 ? one : other;
  }

  // ---------------------------------------------------------------- programs

  /** What the launcher does first of all, while it sees the host's files. */
  SetupProgram open() {
    return group.open();
  }

  /** Whether nobody but init may be in the user namespace when the command begins. */
  public boolean needsInitAlone() {
    return countsByNamespace;
  }

  /** Whether nothing of it belongs to this run alone. */
  boolean isSameForAllRuns() {
    return !group.exists() && !fillsFiles;
  }

  /** What the command's process does before anything else is confined. */
  SetupProgram set() {
    return group.enter().then(RlimitPolicy.of(rlimits).program());
  }

  /** The limits of each process. */
  public Map<Resource, Limit> rlimits() {
    return Collections.unmodifiableMap(rlimits);
  }

  /** {@return the limits of the whole tree} */
  public TreeLimits treeLimits() {
    return treeLimits;
  }

  // ---------------------------------------------------------------- report

  /**
   * {@return what enforces each limit}
   *
   * @param writable whether the command may write to files of control groups
   * @param sockets of the limits that are about sockets
   */
  Claim claim(boolean writable, Map<TreeLimit, LimitState> sockets) {
    if (rlimits.isEmpty() && treeLimits.isEmpty()) {
      return Claim.notAsked(Protection.LIMITS, "the policy sets none");
    }
    var worst = ProtectionState.ENFORCED;
    var best = ProtectionState.MISSING;
    boolean lacksGroup = false;
    boolean othersHold = true;
    var detail = new StringBuilder();
    var all = new EnumMap<>(states);
    all.putAll(sockets);
    for (Map.Entry<TreeLimit, LimitState> entry : all.entrySet()) {
      LimitState state = entry.getValue();
      boolean undone =
          writable && state.state() == ProtectionState.ENFORCED && !entry.getKey().ofNetwork();
      ProtectionState now = undone ? ProtectionState.PARTIAL : state.state();
      worst = worse(worst, now);
      best = better(best, now);
      lacksGroup |= state.lacksGroup();
      othersHold &= now == ProtectionState.ENFORCED || entry.getKey() == TreeLimit.BANDWIDTH;
      detail.append(detail.isEmpty() ? "" : "; ").append(entry.getKey().key()).append(": ");
      detail.append(state.detail());
      detail.append(
          undone
              ? ", but the command may write to its control group and so change or leave it"
              : "");
    }
    if (!rlimits.isEmpty()) {
      boolean unheld = root && rlimits.containsKey(Resource.PROCESSES);
      boolean less = unheld || raised || !pretended.isEmpty();
      worst = worse(worst, less ? ProtectionState.PARTIAL : ProtectionState.ENFORCED);
      othersHold &= !less;
      best = ProtectionState.ENFORCED;
      detail.append(detail.isEmpty() ? "" : "; ").append(names()).append("rlimits");
      detail.append(unheld ? ", but the kernel does not hold root to processes; tasks can" : "");
      detail.append(
          pretended.isEmpty()
              ? ""
              : ", but a seccomp filter around this process only says that it sets "
                  + pretended.stream().map(Resource::key).collect(Collectors.joining(", ")));
      detail.append(
          raised ? ", but with the capabilities that the policy leaves it, it can raise them" : "");
    }
    if (worst == ProtectionState.ENFORCED) {
      return Claim.enforced(Protection.LIMITS, Cause.Means.LIMITS, detail.toString());
    }
    if (worst == ProtectionState.PARTIAL && othersHold) {
      return Claim.partial(Protection.LIMITS, new NetworkCause.BandwidthOneWay(detail.toString()));
    }
    Cause cause = new Cause.LimitsShort(detail.toString(), lacksGroup);
    return best == ProtectionState.MISSING
        ? Claim.missing(Protection.LIMITS, cause)
        : Claim.partial(Protection.LIMITS, cause);
  }

  /** Where there is nothing else, it goes without saying. */
  private String names() {
    if (treeLimits.isEmpty()) {
      return "";
    }
    var names = new StringBuilder();
    for (Resource resource : rlimits.keySet()) {
      names.append(names.isEmpty() ? "" : ", ").append(resource.key());
    }
    return names.append(": ").toString();
  }

  private static ProtectionState worse(ProtectionState one, ProtectionState other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static ProtectionState better(ProtectionState one, ProtectionState other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  // ---------------------------------------------------------------- the end

  /** What the control group has counted; that there is none is no evidence of anything. */
  public CgroupReading reading() throws IOException {
    return group.reading();
  }

  /** Whether there is a control group, which ends whatever is left of the tree. */
  boolean endsTheTree() {
    return group.endsTheTree();
  }

  /** Ends what is still in the group, and removes it. */
  @Override
  public void close() throws IOException {
    group.close();
  }
}
