package io.github.cofferdam.policy;

import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a command may do: an immutable value, made by {@link #builder} or read from TOML.
 *
 * <p>A policy says what, never how; whether a host can give it is another question, which {@link
 * Enforcement} decides. The default policy is the closed one: read-only, no network, nothing passed
 * on that looks like a secret, every protection required.
 *
 * {@snippet lang="java" :
 * Policy policy = Policy.builder()
 *     .mode(Mode.WORKSPACE_WRITE)
 *     .readOnly("/usr", "/etc")
 *     .limit(Resource.OPEN_FILES, Limit.of(256))
 *     .timeout(Duration.ofSeconds(30))
 *     .build();
 * }
 */
public final class Policy {
  private final PolicyTables own;

  /** What the policy and its presets come to. */
  private final PolicyTables whole;

  private Policy(Builder builder) {
    own = PolicyTables.of(builder);
    whole = own.withPresets();
  }

  /** {@return a builder with the closed default policy in it} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return the policy of a file} Nothing weaker is used when it is wrong.
   *
   * @param file a regular file of at most 1 MiB of UTF-8 text, which is never written to
   * @throws PolicyException when it cannot be read or is wrong, with everything that is
   */
  public static Policy load(Path file) throws PolicyException {
    return PolicyReader.load(file);
  }

  /**
   * {@return the policy of a text}
   *
   * @param toml TOML 1.1; a byte order mark before it is ignored
   * @param sourceName how messages call the text, such as a file name
   * @throws PolicyException when the policy is wrong, with everything that is
   */
  public static Policy parse(String toml, String sourceName) throws PolicyException {
    return PolicyReader.parse(toml, sourceName);
  }

  /**
   * {@return all of it, defaults included, as TOML that {@link #parse} makes an equal policy of}
   */
  public String toToml() {
    return PolicyWriter.write(this);
  }

  /** {@return how much the command may change} */
  public Mode mode() {
    return whole.workspace().mode();
  }

  /** {@return the workspace as written; empty for the working directory of the caller} */
  public Optional<String> workspace() {
    return whole.workspace().path();
  }

  /** {@return the presets that it names} */
  public List<Preset> presets() {
    return whole.workspace().presets();
  }

  /** {@return whether the caches of presets are the host's also when they are written} */
  public boolean sharesCaches() {
    return whole.workspace().shareCaches();
  }

  /** {@return the paths that are granted and blocked, by itself and its presets} */
  public Filesystem filesystem() {
    return whole.filesystem();
  }

  /** {@return the paths that it grants and blocks itself, whatever its presets say} */
  public Filesystem ownFilesystem() {
    return own.filesystem();
  }

  /** {@return what sockets may reach} */
  public Network network() {
    return whole.network();
  }

  /** {@return what is logged} */
  public AuditSettings audit() {
    return whole.audit();
  }

  /** {@return the resource limits; unmodifiable, in the order of the enum} */
  public Map<Resource, Limit> limits() {
    return whole.limits().each();
  }

  /** {@return the limits that all processes of a run have together} */
  public TreeLimits treeLimits() {
    return whole.limits().together();
  }

  /** {@return which environment variables the command sees, by itself and its presets} */
  public Environment environment() {
    return whole.environment();
  }

  /** {@return how strictly each protection is asked for} */
  public Enforcement enforcement() {
    return whole.enforcement();
  }

  /** {@return the kernel machinery} */
  public Isolation isolation() {
    return whole.isolation().type();
  }

  /** {@return the capabilities that the command keeps in its user namespace; unmodifiable} */
  public Set<Capability> capabilities() {
    return whole.isolation().capabilities();
  }

  /** {@return the host name that the command sees with isolation namespace, if it was set} */
  public Optional<String> hostname() {
    return whole.isolation().hostname();
  }

  /** {@return whether the command's processes may trace those that they start, for debuggers} */
  public boolean debug() {
    return whole.isolation().debug();
  }

  /** {@return when the run is ended, and how} */
  public TimeoutSettings timeout() {
    return whole.timeout();
  }

  /** {@return what standard streams may be besides what is harmless; unmodifiable} */
  public Set<StreamKind> streams() {
    return whole.streams();
  }

  /** {@return the seccomp profile that holds behind the baseline} */
  public SeccompSettings seccomp() {
    return whole.seccomp();
  }

  /** {@return a builder with this policy in it} */
  public Builder toBuilder() {
    return own.toBuilder();
  }

  @Override
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public boolean equals(@Nullable Object other) {
    return other instanceof Policy policy && whole.equals(policy.whole);
  }

  @Override
  public int hashCode() {
    return whole.hashCode();
  }

  /** {@return the policy as TOML} */
  @Override
  public String toString() {
    return toToml();
  }

  /** Makes policies. Not for use by several threads at once. */
  public static final class Builder {
    // What PolicyKeys reads into.
    Workspace workspace = Workspace.DEFAULT;
    Filesystem filesystem = Filesystem.DEFAULT;
    Network network = Network.DEFAULT;
    AuditSettings audit = AuditSettings.DEFAULT;
    Limits limits = Limits.NONE;
    Environment environment = Environment.DEFAULT;
    Enforcement enforcement = Enforcement.DEFAULT;
    IsolationSettings isolation = IsolationSettings.DEFAULT;
    TimeoutSettings timeout = TimeoutSettings.DEFAULT;
    Set<StreamKind> streams = Set.of();
    SeccompSettings seccomp = SeccompSettings.NONE;

    private Builder() {}

    /** {@return this, after setting how much the command may change} */
    public Builder mode(Mode value) {
      workspace = workspace.withMode(value);
      return this;
    }

    /**
     * {@return this, after setting the workspace}; without one it is the caller's directory.
     *
     * @param value a path; {@code ~} and relative paths are resolved when a sandbox is made
     * @throws IllegalArgumentException when the path has a wrong form
     */
    public Builder workspace(String value) {
      workspace = workspace.withPath(value);
      return this;
    }

    /** {@return this, after setting exactly this path as the workspace} */
    public Builder workspace(Path value) {
      return workspace(Filesystem.text(value));
    }

    /** {@return this, after adding presets} */
    public Builder presets(Preset... named) {
      workspace = workspace.plus(List.of(named));
      return this;
    }

    /** {@return this, after having caches of presets written on the host, or not} */
    public Builder shareCaches(boolean shared) {
      workspace = workspace.withShareCaches(shared);
      return this;
    }

    /** {@return this, after setting all granted and blocked paths} */
    public Builder filesystem(Filesystem value) {
      filesystem = Objects.requireNonNull(value);
      return this;
    }

    /** {@return this, after adding paths that may be read} */
    public Builder readOnly(String... paths) {
      return filesystem(filesystem.withReadOnly(plus(filesystem.readOnly(), List.of(paths))));
    }

    /** {@return the same, for exactly these paths} */
    public Builder readOnly(Path... paths) {
      return readOnly(texts(paths));
    }

    /** {@return this, after adding paths that may be read and executed} */
    public Builder readExecute(String... paths) {
      return filesystem(filesystem.withReadExecute(plus(filesystem.readExecute(), List.of(paths))));
    }

    /** {@return the same, for exactly these paths} */
    public Builder readExecute(Path... paths) {
      return readExecute(texts(paths));
    }

    /** {@return this, after adding paths that may be read and changed} */
    public Builder readWrite(String... paths) {
      return filesystem(filesystem.withReadWrite(plus(filesystem.readWrite(), List.of(paths))));
    }

    /** {@return the same, for exactly these paths} */
    public Builder readWrite(Path... paths) {
      return readWrite(texts(paths));
    }

    /** {@return this, after adding directories whose changes are gone when the run ends} */
    public Builder overlay(String... paths) {
      return filesystem(filesystem.withOverlay(plus(filesystem.overlay(), List.of(paths))));
    }

    /** {@return the same, for exactly these paths} */
    public Builder overlay(Path... paths) {
      return overlay(texts(paths));
    }

    /** {@return this, after adding paths and patterns that stay closed} */
    public Builder blocked(String... paths) {
      return filesystem(filesystem.withBlocked(plus(filesystem.blocked(), List.of(paths))));
    }

    /** {@return the same, for exactly these paths} */
    public Builder blocked(Path... paths) {
      return blocked(texts(paths));
    }

    /**
     * Has the command see a file or tree of the host at another path; needs isolation namespace.
     *
     * @param host where it is
     * @param inside where the command sees it: absolute
     * @param writable whether it may be changed
     * @return this
     * @throws IllegalArgumentException when a path has a wrong form or is bound already
     */
    public Builder bind(String host, String inside, boolean writable) {
      return bind(new Filesystem.Bind(host, inside, writable));
    }

    /** {@return the same, for exactly these paths} */
    public Builder bind(Path host, Path inside, boolean writable) {
      return bind(new Filesystem.Bind(host, inside, writable));
    }

    private Builder bind(Filesystem.Bind bind) {
      return filesystem(filesystem.withBindMounts(plus(filesystem.bindMounts(), List.of(bind))));
    }

    /** {@return this, with another {@link Filesystem#temporarySize}, in bytes, above zero} */
    public Builder temporarySize(long bytes) {
      return filesystem(filesystem.withTemporarySize(bytes));
    }

    /** {@return this, after setting what sockets may reach} */
    public Builder network(Network value) {
      network = Objects.requireNonNull(value);
      return this;
    }

    /** {@return this, after setting which internet sockets work, and no other network setting} */
    public Builder network(Network.Access access) {
      return network(network.withAccess(access));
    }

    /** {@return this, after adding a rule on the command line after those that are there} */
    public Builder rule(CommandRule rule) {
      return network(network.withCommandRules(plus(network.commandRules(), List.of(rule))));
    }

    /** {@return this, after setting what is logged} */
    public Builder audit(AuditSettings value) {
      audit = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets one resource limit.
     *
     * @param resource what is limited
     * @param limit numbers as {@link LimitText} takes them, at most
     * @return this
     * @throws IllegalArgumentException when a number is too large
     */
    public Builder limit(Resource resource, Limit limit) {
      limits = limits.with(resource, limit);
      return this;
    }

    /**
     * Sets a limit that all processes of a run have together.
     *
     * @param limit the limit
     * @param value in its unit, at least 1; {@link Limit#UNLIMITED} takes the limit away
     * @return this
     * @throws IllegalArgumentException when the value is out of range
     */
    public Builder limit(TreeLimit limit, long value) {
      limits = limits.with(limit, value);
      return this;
    }

    /** {@return this, after replacing all limits that all processes of a run have together} */
    public Builder treeLimits(TreeLimits values) {
      limits = limits.withTogether(values);
      return this;
    }

    /**
     * {@return this, after replacing all resource limits}
     *
     * @throws IllegalArgumentException when a number is too large
     */
    public Builder limits(Map<Resource, Limit> values) {
      limits = limits.withEach(values);
      return this;
    }

    /** {@return this, after setting which environment variables the command sees} */
    public Builder environment(Environment value) {
      environment = Objects.requireNonNull(value);
      return this;
    }

    /** {@return this, after setting how strictly each protection is asked for} */
    public Builder enforcement(Enforcement value) {
      enforcement = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets how strictly one protection is asked for.
     *
     * @param protection the protection
     * @param requirement what is asked
     * @throws IllegalArgumentException when the protection cannot be off and the requirement is
     *     {@link Requirement#OFF}
     */
    public Builder enforcement(Protection protection, Requirement requirement) {
      return enforcement(enforcement.with(protection, requirement));
    }

    /** {@return this, after setting the kernel machinery} */
    public Builder isolation(Isolation value) {
      isolation = isolation.withType(value);
      return this;
    }

    /**
     * Lets the command keep capabilities, which it loses all if not; needs isolation namespace.
     * They hold for what belongs to its own namespaces, such as its network, and never for the
     * host.
     */
    public Builder capability(Capability... kept) {
      isolation = isolation.keeping(List.of(kept));
      return this;
    }

    /**
     * Sets the host name inside, {@code sandbox} if it is not set; needs isolation namespace.
     *
     * @param value 1 to 64 bytes of letters, digits, dots, hyphens and underscores
     * @throws IllegalArgumentException when it has another form
     */
    public Builder hostname(String value) {
      isolation = isolation.withHostname(value);
      return this;
    }

    /**
     * {@return this, after setting the wall clock time after which the run is ended}
     *
     * @throws IllegalArgumentException when it is not above zero, and in whole milliseconds
     */
    public Builder timeout(Duration value) {
      return timeout(timeout.withWall(value));
    }

    /** {@return this, after letting the command's processes trace those that they start, or not} */
    public Builder debug(boolean allowed) {
      isolation = isolation.withDebug(allowed);
      return this;
    }

    /** {@return this, after setting when the run is ended, and how} */
    public Builder timeout(TimeoutSettings value) {
      timeout = Objects.requireNonNull(value);
      return this;
    }

    /** {@return this, after allowing standard streams that give the command more than the rest} */
    public Builder allowStream(StreamKind... kinds) {
      streams = new TreeSet<>(streams);
      Collections.addAll(streams, kinds);
      return this;
    }

    /** {@return this, after setting the seccomp profile that holds behind the baseline} */
    public Builder seccomp(SeccompSettings value) {
      seccomp = Objects.requireNonNull(value);
      return this;
    }

    /**
     * {@return the policy}
     *
     * @throws IllegalArgumentException when it contradicts its presets, or these each other
     */
    public Policy build() {
      return new Policy(this);
    }

    private static <T> List<T> plus(List<T> some, List<T> more) {
      return Stream.concat(some.stream(), more.stream()).toList();
    }

    private static String[] texts(Path... paths) {
      return Stream.of(paths).map(Filesystem::text).toArray(String[]::new);
    }
  }
}
