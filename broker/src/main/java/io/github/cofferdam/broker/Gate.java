package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.policy.DnsServer;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.NetworkRefusal;
import io.github.cofferdam.policy.TransportProtocol;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Where each call of a run passes or does not: it asks what the policy says, counts, and tells
 * whoever wants to hear of it before anything is done.
 *
 * @param destinations what the policy says
 * @param names answers questions for names in place of the servers that the host asks
 * @param refusal how a refused connection reads; refused datagrams read as EACCES
 * @param tally counts
 * @param listener hears of every decision; empty if nobody wants to
 */
record Gate(
    Destinations destinations,
    Optional<OwnNames> names,
    NetworkRefusal refusal,
    Tally tally,
    Optional<Consumer<NetworkDecision>> listener) {
  /**
   * The resolver of a run.
   *
   * @param servers what programs of this host take for their name servers, at port 53
   * @param address where the resolver is
   * @param port its port, of TCP and of UDP
   */
  record OwnNames(Set<IpAddress> servers, IpAddress address, int port) {}

  /**
   * {@return where a socket is connected, or a message is sent, when a program wants to get there}:
   * there, or to the resolver
   *
   * @throws Asked.Failed if it may not
   */
  byte[] route(
      Asked asked, String call, SocketName.Internet wanted, HostSocket socket, TransportProtocol as)
      throws Asked.Failed {
    return route(asked, call, wanted, socket, as, UnaryOperator.identity());
  }

  /**
   * As above.
   *
   * @param limit has the last word on what the policy allows
   */
  byte[] route(
      Asked asked,
      String call,
      SocketName.Internet wanted,
      HostSocket socket,
      TransportProtocol as,
      UnaryOperator<Verdict> limit)
      throws Asked.Failed {
    SocketName.Internet to = wanted.reached();
    Verdict verdict = destinations.decide(to.address(), to.port(), as);
    if (verdict.allowed()) {
      verdict = limit.apply(verdict);
    }
    // One that a rule allows by its very address hears what it is asked. If it is one of all that
    // are allowed, it would know names that are denied, and be told what nobody else may be.
    if (isNameServer(to) && !(verdict.allowed() && destinations.isNamed(to.address()))) {
      OwnNames own = names.orElseThrow();
      return SocketName.bytes(own.address(), own.port(), socket.isV6());
    }
    note(asked, call, to.address(), to.port(), as, verdict);
    if (!verdict.allowed()) {
      // Nobody who sends a datagram expects to hear at once that nobody is there: Java tries again.
      boolean asIfNobodyListened =
          refusal == NetworkRefusal.CONNECTION_REFUSED && as == TransportProtocol.TCP;
      throw new Asked.Failed(asIfNobodyListened ? Errno.ECONNREFUSED : Errno.EACCES);
    }
    return to.copy().bytes();
  }

  private boolean isNameServer(SocketName.Internet to) {
    return names.isPresent()
        && to.port() == DnsServer.PORT
        && names.get().servers().contains(to.address());
  }

  /**
   * Lets a program be reached at an address, or not.
   *
   * @throws Asked.Failed EACCES if it may not
   */
  void listen(Asked asked, String call, IpAddress at, int port, TransportProtocol as)
      throws Asked.Failed {
    Verdict verdict = destinations.decideListening(at, port);
    note(asked, call, at, port, as, verdict);
    if (!verdict.allowed()) {
      throw new Asked.Failed(Errno.EACCES);
    }
  }

  private void note(
      Asked asked,
      String call,
      IpAddress address,
      int port,
      TransportProtocol as,
      Verdict verdict) {
    if (listener.isEmpty() && verdict.allowed()) {
      tally.addAllowed();
      return;
    }
    Program program =
        listener.isPresent() ? Program.of(asked.notification().pid()) : new Program(0, "");
    note(
        new NetworkDecision.Reached(
            program.pid(),
            program.file(),
            call,
            address,
            port,
            as,
            destinations.namesOf(address),
            verdict.allowed(),
            verdict.rule()));
  }

  /** Tells of a decision and counts it, as a refusal if it cannot be told. */
  void note(NetworkDecision decision) {
    boolean told = false;
    try {
      listener.ifPresent(wants -> wants.accept(decision));
      told = true;
    } finally {
      if (told) {
        tally.add(decision);
      } else {
        tally.addRefused(decision.target() + ": what cannot be told does not happen");
      }
    }
  }
}
