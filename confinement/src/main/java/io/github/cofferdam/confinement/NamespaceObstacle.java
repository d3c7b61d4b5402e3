package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.SetupException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What keeps this user from having namespaces here, in the same words for doctor and for a run that
 * is refused.
 *
 * @param reason what was found
 * @param remedy what would help
 */
public record NamespaceObstacle(String reason, String remedy) {
  /** The names of /proc/sys/user, by what unshare(2) calls them. */
  private static final Map<String, String> KINDS =
      Map.of(
          "CLONE_NEWUSER", "user",
          "CLONE_NEWPID", "pid",
          "CLONE_NEWNS", "mnt",
          "CLONE_NEWNET", "net",
          "CLONE_NEWIPC", "ipc",
          "CLONE_NEWUTS", "uts");

  /** What a namespace has to be given by its owner, and what AppArmor then refuses. */
  private static final Set<String> FURNISHING =
      Set.of(
          "mount",
          "umount2",
          "mount_setattr",
          "move_mount",
          "open_tree",
          "fsopen",
          "fsconfig",
          "fsmount",
          "pivot_root",
          "sethostname");

  private static final List<String> MAPS =
      List.of("/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups");

  /** This obstacle, where it most likely was put up by the sandbox that this process is in. */
  NamespaceObstacle behind(NamespaceObstacle sandbox) {
    return new NamespaceObstacle(
        sandbox.reason() + "; " + reason, "start it outside of that sandbox, or " + remedy);
  }

  /** {@return what keeps a container's users from a {@code /proc} of their own} */
  public static NamespaceObstacle maskedProc() {
    return new NamespaceObstacle(
        "a container's masked /proc keeps its users from mounting another one",
        "a container whose own /proc is not masked (unmask=ALL)");
  }

  /** A switch that some distributions' kernels have, for all users without CAP_SYS_ADMIN. */
  public static Optional<NamespaceObstacle> ofSwitch(NamespaceSettings host) {
    return host.number(NamespaceSettings.CLONE) == 0
        ? Optional.of(
            new NamespaceObstacle(
                "only root may make user namespaces (sysctl kernel.unprivileged_userns_clone is"
                    + " 0)",
                "sysctl kernel.unprivileged_userns_clone=1"))
        : Optional.empty();
  }

  /** A kind of which nobody may have any. */
  public static Optional<NamespaceObstacle> ofMaxima(
      NamespaceSettings host, Collection<String> kinds) {
    for (String kind : kinds) {
      String key = NamespaceSettings.maximum(kind);
      if (host.number(key) == 0) {
        return Optional.of(
            new NamespaceObstacle(
                "nobody may make " + kind + " namespaces (sysctl user." + key + " is 0)",
                "sysctl user." + key + "=10000, here and in what surrounds it"));
      }
    }
    return Optional.empty();
  }

  /** Where it restricts them, it lets them be made and then refuses all that they are for. */
  public static Optional<NamespaceObstacle> ofAppArmor(NamespaceSettings host) {
    return host.number(NamespaceSettings.APPARMOR) > 0
        ? Optional.of(
            new NamespaceObstacle(
                "AppArmor restricts user namespaces to programs whose profile allows userns"
                    + " (sysctl kernel.apparmor_restrict_unprivileged_userns is not 0)",
                "an AppArmor profile with the rule userns for the java executable, or sysctl"
                    + " kernel.apparmor_restrict_unprivileged_userns=0"))
        : Optional.empty();
  }

  /** A filter around this process, which may refuse anything. */
  public static Optional<NamespaceObstacle> ofFilter(NamespaceSettings host) {
    return host.filtered()
        ? Optional.of(
            new NamespaceObstacle(
                "this is inside a sandbox: a seccomp filter stands around this process, a"
                    + " container's or another Cofferdam's perhaps, and lets nobody in it make"
                    + " namespaces",
                "let the seccomp filter around this process, a container's perhaps, allow unshare,"
                    + " clone and mount"))
        : Optional.empty();
  }

  /**
   * What most likely made a step fail that makes or furnishes namespaces: a conclusion from the
   * error and this host's settings. Empty where nothing can be concluded, and for other steps.
   *
   * @param host what is set for the thread that started the child
   * @param privileged whether this process has CAP_SYS_ADMIN
   */
  static Optional<NamespaceObstacle> of(
      SetupException failure, NamespaceSettings host, boolean privileged) {
    boolean making =
        failure.call().contains("CLONE_NEW")
            || MAPS.stream().anyMatch(String.valueOf(failure.getMessage())::contains);
    if (!making && !FURNISHING.contains(failure.syscall())) {
      return Optional.empty();
    }
    Errno errno = failure.errno();
    if (errno == Errno.EPERM || errno == Errno.EACCES) {
      Optional<NamespaceObstacle> known = making && !privileged ? ofSwitch(host) : Optional.empty();
      return known
          .or(() -> ofAppArmor(host))
          .or(() -> ofFilter(host))
          .or(() -> making ? Optional.of(otherModule()) : Optional.empty());
    }
    if (!making) {
      return Optional.empty();
    }
    return switch (errno) {
      case ENOSPC, EUSERS -> Optional.of(ofLimits(host, kinds(failure.call())));
      case EINVAL, ENOSYS ->
          ofFilter(host)
              .or(() ->
                  Optional.of(
                      new NamespaceObstacle(
                          "this kernel was built without them",
                          "a kernel with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_NET_NS,"
                              + " CONFIG_IPC_NS and CONFIG_UTS_NS")));
      default -> Optional.empty();
    };
  }

  /**
   * What made such a step fail, if it will fail again: not what there is too much of for now.
   *
   * @param host what is set for the thread that started the child
   * @param privileged whether this process has CAP_SYS_ADMIN
   */
  static Optional<NamespaceObstacle> lasting(
      SetupException failure, NamespaceSettings host, boolean privileged) {
    return switch (failure.errno()) {
      case EPERM, EACCES, EINVAL, ENOSYS ->
          of(failure, host, privileged)
              .or(() ->
                  Optional.of(new NamespaceObstacle(Text.of(failure), "a host that allows that")));
      default -> Optional.empty();
    };
  }

  private static NamespaceObstacle otherModule() {
    return new NamespaceObstacle(
        "a security module forbids it, or the root directory of this process was changed by"
            + " chroot(2)",
        "a rule of the security module that allows it (SELinux: user_namespace create), or a"
            + " process outside of the chroot");
  }

  private static NamespaceObstacle ofLimits(NamespaceSettings host, List<String> kinds) {
    return ofMaxima(host, kinds)
        .orElseGet(() -> {
          var limits = new ArrayList<String>();
          for (String kind : kinds) {
            String key = NamespaceSettings.maximum(kind);
            long most = host.number(key);
            limits.add("user." + key + (most < 0 ? "" : " is " + most));
          }
          return new NamespaceObstacle(
              "there are as many namespaces as there may be, here or in what surrounds this"
                  + " process, or they are nested too deep (sysctl "
                  + String.join(", ", limits)
                  + ")",
              "fewer sandboxes at a time, or a higher limit, here and in what surrounds it");
        });
  }

  /** The kinds that a call such as {@code unshare(CLONE_NEWPID|CLONE_NEWNS)} makes. */
  private static List<String> kinds(String call) {
    return KINDS.entrySet().stream()
        // Not the beginning of a longer name.
        .filter(kind -> call.matches("(?s).*\\b" + kind.getKey() + "\\b.*"))
        .map(Map.Entry::getValue)
        .sorted()
        .toList();
  }
}
