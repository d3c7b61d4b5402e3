package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.landlock_net_port_attr;
import io.github.cofferdam.bindings.uapi.landlock_path_beneath_attr;
import io.github.cofferdam.bindings.uapi.landlock_ruleset_attr;
import io.github.cofferdam.bindings.uapi.open_how;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The system calls of one ruleset.
 *
 * <p>The ruleset attributes always have the size that the newest known kernel has: an older kernel
 * accepts a longer structure whose tail is zero. At most two descriptors are open at a time.
 */
final class RulesetSteps {
  private static final Arg NO_FLAGS = Arg.of(0);

  /**
   * The path was free of symbolic links when it was looked up, so one that is there now is refused.
   *
   * <pre>
   * struct open_how:  0 | flags 64 | mode 64 | resolve 64 |  24
   * </pre>
   */
  private static final Memory HOW =
      Memory.ofSize(open_how.sizeof())
          .int64(open_how.flags$offset(), Uapi.O_PATH() | Uapi.O_CLOEXEC())
          .int64(
              open_how.resolve$offset(), Uapi.RESOLVE_NO_SYMLINKS() | Uapi.RESOLVE_NO_MAGICLINKS())
          .build("{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS}");

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
  void create(Set<FsRight> fs, Set<NetRight> net, Set<Scope> scopes) {
    long size = landlock_ruleset_attr.sizeof();
    var fields = new ArrayList<String>();
    if (!fs.isEmpty()) {
      fields.add("handled_access_fs=" + Names.of(fs));
    }
    if (!net.isEmpty()) {
      fields.add("handled_access_net=" + Names.of(net));
    }
    if (!scopes.isEmpty()) {
      fields.add("scoped=" + Names.of(scopes));
    }
    Memory attributes =
        Memory.ofSize(size)
            .int64(landlock_ruleset_attr.handled_access_fs$offset(), Names.bits(fs))
            .int64(landlock_ruleset_attr.handled_access_net$offset(), Names.bits(net))
            .int64(landlock_ruleset_attr.scoped$offset(), Names.bits(scopes))
            .build("{" + String.join(", ", fields) + "}");
    steps.add(
        Step.of(
                "landlock_create_ruleset",
                "create a Landlock ruleset",
                attributes,
                Arg.of(size),
                NO_FLAGS)
            .opening(ruleset));
  }

  /**
   * Grants rights on a path and beneath it.
   *
   * <pre>
   * struct landlock_path_beneath_attr, packed:  0 | allowed_access 64 | parent_fd 32 |  12
   * </pre>
   */
  void grantPath(Path path, Set<FsRight> rights) {
    Slot opened = Slot.named("path");
    steps.add(
        Step.of(
                "openat2",
                "open " + path + ", on which rights are granted",
                Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
                Memory.text(PathLookup.text(path)),
                HOW,
                Arg.of(HOW.size()))
            .opening(opened));
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
            NO_FLAGS));
    steps.add(Step.close(opened));
  }

  /**
   * Grants rights on a port. A kernel without IP answers EAFNOSUPPORT; then there is nothing to
   * connect to, and nothing to grant.
   *
   * <pre>
   * struct landlock_net_port_attr:  0 | allowed_access 64 | port 64, in host order |  16
   * </pre>
   */
  void grantPort(int port, Set<NetRight> rights) {
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
                NO_FLAGS)
            .tolerating(Errno.EAFNOSUPPORT));
  }

  /** Enters the domain. {@return all steps} */
  SetupProgram enter() {
    steps.add(
        Step.of(
            "landlock_restrict_self",
            "enter the Landlock domain (no_new_privs comes first; 16 layers at most)",
            ruleset,
            NO_FLAGS));
    steps.add(Step.close(ruleset));
    return new SetupProgram(steps);
  }
}
