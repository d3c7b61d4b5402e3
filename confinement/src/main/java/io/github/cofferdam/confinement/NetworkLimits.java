package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.NetRight;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.seccomp.Sockets;
import java.util.EnumMap;
import java.util.Map;

/**
 * How far the limits hold that are about sockets: a broker holds them, or there is nobody there.
 */
final class NetworkLimits {
  private NetworkLimits() {}

  /** {@return a state for each of these limits that the policy sets} */
  static Map<TreeLimit, LimitState> states(Built built) {
    var states = new EnumMap<TreeLimit, LimitState>(TreeLimit.class);
    for (TreeLimit limit : built.terms().limits().treeLimits().ofNetwork().values().keySet()) {
      states.put(limit, state(limit, built));
    }
    return states;
  }

  private static LimitState state(TreeLimit limit, Built built) {
    if (built.filter().refusesInternet()) {
      return new LimitState(ProtectionState.ENFORCED, "seccomp refuses sockets");
    }
    Sockets asked = built.filter().asks();
    if (asked == Sockets.ASKED || asked == Sockets.GIVEN) {
      return limit == TreeLimit.CONNECTIONS ? connections(built) : bandwidth();
    }
    if (built.isIn(Namespace.NETWORK)) {
      return new LimitState(
          ProtectionState.ENFORCED, "a network namespace of its own, which leads nowhere");
    }
    String why =
        built
            .terms()
            .host()
            .brokerObstacle()
            .orElseThrow(
                () -> new IllegalStateException("nothing was built that limits " + limit.key()));
    return new LimitState(
        ProtectionState.MISSING, "takes a broker, which does not work here: " + why);
  }

  private static LimitState connections(Built built) {
    boolean held =
        !built.terms().brokering().orElseThrow().localIsHeld()
            || built.handles(NetRight.CONNECT_TCP);
    return held
        ? new LimitState(ProtectionState.ENFORCED, "a broker counts those that are made")
        : new LimitState(
            ProtectionState.PARTIAL,
            "a broker counts those that are made, but beside Unix sockets a thread that is quick"
                + " enough gets past it; Landlock "
                + NetRight.CONNECT_TCP.abi().version()
                + " (Linux "
                + NetRight.CONNECT_TCP.abi().linux()
                + " or newer) closes that");
  }

  private static LimitState bandwidth() {
    return new LimitState(
        ProtectionState.PARTIAL,
        "what goes out over each TCP connection is slowed down (SO_MAX_PACING_RATE), not all of"
            + " them together; what comes in is not");
  }
}
