package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The namespaces that a policy cannot do without. Where they cannot be had, the run is refused,
 * also with best effort: there is nothing that could take their place.
 *
 * @param setting what of the policy needs them, as it is written there
 * @param instead the setting that does not
 * @param kinds as /proc/sys/user names them
 */
public record NeededNamespaces(String setting, String instead, List<String> kinds) {
  /**
   * Whether all switches were found on once. They seldom change; a run after that fails at its
   * start, and is then told of the switch.
   */
  private static volatile boolean switchedOn;

  /** {@return what a policy needs, empty if it needs none} */
  public static Optional<NeededNamespaces> of(Policy policy, Network.Access access) {
    return of(policy, access, policy.isolation());
  }

  /**
   * {@return what a policy needs}, as {@link #of(Policy, Network.Access)}
   *
   * @param asked the isolation that was asked for, before {@link Host#decide}
   */
  public static Optional<NeededNamespaces> of(
      Policy policy, Network.Access access, Isolation asked) {
    Enforcement enforcement = policy.enforcement();
    if (policy.isolation() == Isolation.NAMESPACE
        && enforcement.of(Protection.NAMESPACES) != Requirement.OFF) {
      return Optional.of(
          new NeededNamespaces(
              asked == Isolation.AUTO
                  ? "isolation = \"auto\" (namespace)"
                  : "isolation = \"namespace\"",
              "isolation = \"basic\"",
              NamespaceSettings.kinds(access != Network.Access.FULL)));
    }
    return access == Network.Access.LOOPBACK
            && enforcement.of(Protection.NETWORK) != Requirement.OFF
        ? Optional.of(
            new NeededNamespaces(
                "allow_loopback", "allow_loopback = false", List.of("user", "net")))
        : Optional.empty();
  }

  /**
   * Looks at the kernel's switches.
   *
   * @throws Refusal if one of them is off: nothing needs to be started to know that
   */
  public void refuseIfSwitchedOff() throws IOException {
    if (switchedOn) {
      return;
    }
    Optional<NamespaceObstacle> off =
        switchedOff(NamespaceSettings.ofThisThread(), kinds, isPrivileged());
    if (off.isPresent()) {
      throw new Refusal(text(off.get()));
    }
    switchedOn = true;
  }

  /** A switch of the kernel's that is off, for those who need some kinds. */
  static Optional<NamespaceObstacle> switchedOff(
      NamespaceSettings host, List<String> kinds, boolean privileged) {
    Optional<NamespaceObstacle> off =
        (privileged ? Optional.<NamespaceObstacle>empty() : NamespaceObstacle.ofSwitch(host))
            .or(() -> NamespaceObstacle.ofMaxima(host, kinds));
    Optional<NamespaceObstacle> inside = NamespaceObstacle.ofFilter(host);
    return off.map(one -> inside.map(one::behind).orElse(one));
  }

  /**
   * {@return a failed start as a refusal in words}, where it failed for want of these namespaces.
   * To be called on the thread that started the child.
   */
  public Optional<Refusal> explained(KernelException failure) throws IOException {
    Optional<Refusal> overlay =
        failure instanceof SetupException setup ? OverlayTrial.refusal(setup) : Optional.empty();
    if (overlay.isPresent()) {
      return overlay;
    }
    Optional<NamespaceObstacle> obstacle =
        failure instanceof SetupException setup
            ? NamespaceObstacle.of(setup, NamespaceSettings.ofThisThread(), isPrivileged())
            : Optional.empty();
    // Whatever it was, it is looked for anew: what once was given may not be any more.
    switchedOn = false;
    NamespaceTrial.forget();
    if (obstacle.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Refusal(text(obstacle.get()) + " (" + Text.of(failure) + ")", failure));
  }

  /**
   * {@return the setting that only namespaces can carry out}, as a policy file has it; empty if
   * there is none
   */
  static Optional<String> setting(Policy policy) {
    if (policy.hostname().isPresent()) {
      return Optional.of("isolation.hostname");
    }
    if (!policy.capabilities().isEmpty()) {
      return Optional.of("isolation.capabilities");
    }
    if (policy.enforcement().overrides().get(Protection.NAMESPACES) == Requirement.REQUIRE) {
      return Optional.of("enforcement.namespaces = \"require\"");
    }
    // What presets have there, isolation basic has as well, in another way.
    return FileGrants.rootSetting(policy.ownFilesystem());
  }

  /** {@return what is said where a setting cannot be carried out} */
  static Refusal refusal(String setting, NamespaceObstacle obstacle, String instead) {
    return new Refusal(text(setting, obstacle, instead));
  }

  private String text(NamespaceObstacle obstacle) {
    return text(setting, obstacle, instead);
  }

  private static String text(String setting, NamespaceObstacle obstacle, String instead) {
    return setting
        + " needs namespaces of the command's own, which cannot be had here: "
        + obstacle.reason()
        + ". To get them: "
        + obstacle.remedy()
        + ". Or without them: "
        + instead;
  }

  private static boolean isPrivileged() throws IOException {
    return Capabilities.holds(Uapi.CAP_SYS_ADMIN());
  }
}
