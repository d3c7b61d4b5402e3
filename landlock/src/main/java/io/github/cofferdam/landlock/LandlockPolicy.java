package io.github.cofferdam.landlock;

import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What may be done with files, ports, signals and sockets: an immutable value. Building one looks
 * at no file, but for {@link Builder#readClasses}.
 *
 * {@snippet :
 * LandlockPolicy policy =
 *     LandlockPolicy.builder()
 *         .readExecute(Path.of("/usr"))
 *         .readWrite(work)
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
  private final PolicyTerms terms;

  private LandlockPolicy(PolicyTerms terms) {
    this.terms = terms;
  }

  /** {@return a builder of a policy that handles all rights on files and grants none} */
  public static Builder builder() {
    return new Builder().handle(EnumSet.allOf(FsRight.class));
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
    return new Builder().add(terms);
  }

  /** {@return the rights on files that are denied where nothing grants them} */
  public Set<FsRight> handledFs() {
    return terms.handled().fs();
  }

  /** {@return the rights on ports that are denied where nothing grants them} */
  public Set<NetRight> handledNet() {
    return terms.handled().net();
  }

  /** {@return what may not leave the domain} */
  public Set<Scope> scopes() {
    return terms.handled().scopes();
  }

  /** {@return whether no right on files is handled, so that everything may be done with them} */
  public boolean filesUnrestricted() {
    return handledFs().isEmpty();
  }

  /** {@return how the domain is entered} */
  public Set<RestrictFlag> flags() {
    return terms.flags();
  }

  /** {@return how much this policy depends on something} */
  public Level level(Feature feature) {
    return terms.level(feature);
  }

  PolicyTerms terms() {
    return terms;
  }

  /**
   * {@return what a kernel lacks of what this policy asks for} Looks at no file and makes no system
   * call, so that any kernel can be asked about on any machine.
   */
  public List<Gap> gaps(LandlockSupport support) {
    boolean grantsRefer =
        terms.paths().stream().anyMatch(grant -> grant.rights().contains(FsRight.REFER));
    return new Effective(terms, support).gaps(grantsRefer);
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
    return new LayerCompiler(terms, support).compile();
  }

  /**
   * {@return one policy for what both are for} It restricts what either restricts, grants what
   * either grants, and requires and blocks what either does; it becomes one layer. What one of them
   * leaves unrestricted and the other restricts is denied where neither grants it. {@link #and} is
   * the way to have both hold.
   *
   * @throws IllegalArgumentException if one of them blocks paths, and the other grants some to a
   *     process with another root directory
   */
  public LandlockPolicy merge(LandlockPolicy other) {
    return toBuilder().add(other.terms).build();
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
    return other instanceof LandlockPolicy policy && terms.equals(policy.terms);
  }

  @Override
  public int hashCode() {
    return terms.hashCode();
  }

  /** What is handled and what is granted, one line each. */
  @Override
  public String toString() {
    return terms.toString();
  }

  /**
   * Collects a policy. Verbs that name an intent ({@link #read}, {@link #readWrite}, ...) adapt: on
   * something that is not a directory they grant those of their rights that a file can have, and
   * they leave out rights that the policy does not handle, which nothing restricts. Reading never
   * includes executing.
   *
   * <p>A path that is missing when {@link LandlockPolicy#on} is called is an error, unless the verb
   * ends in {@code IfPresent}: then it is left out, and reported.
   *
   * <p>Verbs throw {@link IllegalArgumentException} for a path of another file system than the
   * default one, for a relative path where the confined process has another root directory, for
   * rights that are none, and for what is not a port.
   */
  public static final class Builder {
    private final PolicyDraft draft = new PolicyDraft();

    private Builder() {}

    private Builder add(PolicyTerms terms) {
      draft.add(terms);
      return this;
    }

    private Builder add(PathGrant grant) {
      draft.add(grant);
      return this;
    }

    private Builder use(Level level, Feature... features) {
      for (Feature feature : features) {
        draft.use(feature, level);
      }
      return this;
    }

    /**
     * Uses these and refuses kernels that lack one of them.
     *
     * @throws IllegalArgumentException for {@link RestrictFlag#TSYNC}
     */
    public Builder require(Feature... features) {
      return use(Level.REQUIRED, features);
    }

    /** Refuses kernels that lack anything that the policy uses. */
    public Builder requireAll() {
      draft.requireAll();
      return this;
    }

    /**
     * Uses these where the kernel has them; that is how everything begins that {@link #handle},
     * {@link #handleNet} or {@link #scope} names.
     *
     * @throws IllegalArgumentException for {@link RestrictFlag#TSYNC}
     */
    public Builder prefer(Feature... features) {
      return use(Level.PREFERRED, features);
    }

    /** Does not use these: a right or a scope is then not restricted. */
    public Builder off(Feature... features) {
      return use(Level.OFF, features);
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
        draft.quiet(feature);
      }
      return this;
    }

    /** Where denials of the {@link #quiet} rights are not logged; nothing if it is missing. */
    public Builder quietBeneath(Path path) {
      return add(PathGrant.quiet(path));
    }

    /** A port, 0 to 65535, on which denials of the {@link #quiet} rights are not logged. */
    public Builder quietPort(int port) {
      draft.quiet(port);
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
      draft.block(path);
      return this;
    }

    /**
     * Lets what is granted at a path, or beneath it, be used although a directory above is blocked.
     * It is what is blocked beneath it, and not above, that stays closed then. A path that is
     * blocked itself stays so.
     */
    public Builder unblock(Path path) {
      draft.unblock(path);
      return this;
    }

    /**
     * Sets the rights on files that are denied where nothing grants them, in place of all. {@link
     * FsRight#REFER} is denied even if it is not among them, unless the set is empty: that is
     * {@link #filesUnrestricted}.
     */
    public Builder handle(Set<FsRight> rights) {
      draft.handleFs(rights);
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
      draft.handle(rights);
      return this;
    }

    /** Adds scopes: what may not leave the domain. */
    public Builder scope(Scope... added) {
      draft.handle(List.of(added));
      return this;
    }

    /** Grants reading a file, or all files and directories beneath a directory. */
    public Builder read(Path path) {
      return add(PathGrant.of(path, Intent.READ));
    }

    /** As {@link #read}, if the path is there. */
    public Builder readIfPresent(Path path) {
      return add(PathGrant.ifPresent(path, Intent.READ));
    }

    /**
     * Grants reading what this virtual machine loads classes and native libraries from: the JDK,
     * the class path with what the manifests of its jars name, and the module path, as far as they
     * are there and this user can read them. It is for {@link ConfinedThread}. What other class
     * loaders read is for you to grant.
     */
    public Builder readClasses() {
      ClassFiles.ofThisMachine().forEach(this::readIfPresent);
      return this;
    }

    /** Grants reading and executing. */
    public Builder readExecute(Path path) {
      return add(PathGrant.of(path, Intent.READ_EXECUTE));
    }

    /** As {@link #readExecute}, if the path is there. */
    public Builder readExecuteIfPresent(Path path) {
      return add(PathGrant.ifPresent(path, Intent.READ_EXECUTE));
    }

    /**
     * Grants reading and writing, and beneath a directory creating (but no devices), removing and
     * renaming. Never executing.
     */
    public Builder readWrite(Path path) {
      return add(PathGrant.of(path, Intent.READ_WRITE));
    }

    /**
     * Grants what {@link #readWrite} does, and executing: whoever may write there decides what can
     * be executed.
     */
    public Builder readWriteExecute(Path path) {
      return add(PathGrant.of(path, Intent.READ_WRITE_EXECUTE));
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
      return add(PathGrant.at(path, inside, Intent.READ_EXECUTE));
    }

    /** As {@link #readExecuteAt}, for reading and writing. */
    public Builder readWriteAt(Path path, Path inside) {
      return add(PathGrant.at(path, inside, Intent.READ_WRITE));
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
      return add(PathGrant.made(inside, rights));
    }

    /** As {@link #grantMade}, with the rights of {@link #readWrite}, on a directory. */
    public Builder readWriteMade(Path inside) {
      return grantMade(Intent.READ_WRITE.rights(), inside);
    }

    /** Grants reading from and writing to a device such as {@code /dev/null}, without ioctls. */
    public Builder device(Path path) {
      return add(PathGrant.of(path, Intent.DEVICE));
    }

    /** As {@link #device}, if the path is there. */
    public Builder deviceIfPresent(Path path) {
      return add(PathGrant.ifPresent(path, Intent.DEVICE));
    }

    /** Grants reading from and writing to a device such as a terminal, and its ioctls. */
    public Builder deviceWithIoctl(Path path) {
      return add(PathGrant.of(path, Intent.DEVICE_WITH_IOCTL));
    }

    /** As {@link #deviceWithIoctl}, if the path is there. */
    public Builder deviceWithIoctlIfPresent(Path path) {
      return add(PathGrant.ifPresent(path, Intent.DEVICE_WITH_IOCTL));
    }

    /** Grants connecting to a Unix socket, or to all that lie beneath a directory. */
    public Builder connectUnix(Path path) {
      return add(PathGrant.of(path, Intent.CONNECT_UNIX));
    }

    /**
     * Grants exactly these rights. All of them must be handled, and on something that is not a
     * directory {@link LandlockPolicy#on} refuses those that only directories have.
     *
     * <p>As with all grants, the kernel's rule is on the directory, not on its path: where mounts
     * give it other names, what is mounted beneath those is reached, too.
     */
    public Builder grant(Set<FsRight> rights, Path path) {
      return add(PathGrant.exactly(path, rights));
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
      draft.grant(rights, port);
      return this;
    }

    /**
     * {@return the policy}
     *
     * @throws IllegalArgumentException if it restricts nothing, or grants what it does not handle
     */
    public LandlockPolicy build() {
      return new LandlockPolicy(draft.terms());
    }
  }
}
