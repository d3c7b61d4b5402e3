package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What policies come to on hosts that a test describes. */
final class DescribedHosts {
  private DescribedHosts() {}

  /** A host with a Landlock, whose crashes leave files, and on which a broker works. */
  static Host with(Abi landlock) {
    return new Host(
        Arch.X86_64,
        landlock,
        false,
        Host.Tracing.BY_USER,
        ConfinementTest.FILES,
        Optional.empty(),
        Optional.empty());
  }

  /** One with a Landlock, on which nobody answers for sockets. */
  static Host withoutBroker() {
    return new Host(
        Arch.X86_64,
        Abi.V7,
        false,
        Host.Tracing.BY_USER,
        ConfinementTest.FILES,
        Optional.of("nobody answers"),
        Optional.empty());
  }

  /**
   * {@return what a policy comes to there}, with a directory for its workspace and temporary one
   */
  static Confinement confine(Path temp, Policy policy, Host host) throws IOException {
    boolean ownRoot = OwnRoot.isMadeFor(policy);
    FileGrants files =
        FileGrants.of(policy, temp.toRealPath(), ownRoot ? null : temp.toRealPath(), Set.of());
    return ConfinementCompiler.compile(
        policy,
        policy.network().access(),
        host,
        files,
        ownRoot ? new PrivateRoot(files, List.of(temp.toRealPath())) : null,
        new VirtualMachineReach(policy),
        LimitPlan.of(policy, false),
        Optional.empty());
  }
}
