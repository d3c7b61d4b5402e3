package io.github.cofferdam.landlock;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What may be done with files, ports, signals and sockets: an immutable value. Building one makes
 * no system call and looks at no file.
 *
 * {@snippet :
 * LandlockPolicy policy =
 *     LandlockPolicy.builder()
 *         .readExecute(Path.of("/usr"))
 *         .readWrite(Path.of("/srv/work"))
 *         .handleNet(NetRight.BIND_TCP, NetRight.CONNECT_TCP)
 *         .connectTcp(443)
 *         .scope(Scope.SIGNAL)
 *         .build();
 * LandlockLayer layer = policy.on(LandlockSupport.probe());
 * }
 *
 * <p>A policy becomes one ruleset, for files, ports and scopes together: each further ruleset would
 * deny {@link FsRight#REFER} once more. Grants on paths add up; the kernel has no way to take
 * something back beneath a path that was granted. {@link Builder#block} grants its neighbours
 * instead.
 *
 * <p>Unless the builder says otherwise, all rights on files that this library knows are handled,
 * where the kernel has them. {@link Builder#baseline} pins that set, and {@link Builder#require}
 * refuses kernels that lack something.
 */
public final class LandlockPolicy {
  private final Set<FsRight> handledFs;
  private final Set<NetRight> handledNet;
  private final Set<Scope> scopes;
  private final List<PathGrant> paths;
  private final Map<Integer, Set<NetRight>> ports;
  private final Set<RestrictFlag> flags;
  private final Set<Feature> required;
  private final Set<FsRight> quietFs;
  private final Set<NetRight> quietNet;
  private final Set<Scope> quietScopes;
  private final SortedSet<Integer> quietPorts;
  private final List<Path> blocked;
  private final List<Path> unblocked;

  private LandlockPolicy(Builder builder) {
    handledFs = Sets.copy(FsRight.class, builder.handledFs);
    handledNet = Sets.copy(NetRight.class, builder.handledNet);
    scopes = Sets.copy(Scope.class, builder.scopes);
    paths = List.copyOf(builder.paths);
    var copy = new TreeMap<Integer, Set<NetRight>>();
    builder.ports.forEach((port, rights) -> copy.put(port, Sets.copy(NetRight.class, rights)));
    ports = Collections.unmodifiableSortedMap(copy);
    flags = Sets.copy(RestrictFlag.class, builder.flags);
    quietFs = Sets.copy(FsRight.class, builder.quietFs);
    quietNet = Sets.copy(NetRight.class, builder.quietNet);
    quietScopes = Sets.copy(Scope.class, builder.quietScopes);
    quietPorts = Collections.unmodifiableSortedSet(new TreeSet<>(builder.quietPorts));
    blocked = List.copyOf(builder.blocked);
    unblocked = List.copyOf(builder.unblocked);
    required =
        Collections.unmodifiableSet(
            new LinkedHashSet<>(builder.allRequired ? features() : builder.required));
  }

  /** {@return a builder of a policy that handles all rights on files and grants none} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return the policy that only keeps signals inside the domain}: what a supervisor enters so
   * that {@code kill(-1)} reaches its own tree and nothing else. Needs {@link Abi#V6}.
   */
  public static LandlockPolicy signalScopeOnly() {
    return builder().filesUnrestricted().scope(Scope.SIGNAL).build();
  }

  /** {@return a builder that begins with this policy} */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** {@return the rights on files that are denied where nothing grants them} */
  public Set<FsRight> handledFs() {
    return handledFs;
  }

  /** {@return the rights on ports that are denied where nothing grants them} */
  public Set<NetRight> handledNet() {
    return handledNet;
  }

  /** {@return what may not leave the domain} */
  public Set<Scope> scopes() {
    return scopes;
  }

  /** {@return whether no right on files is handled, so that everything may be done with them} */
  public boolean filesUnrestricted() {
    return handledFs.isEmpty();
  }

  /** {@return how the domain is entered} */
  public Set<RestrictFlag> flags() {
    return flags;
  }

  /** {@return how much this policy depends on something} */
  public Level level(Feature feature) {
    if (required.contains(feature)) {
      return Level.REQUIRED;
    }
    return features().contains(feature) ? Level.PREFERRED : Level.OFF;
  }

  /** {@return everything that this policy uses} */
  private Set<Feature> features() {
    var features = new LinkedHashSet<Feature>();
    features.addAll(handledFs);
    features.addAll(handledNet);
    features.addAll(scopes);
    features.addAll(flags);
    if (quiets()) {
      features.add(RuleFlag.QUIET);
    }
    return features;
  }

  boolean quiets() {
    return !quietFs.isEmpty() || !quietNet.isEmpty() || !quietScopes.isEmpty();
  }

  Set<FsRight> quietFs() {
    return quietFs;
  }

  Set<NetRight> quietNet() {
    return quietNet;
  }

  Set<Scope> quietScopes() {
    return quietScopes;
  }

  SortedSet<Integer> quietPorts() {
    return quietPorts;
  }

  Set<Feature> required() {
    return required;
  }

  List<Path> blocked() {
    return blocked;
  }

  List<Path> unblocked() {
    return unblocked;
  }

  List<PathGrant> paths() {
    return paths;
  }

  Map<Integer, Set<NetRight>> ports() {
    return ports;
  }

  /**
   * {@return what a kernel lacks of what this policy asks for} Looks at no file and makes no system
   * call, so that any kernel can be asked about on any machine.
   */
  public List<Gap> gaps(LandlockSupport support) {
    boolean grantsRefer = paths.stream().anyMatch(grant -> grant.rights().contains(FsRight.REFER));
    return new Effective(this, support).gaps(grantsRefer);
  }

  /**
   * As {@link #on(LandlockSupport)}, for a kernel that has all of a version.
   *
   * @throws PathGrantException if a path is missing or cannot have the rights
   * @throws RequiredFeatureException if the version lacks what this policy requires
   */
  public LandlockLayer on(Abi abi) throws PathGrantException, RequiredFeatureException {
    return on(LandlockSupport.of(abi));
  }

  /**
   * Looks the paths up and prepares the system calls for a kernel. Neither the policy nor this
   * process changes, and Landlock is not called: any kernel can be asked for on any machine.
   *
   * <p>Symbolic links are followed now, and rights are granted on what they lead to; relative paths
   * begin at this process's working directory. Where something else is at a path when the layer is
   * entered, that fails.
   *
   * @param support what the kernel offers; {@link LandlockSupport#probe} for this machine's
   * @throws PathGrantException if a path is missing or cannot have the rights, or a blocked path
   *     cannot be kept from being used
   * @throws RequiredFeatureException if the kernel lacks what this policy requires
   */
  public LandlockLayer on(LandlockSupport support)
      throws PathGrantException, RequiredFeatureException {
    return new LayerCompiler(this, support).compile();
  }

  /**
   * {@return one policy for what both are for} It restricts what either restricts, grants what
   * either grants, and requires and blocks what either does; it becomes one layer. What one of them
   * leaves unrestricted and the other restricts is denied where neither grants it. {@link #and} is
   * the way to have both hold.
   */
  public LandlockPolicy merge(LandlockPolicy other) {
    Builder builder = toBuilder();
    builder.handledFs.addAll(other.handledFs);
    builder.handledNet.addAll(other.handledNet);
    builder.scopes.addAll(other.scopes);
    builder.flags.addAll(other.flags);
    builder.required.addAll(other.required);
    builder.quietFs.addAll(other.quietFs);
    builder.quietNet.addAll(other.quietNet);
    builder.quietScopes.addAll(other.quietScopes);
    builder.quietPorts.addAll(other.quietPorts);
    builder.blocked.addAll(other.blocked);
    builder.unblocked.addAll(other.unblocked);
    builder.paths.addAll(other.paths);
    other.ports.forEach((port, rights) -> builder.grantPort(rights, port));
    return builder.build();
  }

  /**
   * {@return this policy and another one as two layers, of which the second is entered inside the
   * first} Only what both allow is allowed.
   *
   * @throws IllegalArgumentException if there would be more layers than the kernel takes
   */
  public LayeredPolicy and(LandlockPolicy other) {
    return LayeredPolicy.of(this).and(other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LandlockPolicy policy
        && handledFs.equals(policy.handledFs)
        && handledNet.equals(policy.handledNet)
        && scopes.equals(policy.scopes)
        && paths.equals(policy.paths)
        && ports.equals(policy.ports)
        && flags.equals(policy.flags)
        && required.equals(policy.required)
        && quietFs.equals(policy.quietFs)
        && quietNet.equals(policy.quietNet)
        && quietScopes.equals(policy.quietScopes)
        && quietPorts.equals(policy.quietPorts)
        && blocked.equals(policy.blocked)
        && unblocked.equals(policy.unblocked);
  }

  @Override
  public int hashCode() {
    return Objects.hash(handledFs, handledNet, scopes, paths, ports, flags, required, blocked);
  }

  /** What is handled and what is granted, one line each. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    line(text, "handle files: ", Names.of(handledFs));
    line(text, "handle ports: ", Names.of(handledNet));
    line(text, "scope: ", Names.of(scopes));
    if (!flags.isEmpty()) {
      line(text, "flags: ", Names.of(flags));
    }
    if (!required.isEmpty()) {
      line(text, "require: ", Names.of(required));
    }
    if (quiets()) {
      line(
          text,
          "quiet: ",
          Names.of(quietFs) + ", " + Names.of(quietNet) + ", " + Names.of(quietScopes));
    }
    paths.forEach(grant -> line(text, "", grant.toString()));
    blocked.forEach(path -> line(text, "block ", path.toString()));
    unblocked.forEach(path -> line(text, "unblock ", path.toString()));
    ports.forEach((port, rights) -> line(text, "grant ", Names.of(rights) + " on port " + port));
    quietPorts.forEach(port -> line(text, "quiet on port ", port.toString()));
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append(what).append(value).append('\n');
  }

  /**
   * Collects a policy. Verbs that name an intent ({@link #read}, {@link #readWrite}, ...) adapt: on
   * something that is not a directory they grant those of their rights that a file can have, and
   * they leave out rights that the policy does not handle, which nothing restricts. Reading never
   * includes executing.
   *
   * <p>A path that is missing when {@link LandlockPolicy#on} is called is an error, unless the verb
   * ends in {@code IfPresent}: then it is left out, and reported.
   */
  public static final class Builder {
    private static final Set<FsRight> READ = EnumSet.of(FsRight.READ_FILE, FsRight.READ_DIR);
    private static final Set<FsRight> READ_EXECUTE = union(READ, EnumSet.of(FsRight.EXECUTE));
    private static final Set<FsRight> READ_WRITE =
        union(
            READ,
            EnumSet.of(
                FsRight.WRITE_FILE,
                FsRight.TRUNCATE,
                FsRight.REMOVE_DIR,
                FsRight.REMOVE_FILE,
                FsRight.MAKE_DIR,
                FsRight.MAKE_REG,
                FsRight.MAKE_SOCK,
                FsRight.MAKE_FIFO,
                FsRight.MAKE_SYM,
                FsRight.REFER));
    private static final Set<FsRight> READ_WRITE_EXECUTE =
        union(READ_WRITE, EnumSet.of(FsRight.EXECUTE));
    private static final Set<FsRight> DEVICE = EnumSet.of(FsRight.READ_FILE, FsRight.WRITE_FILE);
    private static final Set<FsRight> DEVICE_WITH_IOCTL =
        union(DEVICE, EnumSet.of(FsRight.IOCTL_DEV));
    private static final Set<FsRight> CONNECT_UNIX = EnumSet.of(FsRight.RESOLVE_UNIX);

    private EnumSet<FsRight> handledFs = EnumSet.allOf(FsRight.class);
    private final EnumSet<NetRight> handledNet = EnumSet.noneOf(NetRight.class);
    private final EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    private final List<PathGrant> paths = new ArrayList<>();
    private final Map<Integer, Set<NetRight>> ports = new TreeMap<>();
    private final EnumSet<RestrictFlag> flags = EnumSet.noneOf(RestrictFlag.class);
    private final Set<Feature> required = new LinkedHashSet<>();
    private boolean allRequired;
    private final EnumSet<FsRight> quietFs = EnumSet.noneOf(FsRight.class);
    private final EnumSet<NetRight> quietNet = EnumSet.noneOf(NetRight.class);
    private final EnumSet<Scope> quietScopes = EnumSet.noneOf(Scope.class);
    private final SortedSet<Integer> quietPorts = new TreeSet<>();
    private final List<Path> blocked = new ArrayList<>();
    private final List<Path> unblocked = new ArrayList<>();

    private Builder() {}

    private Builder(LandlockPolicy policy) {
      handledFs = Sets.mutable(FsRight.class, policy.handledFs);
      handledNet.addAll(policy.handledNet);
      scopes.addAll(policy.scopes);
      paths.addAll(policy.paths);
      policy.ports.forEach((port, rights) -> ports.put(port, rights));
      flags.addAll(policy.flags);
      required.addAll(policy.required);
      quietFs.addAll(policy.quietFs);
      quietNet.addAll(policy.quietNet);
      quietScopes.addAll(policy.quietScopes);
      quietPorts.addAll(policy.quietPorts);
      blocked.addAll(policy.blocked);
      unblocked.addAll(policy.unblocked);
    }

    /**
     * Uses these and refuses kernels that lack one of them.
     *
     * @throws IllegalArgumentException for {@link RestrictFlag#TSYNC}
     */
    public Builder require(Feature... features) {
      for (Feature feature : features) {
        use(feature);
        required.add(feature);
      }
      return this;
    }

    /** Refuses kernels that lack anything that the policy uses. */
    public Builder requireAll() {
      allRequired = true;
      return this;
    }

    /**
     * Uses these where the kernel has them; that is how everything begins that {@link #handle},
     * {@link #handleNet} or {@link #scope} names.
     *
     * @throws IllegalArgumentException for {@link RestrictFlag#TSYNC}
     */
    public Builder prefer(Feature... features) {
      for (Feature feature : features) {
        use(feature);
        required.remove(feature);
      }
      return this;
    }

    /** Does not use these: a right or a scope is then not restricted. */
    public Builder off(Feature... features) {
      for (Feature feature : features) {
        required.remove(feature);
        switch (feature) {
          case FsRight right -> handledFs.remove(right);
          case NetRight right -> handledNet.remove(right);
          case Scope scope -> scopes.remove(scope);
          case RestrictFlag flag -> flags.remove(flag);
          case RuleFlag flag -> {
            quietFs.clear();
            quietNet.clear();
            quietScopes.clear();
          }
        }
      }
      return this;
    }

    private void use(Feature feature) {
      switch (feature) {
        case FsRight right -> handledFs.add(right);
        case NetRight right -> handledNet.add(right);
        case Scope scope -> scopes.add(scope);
        case RestrictFlag flag -> {
          if (flag == RestrictFlag.TSYNC) {
            throw new IllegalArgumentException(
                "which threads are restricted is not said by the policy but by"
                    + " restrictThisProcess()");
          }
          flags.add(flag);
        }
        case RuleFlag flag -> {
          // In use once something is quiet.
        }
      }
    }

    /**
     * Keeps denials of these rights and scopes out of the audit log: rights on paths and ports
     * where {@link #quietBeneath} and {@link #quietPort} say so, scopes everywhere. They must be
     * handled. Needs {@link RuleFlag#QUIET}.
     *
     * @throws IllegalArgumentException for flags, which nothing denies
     */
    public Builder quiet(Feature... features) {
      for (Feature feature : features) {
        switch (feature) {
          case FsRight right -> quietFs.add(right);
          case NetRight right -> quietNet.add(right);
          case Scope scope -> quietScopes.add(scope);
          case RestrictFlag flag -> throw new IllegalArgumentException(flag + " is never denied");
          case RuleFlag flag -> throw new IllegalArgumentException(flag + " is never denied");
        }
      }
      return this;
    }

    /** Where denials of the {@link #quiet} rights are not logged; nothing if it is missing. */
    public Builder quietBeneath(Path path) {
      requireKernelPath(path);
      paths.add(PathGrant.quiet(path));
      return this;
    }

    /** A port, 0 to 65535, on which denials of the {@link #quiet} rights are not logged. */
    public Builder quietPort(int port) {
      requirePort(port);
      quietPorts.add(port);
      return this;
    }

    /**
     * Keeps a path, and what is beneath it, from being used, although a directory above it is
     * granted. Landlock cannot say that, so {@link LandlockPolicy#on} grants everything else that
     * is in the directories between instead, as {@link PathCarving} describes. The price: those
     * directories themselves can be neither listed nor changed, and names that are made there later
     * stay closed. A mount namespace does it without that. Other names that mounts give the path
     * are closed as well, and images of loop devices that it is stored in; a file with several hard
     * links is refused. Devices that it is stored on are for the caller to block.
     */
    public Builder block(Path path) {
      requireKernelPath(path);
      blocked.add(path);
      return this;
    }

    /**
     * Lets what is granted at a path, or beneath it, be used although a directory above is blocked.
     * It is what is blocked beneath it, and not above, that stays closed then. A path that is
     * blocked itself stays so.
     */
    public Builder unblock(Path path) {
      requireKernelPath(path);
      unblocked.add(path);
      return this;
    }

    /**
     * Sets the rights on files that are denied where nothing grants them, in place of all. {@link
     * FsRight#REFER} is denied even if it is not among them, unless the set is empty: that is
     * {@link #filesUnrestricted}.
     */
    public Builder handle(Set<FsRight> rights) {
      handledFs = Sets.mutable(FsRight.class, rights);
      return this;
    }

    /**
     * Handles the rights on files that a version has and no later ones, so that neither a newer
     * kernel nor a newer version of this library tightens the policy by itself.
     *
     * @throws IllegalArgumentException for {@link Abi#V0}, which has none
     */
    public Builder baseline(Abi abi) {
      if (abi.equals(Abi.V0)) {
        throw new IllegalArgumentException("a baseline without Landlock would handle nothing");
      }
      return handle(abi.fsRights());
    }

    /**
     * Restricts nothing on files. The layer still has to grant {@link FsRight#REFER} beneath the
     * root, because any layer denies it otherwise; once it is entered, {@code mount} and {@code
     * pivot_root} are denied all the same.
     */
    public Builder filesUnrestricted() {
      return handle(EnumSet.noneOf(FsRight.class));
    }

    /** Adds rights on ports that are denied where nothing grants them. */
    public Builder handleNet(NetRight... rights) {
      return handleNet(List.of(rights));
    }

    /** Adds rights on ports that are denied where nothing grants them. */
    public Builder handleNet(Collection<NetRight> rights) {
      handledNet.addAll(rights);
      return this;
    }

    /** Adds scopes: what may not leave the domain. */
    public Builder scope(Scope... added) {
      scopes.addAll(List.of(added));
      return this;
    }

    /** Grants reading a file, or all files and directories beneath a directory. */
    public Builder read(Path path) {
      return add(path, READ, false);
    }

    /** As {@link #read}, if the path is there. */
    public Builder readIfPresent(Path path) {
      return add(path, READ, true);
    }

    /** Grants reading and executing. */
    public Builder readExecute(Path path) {
      return add(path, READ_EXECUTE, false);
    }

    /** As {@link #readExecute}, if the path is there. */
    public Builder readExecuteIfPresent(Path path) {
      return add(path, READ_EXECUTE, true);
    }

    /**
     * Grants reading and writing, and beneath a directory creating (but no devices), removing and
     * renaming. Never executing.
     */
    public Builder readWrite(Path path) {
      return add(path, READ_WRITE, false);
    }

    /** As {@link #readWrite}, if the path is there. */
    public Builder readWriteIfPresent(Path path) {
      return add(path, READ_WRITE, true);
    }

    /**
     * Grants what {@link #readWrite} does, and executing: whoever may write there decides what can
     * be executed.
     */
    public Builder readWriteExecute(Path path) {
      return add(path, READ_WRITE_EXECUTE, false);
    }

    /** As {@link #readWriteExecute}, if the path is there. */
    public Builder readWriteExecuteIfPresent(Path path) {
      return add(path, READ_WRITE_EXECUTE, true);
    }

    /**
     * Grants reading and executing something that the confined process, which has another root
     * directory by the time it enters the layer, finds at another path. It must be the same file or
     * directory, as it is if it was bound there by a mount.
     *
     * @param path where it is for this process
     * @param inside where the confined process finds it; no link is followed there
     */
    public Builder readExecuteAt(Path path, Path inside) {
      return addAt(path, inside, READ_EXECUTE);
    }

    /** As {@link #readExecuteAt}, for reading and writing. */
    public Builder readWriteAt(Path path, Path inside) {
      return addAt(path, inside, READ_WRITE);
    }

    private Builder addAt(Path path, Path inside, Set<FsRight> rights) {
      requireKernelPath(path);
      requireInside(inside);
      paths.add(new PathGrant(path, Optional.of(inside), false, rights, true, false, false));
      return this;
    }

    /**
     * Grants rights on something that does not exist for this process, but will for the confined
     * one, which has another root directory by then: a file system that is mounted there, or a
     * directory in it. Nothing is looked up; whatever is there when the layer is entered is meant.
     *
     * @param rights as the confined process can have them there: on what is not a directory the
     *     kernel refuses those that only directories have. Those that are not handled are left out
     * @param inside absolute; no link is followed
     */
    public Builder grantMade(Set<FsRight> rights, Path inside) {
      requireInside(inside);
      if (rights.isEmpty()) {
        throw new IllegalArgumentException("no rights are granted on " + inside);
      }
      paths.add(
          new PathGrant(
              inside,
              Optional.empty(),
              true,
              Sets.copy(FsRight.class, rights),
              true,
              false,
              false));
      return this;
    }

    /** As {@link #grantMade}, with the rights of {@link #readWrite}, on a directory. */
    public Builder readWriteMade(Path inside) {
      return grantMade(READ_WRITE, inside);
    }

    private static void requireInside(Path inside) {
      requireKernelPath(inside);
      if (!inside.isAbsolute()) {
        throw new IllegalArgumentException("not an absolute path: " + inside);
      }
    }

    /** Grants reading from and writing to a device such as {@code /dev/null}, without ioctls. */
    public Builder device(Path path) {
      return add(path, DEVICE, false);
    }

    /** As {@link #device}, if the path is there. */
    public Builder deviceIfPresent(Path path) {
      return add(path, DEVICE, true);
    }

    /** Grants reading from and writing to a device such as a terminal, and its ioctls. */
    public Builder deviceWithIoctl(Path path) {
      return add(path, DEVICE_WITH_IOCTL, false);
    }

    /** As {@link #deviceWithIoctl}, if the path is there. */
    public Builder deviceWithIoctlIfPresent(Path path) {
      return add(path, DEVICE_WITH_IOCTL, true);
    }

    /** Grants connecting to a Unix socket, or to all that lie beneath a directory. */
    public Builder connectUnix(Path path) {
      return add(path, CONNECT_UNIX, false);
    }

    /** As {@link #connectUnix}, if the path is there. */
    public Builder connectUnixIfPresent(Path path) {
      return add(path, CONNECT_UNIX, true);
    }

    /**
     * Grants exactly these rights. All of them must be handled, and on something that is not a
     * directory {@link LandlockPolicy#on} refuses those that only directories have.
     *
     * <p>As with all grants, the kernel's rule is on the directory, not on its path: where mounts
     * give it other names, what is mounted beneath those is reached, too.
     */
    public Builder grant(Set<FsRight> rights, Path path) {
      return add(path, rights, false, false);
    }

    /** As {@link #grant}, if the path is there. */
    public Builder grantIfPresent(Set<FsRight> rights, Path path) {
      return add(path, rights, false, true);
    }

    /**
     * Grants binding TCP sockets to a port, 0 to 65535; 0 stands for the ephemeral ones. {@link
     * NetRight#BIND_TCP} must be handled.
     */
    public Builder bindTcp(int port) {
      return grantPort(EnumSet.of(NetRight.BIND_TCP), port);
    }

    /**
     * Grants connecting TCP sockets to a port, of any host, 0 to 65535. {@link
     * NetRight#CONNECT_TCP} must be handled.
     */
    public Builder connectTcp(int port) {
      return grantPort(EnumSet.of(NetRight.CONNECT_TCP), port);
    }

    /** Grants binding UDP sockets to a port. {@link NetRight#BIND_UDP} must be handled. */
    public Builder bindUdp(int port) {
      return grantPort(EnumSet.of(NetRight.BIND_UDP), port);
    }

    /**
     * Grants connecting UDP sockets, and sending from them, to a port of any host. {@link
     * NetRight#CONNECT_SEND_UDP} must be handled.
     */
    public Builder connectUdp(int port) {
      return grantPort(EnumSet.of(NetRight.CONNECT_SEND_UDP), port);
    }

    /** Grants rights on a port, 0 to 65535. All of them must be handled. */
    public Builder grantPort(Set<NetRight> rights, int port) {
      requirePort(port);
      if (rights.isEmpty()) {
        throw new IllegalArgumentException("no rights are granted on port " + port);
      }
      ports.merge(
          port,
          Sets.copy(NetRight.class, rights),
          (a, b) -> {
            var merged = Sets.mutable(NetRight.class, a);
            merged.addAll(b);
            return merged;
          });
      return this;
    }

    /**
     * {@return the policy}
     *
     * @throws IllegalArgumentException if it restricts nothing, or grants what it does not handle
     */
    public LandlockPolicy build() {
      if (handledFs.isEmpty() && handledNet.isEmpty() && scopes.isEmpty()) {
        throw new IllegalArgumentException("the policy restricts nothing");
      }
      for (Feature feature : required) {
        if (level(feature) == Level.OFF) {
          throw new IllegalArgumentException(feature.name() + " is required and not used");
        }
      }
      requireQuietHandled();
      if (handledFs.isEmpty() && !(paths.isEmpty() && blocked.isEmpty())) {
        throw new IllegalArgumentException(
            "files are unrestricted, so nothing can be granted or blocked on "
                + (paths.isEmpty() ? blocked.getFirst() : paths.getFirst().path()));
      }
      for (PathGrant grant : paths) {
        if (grant.otherRoot() && !blocked.isEmpty()) {
          throw new IllegalArgumentException(
              "what is blocked is looked up for this process, and the confined one has another"
                  + " root directory: "
                  + grant);
        }
        if (!grant.adapts()) {
          requireHandled(grant.rights(), handledFs, "on " + grant.path());
        }
      }
      ports.forEach((port, rights) -> requireHandled(rights, handledNet, "on port " + port));
      return new LandlockPolicy(this);
    }

    private Level level(Feature feature) {
      boolean used =
          switch (feature) {
            case FsRight right -> handledFs.contains(right);
            case NetRight right -> handledNet.contains(right);
            case Scope scope -> scopes.contains(scope);
            case RestrictFlag flag -> flags.contains(flag);
            case RuleFlag flag ->
                !quietFs.isEmpty() || !quietNet.isEmpty() || !quietScopes.isEmpty();
          };
      return used ? Level.PREFERRED : Level.OFF;
    }

    /** The kernel answers EINVAL to each of these. */
    private void requireQuietHandled() {
      if (!handledFs.containsAll(quietFs)
          || !handledNet.containsAll(quietNet)
          || !scopes.containsAll(quietScopes)) {
        throw new IllegalArgumentException(
            "only what is handled can be quiet: what is not handled is never denied");
      }
      if (quietFs.isEmpty() && paths.stream().anyMatch(PathGrant::quiet)) {
        throw new IllegalArgumentException("a path is quiet, but no right on files is");
      }
      if (quietNet.isEmpty() && !quietPorts.isEmpty()) {
        throw new IllegalArgumentException("a port is quiet, but no right on ports is");
      }
    }

    private static <F extends Feature> void requireHandled(
        Set<F> granted, Set<F> handled, String where) {
      for (F right : granted) {
        if (!handled.contains(right)) {
          throw new IllegalArgumentException(
              right.name()
                  + " is granted "
                  + where
                  + " and not handled, so that it is allowed everywhere; handle it");
        }
      }
    }

    private Builder add(Path path, Set<FsRight> rights, boolean optional) {
      return add(path, rights, true, optional);
    }

    private Builder add(Path path, Set<FsRight> rights, boolean adapts, boolean optional) {
      requireKernelPath(path);
      if (rights.isEmpty()) {
        throw new IllegalArgumentException("no rights are granted on " + path);
      }
      paths.add(
          new PathGrant(
              path,
              Optional.empty(),
              false,
              Sets.copy(FsRight.class, rights),
              adapts,
              optional,
              false));
      return this;
    }

    private static void requireKernelPath(Path path) {
      if (!path.getFileSystem().equals(FileSystems.getDefault())) {
        throw new IllegalArgumentException("not a path that the kernel knows: " + path);
      }
    }

    private static void requirePort(int port) {
      if (port < 0 || port > 0xffff) {
        throw new IllegalArgumentException("not a port: " + port);
      }
    }

    private static Set<FsRight> union(Set<FsRight> a, Set<FsRight> b) {
      var both = EnumSet.copyOf(a);
      both.addAll(b);
      return both;
    }
  }
}
