package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What this host can do, as far as a confinement depends on it. A value, so that a test can ask
 * what would happen on another one.
 *
 * @param arch the architecture
 * @param landlock the Landlock version, 0 if there is none
 * @param mayDropPrivileges whether this thread holds CAP_SETPCAP, and so can take the privileges
 *     from user id 0
 * @param tracing who may open another process's memory; asked only where there is no Landlock,
 *     whose layers keep it closed
 * @param crashes what becomes of a process that crashes
 * @param brokerObstacle what keeps a broker from answering for this thread's children; asked only
 *     where the policy takes one, and empty if it was not
 * @param obstacle what keeps this thread's children from namespaces; asked only where a policy
 *     leaves it to the host, and empty if it was not
 */
public record Host(
    Arch arch,
    Abi landlock,
    boolean mayDropPrivileges,
    Tracing tracing,
    CrashHandling crashes,
    Optional<String> brokerObstacle,
    Optional<NamespaceObstacle> obstacle) {

  /** Who may attach to a process: Yama's {@code ptrace_scope}. */
  public enum Tracing {
    /** Any process of the same user. */
    BY_USER,
    /**
     * Ancestors at most (1 and above), which closes {@code /proc/PID/mem}; what is only looked at,
     * such as {@code /proc/PID/environ} and {@code /proc/PID/fd}, it leaves open.
     */
    RESTRICTED
  }

  private static final Path PTRACE_SCOPE = Path.of("/proc/sys/kernel/yama/ptrace_scope");

  /**
   * {@return this host, as the calling thread sees it}
   *
   * @param policy decides what has to be asked
   * @throws IOException if {@code /proc} cannot be read, or this process's own resources do not
   *     suffice for asking
   */
  public static Host current(Policy policy) throws IOException {
    Abi landlock = Abi.current();
    return new Host(
        Arch.host(),
        landlock,
        Capabilities.holds(Uapi.CAP_SETPCAP()),
        landlock.equals(Abi.V0) ? ask() : Tracing.BY_USER,
        CrashHandling.current(),
        Brokering.mayBeWanted(policy) ? BrokerSupport.obstacle() : Optional.empty(),
        policy.isolation() == Isolation.AUTO && Terms.wanted(policy, Protection.NAMESPACES)
            ? NamespaceTrial.obstacle(takesNetwork(policy))
            : Optional.empty());
  }

  /**
   * {@return a policy with the isolation that its run has here}: one that asks for {@link
   * Isolation#AUTO} has got namespaces where there are any
   *
   * @throws Refusal if there are none, and the policy has settings that only they can carry out
   */
  public Policy decide(Policy policy) throws Refusal {
    if (policy.isolation() != Isolation.AUTO) {
      return policy;
    }
    if (obstacle.isPresent()) {
      Optional<String> setting = NeededNamespaces.setting(policy);
      if (setting.isPresent()) {
        throw NeededNamespaces.refusal(setting.get(), obstacle.get(), "leave it out");
      }
    }
    boolean made = obstacle.isEmpty() && Terms.wanted(policy, Protection.NAMESPACES);
    return policy.toBuilder().isolation(made ? Isolation.NAMESPACE : Isolation.BASIC).build();
  }

  /** A rule for commands may take the network away that the policy allows. */
  private static boolean takesNetwork(Policy policy) {
    return Terms.wanted(policy, Protection.NETWORK)
        && (policy.network().access() != Network.Access.FULL
            || !policy.network().commandRules().isEmpty());
  }

  private static Tracing ask() throws IOException {
    try {
      return Files.readString(PTRACE_SCOPE).strip().equals("0")
          ? Tracing.BY_USER
          : Tracing.RESTRICTED;
    } catch (NoSuchFileException e) {
      return Tracing.BY_USER;
    }
  }
}
