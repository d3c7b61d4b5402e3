package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.landlock_net_port_attr;
import io.github.cofferdam.bindings.uapi.landlock_path_beneath_attr;
import io.github.cofferdam.bindings.uapi.landlock_ruleset_attr;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The system calls of one ruleset.
 *
 * <p>The ruleset attributes always have the size that the newest known kernel has: an older kernel
 * accepts a longer structure whose tail is zero. At most two descriptors are open at a time.
 */
final class RulesetSteps {
  /** LANDLOCK_MAX_NUM_LAYERS of security/landlock/limits.h. */
  static final int MAX_LAYERS = 16;

  static final String RESTRICT_CALL = "landlock_restrict_self";

  /** What {@link #verify} fails with when something else is at a path. */
  static final String VERIFY_CALL = "statx";

  private static final Arg NO_FLAGS = Arg.of(0);

  /**
   * The path was free of symbolic links when it was looked up, so one that is there now is refused.
   *
   * <pre>
   * struct open_how:  0 | flags 64 | mode 64 | resolve 64 |  24
   * </pre>
   */
  private static final Memory HOW =
      Memory.ofSize(StatLayout.OPEN_HOW_SIZE)
          .int64(StatLayout.OPEN_HOW_FLAGS, Uapi.O_PATH() | Uapi.O_CLOEXEC())
          .int64(
              StatLayout.OPEN_HOW_RESOLVE,
              Uapi.RESOLVE_NO_SYMLINKS() | Uapi.RESOLVE_NO_MAGICLINKS())
          .build("{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS}");

  private static final Arg PLAIN =
      Arg.of(
          Uapi.O_PATH() | Arch.host().openNoFollow() | Uapi.O_CLOEXEC(),
          "O_PATH|O_NOFOLLOW|O_CLOEXEC");

  private static final int LOOKED_AT =
      Uapi.STATX_TYPE()
          | Uapi.STATX_MODE()
          | Uapi.STATX_NLINK()
          | Uapi.STATX_INO()
          | Uapi.STATX_BTIME();

  private final Memory status = Memory.ofSize(StatLayout.STATX_SIZE).build("{...}");
  private final Slot ruleset = Slot.named("ruleset");
  private final List<Step> steps = new ArrayList<>();

  /**
   * Creates the ruleset.
   *
   * <pre>
   * struct landlock_ruleset_attr:
   *    0 | handled_access_fs 64 | handled_access_net 64 | scoped 64       |
   *   24 | quiet_access_fs 64   | quiet_access_net 64   | quiet_scoped 64 |  48
   * </pre>
   */
  void create(Effective effective) {
    Rights handled = effective.handled();
    Rights quiet = effective.quiet();
    var attributes = new Attributes();
    attributes.set(
        "handled_access_fs", landlock_ruleset_attr.handled_access_fs$offset(), handled.fs());
    attributes.set(
        "handled_access_net", landlock_ruleset_attr.handled_access_net$offset(), handled.net());
    attributes.set("scoped", landlock_ruleset_attr.scoped$offset(), handled.scopes());
    attributes.set("quiet_access_fs", landlock_ruleset_attr.quiet_access_fs$offset(), quiet.fs());
    attributes.set(
        "quiet_access_net", landlock_ruleset_attr.quiet_access_net$offset(), quiet.net());
    attributes.set("quiet_scoped", landlock_ruleset_attr.quiet_scoped$offset(), quiet.scopes());
    steps.add(
        Step.of(
                "landlock_create_ruleset",
                "create a Landlock ruleset",
                attributes.build(),
                Arg.of(landlock_ruleset_attr.sizeof()),
                NO_FLAGS)
            .opening(ruleset));
  }

  /** {@code struct landlock_ruleset_attr}. */
  private static final class Attributes {
    private final Memory.Builder memory = Memory.ofSize(landlock_ruleset_attr.sizeof());
    private final List<String> fields = new ArrayList<>();

