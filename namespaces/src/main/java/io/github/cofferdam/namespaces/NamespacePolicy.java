package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which namespaces a sandbox gets, and how they are furnished: an immutable value.
 *
 * <p>The user namespace comes first, with its id maps, because it is what lets the others be made
 * without privilege. What has to be done inside the process-id namespace is a program of its own,
 * for its init.
 */
public final class NamespacePolicy {
  private static final Arg NULL = Arg.of(0, "NULL");
  private static final Arg ZERO = Arg.of(0);
  private static final Arg AT_FDCWD = Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD");

  /** AF_INET and SOCK_DGRAM are ABI but in no UAPI header: linux/socket.h, linux/net.h. */
  private static final int AF_INET = 2;

  private static final int SOCK_DGRAM = 2;

  /** struct ifreq: | name 16 | flags 16 bit ... |, 40 bytes (linux/if.h). */
  private static final int IFREQ_SIZE = 40;

  private static final int IFREQ_FLAGS = 16;

  private final Set<Namespace> namespaces;
  private final IdMap uidMap;
  private final IdMap gidMap;
  private final Optional<String> hostname;
  private final boolean loopback;
  private final Optional<UserNamespace> user;
  private final Optional<TimeOffsets> offsets;
  private final boolean nested;

  /** How far the clocks of a time namespace are off those outside. */
  private record TimeOffsets(Duration monotonic, Duration boottime) {
    @Override
    public String toString() {
      return line("monotonic", monotonic) + line("boottime", boottime);
    }

    private static String line(String clock, Duration offset) {
      return clock + " " + offset.getSeconds() + " " + offset.getNano() + "\n";
    }
  }

