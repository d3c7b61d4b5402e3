package io.github.cofferdam.landlock;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

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
 * LandlockLayer layer = policy.on(Abi.current());
 * }
 *
 * <p>A policy becomes one ruleset, for files, ports and scopes together: each further ruleset would
 * deny {@link FsRight#REFER} once more. Grants on paths add up; there is no way to take something
 * back beneath a path that was granted.
 *
 * <p>Unless the builder says otherwise, all rights on files that this library knows are handled.
 * {@link Builder#baseline} pins that set.
 */
public final class LandlockPolicy {
  private final Set<FsRight> handledFs;
  private final Set<NetRight> handledNet;
  private final Set<Scope> scopes;
  private final List<PathGrant> paths;
  private final Map<Integer, Set<NetRight>> ports;

  private LandlockPolicy(Builder builder) {
    handledFs = Sets.copy(FsRight.class, builder.handledFs);
    handledNet = Sets.copy(NetRight.class, builder.handledNet);
    scopes = Sets.copy(Scope.class, builder.scopes);
    paths = List.copyOf(builder.paths);
    var copy = new TreeMap<Integer, Set<NetRight>>();
    builder.ports.forEach((port, rights) -> copy.put(port, Sets.copy(NetRight.class, rights)));
    ports = Collections.unmodifiableSortedMap(copy);
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

  List<PathGrant> paths() {
    return paths;
  }

  Map<Integer, Set<NetRight>> ports() {
    return ports;
  }

  /**
   * Looks the paths up and prepares the system calls for a kernel. Neither the policy nor this
   * process changes, and Landlock is not called: any version can be asked for on any machine.
   *
   * <p>Symbolic links are followed now, and rights are granted on what they lead to; relative paths
   * begin at this process's working directory. A path on which a symbolic link is put afterwards is
   * refused with ELOOP when the layer is entered.
   *
   * @param abi what the kernel offers; {@link Abi#current} for this machine's
   * @throws PathGrantException if a path is missing or cannot have the rights
   */
  public LandlockLayer on(Abi abi) throws PathGrantException {
    return new LayerCompiler(this, abi).compile();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LandlockPolicy policy
        && handledFs.equals(policy.handledFs)
        && handledNet.equals(policy.handledNet)
        && scopes.equals(policy.scopes)
        && paths.equals(policy.paths)
        && ports.equals(policy.ports);
  }

  @Override
  public int hashCode() {
    return Objects.hash(handledFs, handledNet, scopes, paths, ports);
  }

  /** What is handled and what is granted, one line each. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append("handle files: ").append(Names.of(handledFs)).append('\n');
    text.append("handle ports: ").append(Names.of(handledNet)).append('\n');
    text.append("scope: ").append(Names.of(scopes)).append('\n');
    paths.forEach(grant -> text.append("grant ").append(grant).append('\n'));
    ports.forEach((port, rights) ->
        text.append("grant ")
            .append(Names.of(rights))
            .append(" on port ")
            .append(port)
            .append('\n'));
    return text.toString();
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

    private Builder() {}

    private Builder(LandlockPolicy policy) {
      handledFs = Sets.mutable(FsRight.class, policy.handledFs);
      handledNet.addAll(policy.handledNet);
      scopes.addAll(policy.scopes);
      paths.addAll(policy.paths);
      policy.ports.forEach((port, rights) -> ports.put(port, rights));
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

    /** Grants rights on a port, 0 to 65535. All of them must be handled. */
    public Builder grantPort(Set<NetRight> rights, int port) {
      if (port < 0 || port > 0xffff) {
        throw new IllegalArgumentException("not a port: " + port);
      }
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
      if (handledFs.isEmpty() && !paths.isEmpty()) {
        throw new IllegalArgumentException(
            "files are unrestricted, so nothing can be granted on " + paths.getFirst().path());
      }
      for (PathGrant grant : paths) {
        if (!grant.adapts()) {
          requireHandled(grant.rights(), handledFs, "on " + grant.path());
        }
      }
      ports.forEach((port, rights) -> requireHandled(rights, handledNet, "on port " + port));
      return new LandlockPolicy(this);
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
      if (!path.getFileSystem().equals(FileSystems.getDefault())) {
        throw new IllegalArgumentException("not a path that the kernel knows: " + path);
      }
      if (rights.isEmpty()) {
        throw new IllegalArgumentException("no rights are granted on " + path);
      }
      paths.add(new PathGrant(path, Sets.copy(FsRight.class, rights), adapts, optional));
      return this;
    }

    private static Set<FsRight> union(Set<FsRight> a, Set<FsRight> b) {
      var both = EnumSet.copyOf(a);
      both.addAll(b);
      return both;
    }
  }
}