    void set(String name, long offset, Set<? extends Feature> features) {
      if (!features.isEmpty()) {
        memory.int64(offset, Names.bits(features));
        fields.add(name + "=" + Names.of(features));
      }
    }

    Memory build() {
      return memory.build("{" + String.join(", ", fields) + "}");
    }
  }

  /**
   * Grants rights on a path and beneath it.
   *
   * <pre>
   * struct landlock_path_beneath_attr, packed:  0 | allowed_access 64 | parent_fd 32 |  12
   * </pre>
   */
  void grantPath(Path path, PathRule rule) {
    Set<FsRight> rights = rule.rights();
    Slot opened = Slot.named("path");
    steps.add(open(path, rule).opening(opened));
    rule.identity().ifPresent(identity -> verify(path, opened, identity));
    steps.add(
        Step.of(
            "landlock_add_rule",
            "grant " + Names.of(rights) + " on " + path,
            ruleset,
            Arg.of(Uapi.LANDLOCK_RULE_PATH_BENEATH(), "LANDLOCK_RULE_PATH_BENEATH"),
            Memory.ofSize(landlock_path_beneath_attr.sizeof())
                .int64(landlock_path_beneath_attr.allowed_access$offset(), Names.bits(rights))
                .descriptor(landlock_path_beneath_attr.parent_fd$offset(), opened)
                .build("{allowed_access=" + Names.of(rights) + ", parent_fd=path}"),
            flags(rule.quiet())));
    steps.add(Step.close(opened));
  }

  /**
   * In a sandbox whose filter lacks openat2, what is opened is what was looked up all the same, if
   * its identity is compared; the root of all paths is no link.
   */
  private static Step open(Path path, PathRule rule) {
    String purpose = "open " + path + ", on which rights are granted";
    Arg current = Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD");
    Memory text = Memory.text(OsText.of(path));
    boolean compared = rule.identity().isPresent() || path.getNameCount() == 0;
    return compared && !Host.OPENAT2
        ? Step.of("openat", purpose, current, text, PLAIN)
        : Step.of("openat2", purpose, current, text, HOW, Arg.of(HOW.size()));
  }

  /** Asked for when a rule is first made. */
  private static final class Host {
    /** It refuses a structure of no size with EINVAL. */
    static final boolean OPENAT2 =
        Syscall.call(Syscall.number("openat2"), -1, 0, 0, 0) != -Errno.ENOSYS.number();

    private Host() {}
  }

  /**
   * Fails with ESTALE unless the opened file is the one that was found when the layer was made.
   *
   * <pre>
   * struct statx:  32 | stx_ino 64 | ... 80 | stx_btime: tv_sec 64, tv_nsec 32 | ...
   *               136 | stx_dev_major 32 | stx_dev_minor 32 |
   * </pre>
   */
  private void verify(Path path, Slot opened, FileIdentity identity) {
    String purpose = "make sure that " + path + " is still what was looked up (" + identity + ")";
    steps.add(
        Step.of(
                VERIFY_CALL,
                purpose,
                opened,
                Memory.text(""),
                Arg.of(Uapi.AT_EMPTY_PATH(), "AT_EMPTY_PATH"),
                Arg.of(LOOKED_AT, "STATX_TYPE|STATX_MODE|STATX_NLINK|STATX_INO|STATX_BTIME"),
                status)
            .expecting(status, StatLayout.STATX_INODE, (int) identity.inode(), "stx_ino")
            .expecting(
                status,
                StatLayout.STATX_INODE + 4,
                (int) (identity.inode() >>> 32),
                "upper half of stx_ino")
            .expecting(status, StatLayout.STATX_MAJOR, identity.major(), "stx_dev_major")
            .expecting(status, StatLayout.STATX_MINOR, identity.minor(), "stx_dev_minor")
            .expecting(
                status, StatLayout.STATX_BIRTH_NANOS, identity.birthNanos(), "stx_btime.tv_nsec"));
  }