  private NamespacePolicy(Builder builder) {
    namespaces =
        builder.namespaces.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(builder.namespaces));
    uidMap = builder.uidMap.orElseGet(() -> IdMap.single(self("geteuid"), self("geteuid")));
    gidMap = builder.gidMap.orElseGet(() -> IdMap.single(self("getegid"), self("getegid")));
    hostname = builder.hostname;
    loopback = builder.loopback;
    user = builder.user;
    offsets = builder.offsets;
    nested = builder.nested;
    require(offsets.isEmpty() || namespaces.contains(Namespace.TIME), "an offset", Namespace.TIME);
    require(
        nested || namespaces.contains(Namespace.USER),
        "to forbid more user namespaces",
        Namespace.USER);
    if (user.isPresent() && (builder.uidMap.isPresent() || builder.gidMap.isPresent())) {
      throw new IllegalArgumentException("a user namespace that is entered has its maps already");
    }
    require(hostname.isEmpty() || namespaces.contains(Namespace.UTS), "a host name", Namespace.UTS);
    require(!loopback || namespaces.contains(Namespace.NETWORK), "a loopback", Namespace.NETWORK);
    require(
        !namespaces.contains(Namespace.PID) || namespaces.contains(Namespace.MOUNT),
        "a process-id namespace, whose /proc must be its own,",
        Namespace.MOUNT);
  }

  /** {@return a builder of a policy without namespaces; ids map to themselves} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return whether {@link Builder#nestedUserNamespaces} can forbid on this host: whether there is
   * a limit, in a {@code /proc/sys} that can be written to}
   */
  public static boolean canForbidNested() {
    Syscall.require();
    return NestedLimit.isWritable();
  }

  /** {@return a builder that begins with this policy} */
  public Builder toBuilder() {
    var builder = new Builder();
    builder.namespaces.addAll(namespaces);
    builder.user = user;
    if (user.isEmpty()) {
      builder.uidMap = Optional.of(uidMap);
      builder.gidMap = Optional.of(gidMap);
    }
    builder.offsets = offsets;
    builder.nested = nested;
    builder.hostname = hostname;
    builder.loopback = loopback;
    return builder;
  }

  /** {@return the namespaces} */
  public Set<Namespace> namespaces() {
    return namespaces;
  }

  /** {@return what the launcher does, before init is started if there is a process-id namespace} */
  public SetupProgram launcherProgram() {
    return program(namespaces);
  }

  /** What makes and furnishes some of the namespaces. */
  SetupProgram program(Set<Namespace> wanted) {
    var steps = new ArrayList<Step>();
    if (wanted.contains(Namespace.USER)) {
      enterUsers(steps);
    }
    addOthers(steps, wanted);
    // In a mount namespace of another user namespace, the kernel has done this already.
    if (wanted.contains(Namespace.MOUNT) && !namespaces.contains(Namespace.USER)) {
      steps.add(
          Step.of(
              "mount",
              "keep mounts inside the sandbox",
              NULL,
              Memory.text("/"),
              NULL,
              Arg.of(Uapi.MS_REC() | Uapi.MS_SLAVE(), "MS_REC|MS_SLAVE"),
              NULL));
    }
    furnish(steps, wanted);
    return new SetupProgram(steps);
  }

  /**
   * What makes and furnishes the namespaces that a sandbox does not have in common with others. Its
   * mounts are a copy in any case.
   */
  SetupProgram rest(Set<Namespace> common) {
    var wanted = EnumSet.noneOf(Namespace.class);
    wanted.addAll(namespaces);
    wanted.removeAll(common);
    wanted.add(Namespace.MOUNT);
    var steps = new ArrayList<Step>();
    addOthers(steps, wanted);
    furnish(steps, wanted);
    return new SetupProgram(steps);
  }

  private void enterUsers(List<Step> steps) {
    if (user.isPresent()) {
      Slot file = Slot.named("users");
      steps.add(NamespaceSteps.open(user.get().path(), file));
      steps.add(NamespaceSteps.enter(file, Namespace.USER));
      steps.add(Step.close(file));
    } else {
      steps.add(NamespaceSteps.unshare(EnumSet.of(Namespace.USER)));
      // Without this the kernel accepts no gid_map of an unprivileged user; see user_namespaces(7).
      write(steps, "/proc/self/setgroups", "deny");
      write(steps, "/proc/self/uid_map", uidMap.toString());
      write(steps, "/proc/self/gid_map", gidMap.toString());
    }
    if (!nested) {
      // The limit is that of the namespace whose process writes it.
      write(steps, NestedLimit.PATH, "0");
    }
  }

  private static void addOthers(List<Step> steps, Set<Namespace> wanted) {
    var others = EnumSet.noneOf(Namespace.class);
    others.addAll(wanted);
    others.remove(Namespace.USER);
    if (!others.isEmpty()) {
      steps.add(NamespaceSteps.unshare(others));
    }
  }

  private void furnish(List<Step> steps, Set<Namespace> wanted) {
    if (offsets.isPresent() && wanted.contains(Namespace.TIME)) {
      write(steps, "/proc/self/timens_offsets", offsets.get().toString());
    }
    if (hostname.isPresent() && wanted.contains(Namespace.UTS)) {
      String name = hostname.get();
      steps.add(
          Step.of(
              "sethostname",
              "set the host name",
              Memory.text(name),
              Arg.of(name.getBytes(StandardCharsets.UTF_8).length)));
    }
    if (loopback && wanted.contains(Namespace.NETWORK)) {
      loopbackUp(steps);
    }
  }

  private static void write(List<Step> steps, String path, String content) {
    Slot file = Slot.named(path.substring(path.lastIndexOf('/') + 1));
    byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
    steps.add(
        Step.of(
                "openat",
                "open " + path,
                AT_FDCWD,
                Memory.text(path),
                Arg.of(Uapi.O_WRONLY() | Uapi.O_CLOEXEC(), "O_WRONLY|O_CLOEXEC"))
            .opening(file));
    steps.add(
        Step.of(
            "write",
            "write " + path,
            file,
            Memory.of(bytes, Memory.text(content).display()),
            Arg.of(bytes.length)));
    steps.add(Step.close(file));
  }

  private static void loopbackUp(List<Step> steps) {
    Slot socket = Slot.named("socket");
    steps.add(
        Step.of(
                "socket",
                "open a socket to configure the loopback",
                Arg.of(AF_INET, "AF_INET"),
                Arg.of(SOCK_DGRAM | Uapi.O_CLOEXEC(), "SOCK_DGRAM|SOCK_CLOEXEC"),
                ZERO)
            .opening(socket));
    steps.add(
        Step.of(
            "ioctl",
            "start the loopback",
            socket,
            Arg.of(Uapi.SIOCSIFFLAGS(), "SIOCSIFFLAGS"),
            Memory.ofSize(IFREQ_SIZE)
                .bytes(0, new byte[] {'l', 'o'})
                .int16(IFREQ_FLAGS, Uapi.IFF_UP())
                .build("{ifr_name=\"lo\", ifr_flags=IFF_UP}")));
    steps.add(Step.close(socket));
  }

  private static void require(boolean holds, String what, Namespace namespace) {
    if (!holds) {
      throw new IllegalArgumentException(what + " needs the namespace " + namespace);
    }
  }

  private static long self(String call) {
    return Syscall.call(Syscall.number(call));
  }

  /** Collects a policy. */
  public static final class Builder {
    private final EnumSet<Namespace> namespaces = EnumSet.noneOf(Namespace.class);
    private Optional<IdMap> uidMap = Optional.empty();
    private Optional<IdMap> gidMap = Optional.empty();
    private Optional<String> hostname = Optional.empty();
    private boolean loopback;
    private Optional<UserNamespace> user = Optional.empty();
    private Optional<TimeOffsets> offsets = Optional.empty();
    private boolean nested = true;

    private Builder() {}

    /** Adds namespaces. */
    public Builder add(Namespace... more) {
      namespaces.addAll(List.of(more));
      return this;
    }

    /**
     * Enters a user namespace that was made beforehand instead of making one. It must stay open
     * until the sandbox has been started.
     */
    public Builder user(UserNamespace made) {
      namespaces.add(Namespace.USER);
      user = Optional.of(made);
      return this;
    }

    /**
     * Sets how far the clocks of the time namespace are ahead of those outside, or behind if
     * negative. A clock cannot be set to a time before its zero.
     *
     * @param monotonic of CLOCK_MONOTONIC
     * @param boottime of CLOCK_BOOTTIME, which is also what {@code /proc/uptime} shows
     */
    public Builder timeOffsets(Duration monotonic, Duration boottime) {
      offsets = Optional.of(new TimeOffsets(monotonic, boottime));
      return this;
    }

    /**
     * Sets whether more user namespaces can be made inside the one of the sandbox; they can if not
     * set. To forbid it, {@code /proc/sys} must be writable to the launcher, which it is not in
     * every container: {@link NamespacePolicy#canForbidNested}.
     */
    public Builder nestedUserNamespaces(boolean allowed) {
      nested = allowed;
      return this;
    }

    /** Sets the user ids; without it, the caller's own maps to itself. */
    public Builder uidMap(IdMap map) {
      uidMap = Optional.of(map);
      return this;
    }

    /** Sets the group ids; without it, the caller's own maps to itself. */
    public Builder gidMap(IdMap map) {
      gidMap = Optional.of(map);
      return this;
    }

    /**
     * Sets the host name; at most 64 bytes.
     *
     * @throws IllegalArgumentException if it is empty or has more than 64 bytes
     */
    public Builder hostname(String name) {
      int length = name.getBytes(StandardCharsets.UTF_8).length;
      if (length == 0 || length > 64) {
        throw new IllegalArgumentException("a host name has 1 to 64 bytes: " + name);
      }
      hostname = Optional.of(name);
      return this;
    }

    /** Starts the loopback device of the network namespace. */
    public Builder loopback(boolean up) {
      loopback = up;
      return this;
    }

    /**
     * {@return the policy}
     *
     * @throws IllegalArgumentException if something is asked for whose namespace is missing
     */
    public NamespacePolicy build() {
      return new NamespacePolicy(this);
    }
  }
}
