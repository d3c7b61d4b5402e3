package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.DocumentFile;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
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
  private final Mode mode;
  private final @Nullable String workspace;
  private final Filesystem filesystem;
  private final Network network;
  private final AuditSettings audit;
  private final Map<Resource, Limit> limits;
  private final TreeLimits treeLimits;
  private final Environment environment;
  private final Enforcement enforcement;
  private final Isolation isolation;
  private final Set<Capability> capabilities;
  private final @Nullable String hostname;
  private final @Nullable Duration timeout;
  private final Set<StreamKind> streams;

  private Policy(Builder builder) {
    mode = builder.mode;
    workspace = builder.workspace;
    filesystem = builder.filesystem;
    network = builder.network;
    audit = builder.audit;
    limits = Collections.unmodifiableMap(new EnumMap<>(builder.limits));
    treeLimits = builder.treeLimits;
    environment = builder.environment;
    enforcement = builder.enforcement;
    isolation = builder.isolation;
    capabilities = Collections.unmodifiableSet(EnumSet.copyOf(builder.capabilities));
    hostname = builder.hostname;
    timeout = builder.timeout;
    streams = Collections.unmodifiableSet(EnumSet.copyOf(builder.streams));
  }

  /** {@return a builder with the closed default policy in it} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Reads a policy file. Nothing is ever written to it, and nothing weaker is used when it is
   * wrong.
   *
   * @param file a regular file of at most 1 MiB of UTF-8 text
   * @return the policy
   * @throws PolicyException when the file cannot be read or the policy is wrong, with everything
   *     that is
   */
  public static Policy load(Path file) throws PolicyException {
    try {
      return PolicyReader.read(DocumentFile.read(file), OsText.show(file));
    } catch (DocumentException e) {
      throw new PolicyException(e);
    }
  }

  /**
   * Reads a policy from text.
   *
   * @param toml TOML 1.1; a byte order mark before it is ignored
   * @param sourceName how messages call the text, such as a file name
   * @return the policy
   * @throws PolicyException when the policy is wrong, with everything that is
   */
  public static Policy parse(String toml, String sourceName) throws PolicyException {
    try {
      return PolicyReader.read(toml, sourceName);
    } catch (DocumentException e) {
      throw new PolicyException(e);
    }
  }

  /**
   * {@return the whole policy, defaults included, as TOML that {@link #parse} reads back to an
   * equal policy}
   */
  public String toToml() {
    return PolicyWriter.write(this);
  }

  /** {@return how much the command may change} */
  public Mode mode() {
    return mode;
  }

  /** {@return the workspace as written; empty for the working directory of the caller} */
  public Optional<String> workspace() {
    return Optional.ofNullable(workspace);
  }

  /** {@return the paths that are granted and blocked} */
  public Filesystem filesystem() {
    return filesystem;
  }

  /** {@return what sockets may reach} */
  public Network network() {
    return network;
  }

  /** {@return what is logged} */
  public AuditSettings audit() {
    return audit;
  }

  /** {@return the resource limits; unmodifiable, in the order of the enum} */
  public Map<Resource, Limit> limits() {
    return limits;
  }

  /** {@return the limits that all processes of a run have together} */
  public TreeLimits treeLimits() {
    return treeLimits;
  }

  /** {@return which environment variables the command sees} */
  public Environment environment() {
    return environment;
  }

  /** {@return how strictly each protection is asked for} */
  public Enforcement enforcement() {
    return enforcement;
  }

  /** {@return the kernel machinery} */
  public Isolation isolation() {
    return isolation;
  }

  /**
   * {@return the capabilities that the command keeps inside its own user namespace; unmodifiable}
   */
  public Set<Capability> capabilities() {
    return capabilities;
  }

  /** {@return the host name that the command sees with isolation namespace, if it was set} */
  public Optional<String> hostname() {
    return Optional.ofNullable(hostname);
  }

  /** {@return the wall clock time after which the run is ended} */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeout);
  }

  /** {@return what standard streams may be besides what is harmless; unmodifiable} */
  public Set<StreamKind> streams() {
    return streams;
  }

  /** {@return a builder with this policy in it} */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.mode = mode;
    builder.workspace = workspace;
    builder.filesystem = filesystem;
    builder.network = network;
    builder.audit = audit;
    builder.limits.putAll(limits);
    builder.treeLimits = treeLimits;
    builder.environment = environment;
    builder.enforcement = enforcement;
    builder.isolation = isolation;
    builder.capabilities.addAll(capabilities);
    builder.hostname = hostname;
    builder.timeout = timeout;
    builder.streams.addAll(streams);
    return builder;
  }

  private List<@Nullable Object> fields() {
    List<@Nullable Object> fields = new ArrayList<>();
    Collections.addAll(fields, mode, workspace, filesystem, network, audit);
    Collections.addAll(fields, limits, treeLimits, environment, enforcement, isolation, timeout);
    Collections.addAll(fields, capabilities, hostname, streams);
    return fields;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Policy policy && fields().equals(policy.fields());
  }

  @Override
  public int hashCode() {
    return fields().hashCode();
  }

  /** {@return the policy as TOML} */
  @Override
  public String toString() {
    return toToml();
  }

  /** Makes policies. Not for use by several threads at once. */
  public static final class Builder {
    private Mode mode = Mode.READONLY;
    private @Nullable String workspace;
    private Filesystem filesystem = Filesystem.DEFAULT;
    private Network network = Network.DEFAULT;
    private AuditSettings audit = AuditSettings.DEFAULT;
    private final EnumMap<Resource, Limit> limits = new EnumMap<>(Resource.class);
    private TreeLimits treeLimits = TreeLimits.NONE;
    private Environment environment = Environment.DEFAULT;
    private Enforcement enforcement = Enforcement.DEFAULT;
    private Isolation isolation = Isolation.BASIC;
    private final EnumSet<Capability> capabilities = EnumSet.noneOf(Capability.class);
    private @Nullable String hostname;
    private @Nullable Duration timeout;
    private final EnumSet<StreamKind> streams = EnumSet.noneOf(StreamKind.class);

    private Builder() {}

    /** {@return this, after setting how much the command may change} */
    public Builder mode(Mode value) {
      mode = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets the workspace; without one it is the working directory of the caller.
     *
     * @param value a path; {@code ~} and relative paths are resolved when a sandbox is made
     * @return this
     * @throws IllegalArgumentException when the path has a wrong form
     */
    public Builder workspace(String value) {
      workspace = PolicyPath.canonical(value);
      PolicyPath.check(workspace);
      return this;
    }

    /** {@return this, after setting all granted and blocked paths} */
    public Builder filesystem(Filesystem value) {
      filesystem = Objects.requireNonNull(value);
      return this;
    }

    /** {@return this, after adding paths that may be read} */
    public Builder readOnly(String... paths) {
      Filesystem f = filesystem;
      return filesystem(
          new Filesystem(
              plus(f.readOnly(), paths),
              f.readExecute(),
              f.readWrite(),
              f.blocked(),
              f.bindMounts(),
              f.temporarySize()));
    }

    /** {@return this, after adding paths that may be read and executed} */
    public Builder readExecute(String... paths) {
      Filesystem f = filesystem;
      return filesystem(
          new Filesystem(
              f.readOnly(),
              plus(f.readExecute(), paths),
              f.readWrite(),
              f.blocked(),
              f.bindMounts(),
              f.temporarySize()));
    }

    /** {@return this, after adding paths that may be read and changed} */
    public Builder readWrite(String... paths) {
      Filesystem f = filesystem;
      return filesystem(
          new Filesystem(
              f.readOnly(),
              f.readExecute(),
              plus(f.readWrite(), paths),
              f.blocked(),
              f.bindMounts(),
              f.temporarySize()));
    }

    /** {@return this, after adding paths and patterns that stay closed} */
    public Builder blocked(String... paths) {
      Filesystem f = filesystem;
      return filesystem(
          new Filesystem(
              f.readOnly(),
              f.readExecute(),
              f.readWrite(),
              plus(f.blocked(), paths),
              f.bindMounts(),
              f.temporarySize()));
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
      Filesystem f = filesystem;
      List<Filesystem.Bind> binds = new ArrayList<>(f.bindMounts());
      binds.add(new Filesystem.Bind(host, inside, writable));
      return filesystem(
          new Filesystem(
              f.readOnly(), f.readExecute(), f.readWrite(), f.blocked(), binds, f.temporarySize()));
    }

    /**
     * Limits what the command's own {@code /tmp} and {@code /dev/shm} can hold together; needs
     * isolation namespace.
     *
     * @param bytes above zero
     * @return this
     */
    public Builder temporarySize(long bytes) {
      Filesystem f = filesystem;
      return filesystem(
          new Filesystem(
              f.readOnly(),
              f.readExecute(),
              f.readWrite(),
              f.blocked(),
              f.bindMounts(),
              OptionalLong.of(bytes)));
    }

    /** {@return this, after setting what sockets may reach} */
    public Builder network(Network value) {
      network = Objects.requireNonNull(value);
      return this;
    }

    /**
     * {@return this, after setting which internet sockets work, leaving the other network settings
     * alone}
     */
    public Builder network(Network.Access access) {
      return network(
          new Network(
              Objects.requireNonNull(access),
              network.allowUnixSockets(),
              network.logNetwork(),
              network.commandRules()));
    }

    /** {@return this, after adding a rule on the command line after those that are there} */
    public Builder rule(CommandRule rule) {
      List<CommandRule> rules = new ArrayList<>(network.commandRules());
      rules.add(rule);
      return network(
          new Network(network.access(), network.allowUnixSockets(), network.logNetwork(), rules));
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
      LimitText.check(resource, limit);
      limits.put(resource, limit);
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
      EnumMap<TreeLimit, Long> values = new EnumMap<>(TreeLimit.class);
      values.putAll(treeLimits.values());
      if (value == Limit.UNLIMITED) {
        values.remove(limit);
      } else {
        values.put(limit, value);
      }
      return treeLimits(new TreeLimits(values));
    }

    /** {@return this, after replacing all limits that all processes of a run have together} */
    public Builder treeLimits(TreeLimits values) {
      treeLimits = Objects.requireNonNull(values);
      return this;
    }

    /**
     * Replaces all resource limits.
     *
     * @param values as for {@link #limit(Resource, Limit)}
     * @return this
     * @throws IllegalArgumentException when a number is too large
     */
    public Builder limits(Map<Resource, Limit> values) {
      // The argument may be a view of these very limits.
      Map<Resource, Limit> copy = Map.copyOf(values);
      copy.forEach(LimitText::check);
      limits.clear();
      limits.putAll(copy);
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
     * @return this
     * @throws IllegalArgumentException when the protection cannot be off and the requirement is
     *     {@link Requirement#OFF}
     */
    public Builder enforcement(Protection protection, Requirement requirement) {
      EnumMap<Protection, Requirement> overrides = new EnumMap<>(Protection.class);
      overrides.putAll(enforcement.overrides());
      overrides.put(protection, requirement);
      return enforcement(new Enforcement(enforcement.level(), overrides));
    }

    /** {@return this, after setting the kernel machinery} */
    public Builder isolation(Isolation value) {
      isolation = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Lets the command keep capabilities, which it loses all if not; needs isolation namespace.
     * They hold for what belongs to its own namespaces, such as its network, and never for the
     * host.
     *
     * @return this
     */
    public Builder capability(Capability... kept) {
      Collections.addAll(capabilities, kept);
      return this;
    }

    /**
     * Sets the host name that the command sees, {@code sandbox} if it is not set; needs isolation
     * namespace.
     *
     * @param value 1 to 64 bytes of letters, digits, dots, hyphens and underscores
     * @return this
     * @throws IllegalArgumentException when it has another form
     */
    public Builder hostname(String value) {
      HostName.check(value);
      hostname = value;
      return this;
    }

    /**
     * Sets the wall clock time after which the run is ended.
     *
     * @param value whole milliseconds, above zero
     * @return this
     * @throws IllegalArgumentException when the duration is not such
     */
    public Builder timeout(Duration value) {
      timeout = Durations.check(value);
      return this;
    }

    /**
     * Lets standard streams be what is refused otherwise, because it gives the command more than
     * the rest of the policy.
     *
     * @return this
     */
    public Builder allowStream(StreamKind... kinds) {
      Collections.addAll(streams, kinds);
      return this;
    }

    /** {@return the policy} */
    public Policy build() {
      return new Policy(this);
    }

    private static List<String> plus(List<String> paths, String... more) {
      List<String> all = new ArrayList<>(paths);
      Collections.addAll(all, more);
      return all;
    }
  }
}