  private static Arg flags(boolean quiet) {
    return quiet ? Arg.of(RuleFlag.QUIET.bit(), "LANDLOCK_ADD_RULE_QUIET") : NO_FLAGS;
  }

  /**
   * Grants rights on a port. A kernel without IP answers EAFNOSUPPORT; then there is nothing to
   * connect to, and nothing to grant.
   *
   * <pre>
   * struct landlock_net_port_attr:  0 | allowed_access 64 | port 64, in host order |  16
   * </pre>
   */
  void grantPort(int port, Set<NetRight> rights, boolean quiet) {
    steps.add(
        Step.of(
                "landlock_add_rule",
                "grant " + Names.of(rights) + " on port " + port,
                ruleset,
                Arg.of(Uapi.LANDLOCK_RULE_NET_PORT(), "LANDLOCK_RULE_NET_PORT"),
                Memory.ofSize(landlock_net_port_attr.sizeof())
                    .int64(landlock_net_port_attr.allowed_access$offset(), Names.bits(rights))
                    .int64(landlock_net_port_attr.port$offset(), port)
                    .build("{allowed_access=" + Names.of(rights) + ", port=" + port + "}"),
                flags(quiet))
            .tolerating(Errno.EAFNOSUPPORT));
  }

  /** {@return all steps, of which the last enters the domain} */
  SetupProgram enter(Set<RestrictFlag> flags) {
    steps.add(restrict(ruleset, flags));
    steps.add(Step.close(ruleset));
    return new SetupProgram(steps);
  }

  static Step restrict(Arg ruleset, Set<RestrictFlag> flags) {
    return Step.of(
        RESTRICT_CALL,
        "enter the Landlock domain (no_new_privs comes first; " + MAX_LAYERS + " layers at most)",
        ruleset,
        Arg.of(Names.bits(flags), Names.of(flags)));
  }

  /** {@return a program that also grants rights on what descriptors lead to} */
  static SetupProgram withDescriptors(
      SetupProgram program, Set<FsRight> handled, Map<Integer, Set<FsRight>> descriptors) {
    var steps = new ArrayList<Step>();
    for (Step step : program.steps()) {
      if (step.syscall().equals(RESTRICT_CALL)) {
        for (Map.Entry<Integer, Set<FsRight>> each : new TreeMap<>(descriptors).entrySet()) {
          var rights = Sets.both(FsRight.class, each.getValue(), handled);
          if (!rights.isEmpty()) {
            steps.add(grantDescriptor(step.args().getFirst(), each.getKey(), rights));
          }
        }
      }
      steps.add(step);
    }
    return new SetupProgram(steps);
  }

  /** What is mounted nowhere, EBADFD, needs no grant. */
  private static Step grantDescriptor(Arg ruleset, int descriptor, Set<FsRight> rights) {
    String names = Names.of(rights);
    return Step.of(
            "landlock_add_rule",
            "grant " + names + " on what descriptor " + descriptor + " leads to",
            ruleset,
            Arg.of(Uapi.LANDLOCK_RULE_PATH_BENEATH(), "LANDLOCK_RULE_PATH_BENEATH"),
            Memory.ofSize(landlock_path_beneath_attr.sizeof())
                .int64(landlock_path_beneath_attr.allowed_access$offset(), Names.bits(rights))
                .int32(landlock_path_beneath_attr.parent_fd$offset(), descriptor)
                .build("{allowed_access=" + names + ", parent_fd=" + descriptor + "}"),
            NO_FLAGS)
        .tolerating(Errno.EBADFD);
  }

  /** {@return a program that does with all threads of the process what this one does with one} */
  static SetupProgram forAllThreads(SetupProgram program, Set<RestrictFlag> flags) {
    var all = Sets.mutable(RestrictFlag.class, flags);
    all.add(RestrictFlag.TSYNC);
    return new SetupProgram(
        program.steps().stream()
            .map(step ->
                step.syscall().equals(RESTRICT_CALL) ? restrict(step.args().getFirst(), all) : step)
            .toList());
  }
}
