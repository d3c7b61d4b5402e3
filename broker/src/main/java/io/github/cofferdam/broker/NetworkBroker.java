package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.policy.DnsServer;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.TreeLimits;
import io.github.cofferdam.seccomp.Listener;
import io.github.cofferdam.seccomp.Notification;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Decides for one run where its sockets lead: which host, which name, which port. The filter of the
 * run asks; every answer is worked out from copies of what the program said, and what is allowed is
 * done here, to the program's own socket. The kernel is never told to go on by itself where a
 * destination counts.
 *
 * <p>It fails closed: without it, what is asked fails with ENOSYS; what goes wrong in it, with
 * EPERM.
 *
 * <p>Safe for use by several threads.
 */
public final class NetworkBroker implements AutoCloseable {
  private final Listener listener;
  private final Tally tally = new Tally();
  private final Waiting waiting = new Waiting();

  /** Held while a call is answered, so that nothing is done any more when this is closed. */
  private final ReentrantLock answering = new ReentrantLock();

  private final Optional<NameServer> nameServer;
  private final Optional<Connections> connections;
  private final ConnectCalls connects;
  private final SendCalls sends;
  private final ListenCalls listens;

  private NetworkBroker(
      Listener listener,
      Network network,
      TreeLimits limits,
      boolean localIsHeld,
      Optional<Consumer<NetworkDecision>> decisions)
      throws IOException {
    this.listener = listener;
    var pinned = new PinnedNames();
    var destinations = new Destinations(network, pinned);
    var refusals = new RefusedNames(destinations, tally, decisions);
    Optional<Gate.OwnNames> own = Optional.empty();
    Optional<NameServer> opened = Optional.empty();
    if (destinations.knowsNames()) {
      UpstreamServers host = ResolverFile.read(ResolverFile.PLACE);
      UpstreamServers asked = network.dns().isEmpty() ? host : servers(network.dns(), host);
      HostsFile hosts = HostsFile.read(HostsFile.PLACE);
      destinations.take(hosts);
      NameServer server = NameServer.open(place(host), refusals, pinned, hosts, asked);
      opened = Optional.of(server);
      own =
          Optional.of(
              new Gate.OwnNames(
                  addresses(host),
                  IpAddress.of(server.address().getAddress().getAddress()),
                  server.address().getPort()));
    }
    nameServer = opened;
    var gate = new Gate(destinations, own, network.refusal(), tally, decisions);
    OptionalLong most = limits.connections();
    connections =
        most.isPresent() ? Optional.of(new Connections(most.getAsLong())) : Optional.empty();
    var pace = new Pace(limits.bandwidth());
    connects = new ConnectCalls(gate, waiting, connections, pace, localIsHeld);
    sends = new SendCalls(gate, waiting, localIsHeld);
    listens = new ListenCalls(gate, pace, localIsHeld);
  }

  /**
   * Answers for a run from now on.
   *
   * @param listener the end of the run's filter; closed by this
   * @param network what the policy says
   * @param limits of its connections and its bandwidth; others are not looked at
   * @param localIsHeld whether the kernel itself keeps the run's sockets from every destination, so
   *     that what is about Unix sockets can be left to it
   * @param decisions hears of every decision, before anything is done; what it throws refuses.
   *     Called by threads that others wait for, so it must not take long. Empty if nobody wants to
   *     hear
   * @throws IOException if there are no more descriptors, or the host's name servers cannot be read
   */
  public static NetworkBroker start(
      Fd listener,
      Network network,
      TreeLimits limits,
      boolean localIsHeld,
      Optional<Consumer<NetworkDecision>> decisions)
      throws IOException {
    Listener owned = Listener.owning(listener);
    boolean started = false;
    try {
      var broker = new NetworkBroker(owned, network, limits, localIsHeld, decisions);
      try {
        Supervisor.add(owned, broker::answer);
        started = true;
        return broker;
      } finally {
        if (!started) {
          broker.close();
        }
      }
    } finally {
      if (!started) {
        owned.close();
      }
    }
  }

  private static UpstreamServers servers(List<DnsServer> wanted, UpstreamServers host) {
    var all =
        wanted.stream()
            .map(server -> new InetSocketAddress(inet(server.address()), server.port()))
            .toList();
    return UpstreamServers.of(all).with(host.timeout(), host.attempts());
  }

  /**
   * Where programs find the resolver: at the address that they ask if that is this host's own,
   * since some take no answer from another one.
   */
  private static InetAddress place(UpstreamServers host) {
    for (InetSocketAddress each : host.servers()) {
      if (each.getAddress() instanceof Inet4Address address && address.isLoopbackAddress()) {
        return address;
      }
    }
    return inet(IpAddress.LOOPBACK_V4);
  }

  private static Set<IpAddress> addresses(UpstreamServers servers) {
    var all = new LinkedHashSet<IpAddress>();
    for (InetSocketAddress each : servers.servers()) {
      all.add(IpAddress.of(each.getAddress().getAddress()));
    }
    return all;
  }

  private static InetAddress inet(IpAddress address) {
    try {
      return InetAddress.getByAddress(address.bytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(Notification notification) throws KernelException {
    answering.lock();
    try {
      // Otherwise it has its answer: ENOSYS.
      if (!listener.ended()) {
        decide(notification);
      }
    } finally {
      answering.unlock();
    }
  }

  private void decide(Notification notification) throws KernelException {
    var asked = new Asked(notification);
    try {
      switch (notification.syscall().orElse("")) {
        case "connect" -> connects.answer(asked);
        case "sendto" -> sends.sendTo(asked);
        case "sendmsg" -> sends.sendMessage(asked);
        case "sendmmsg" -> sends.sendMessages(asked);
        case "bind" -> listens.bind(asked);
        case "listen" -> listens.listen(asked);
        case "socket" -> SocketCalls.answer(asked);
        default -> asked.fail(Errno.ENOSYS);
      }
    } catch (Asked.Failed e) {
      asked.fail(e.errno());
    } catch (Asked.Gone e) {
      // A signal took the program out of its call, or it has ended.
    }
  }

  /** {@return how much was asked for so far} */
  public NetworkCounts counts() {
    return tally.counts();
  }

  /** {@return how many connections were refused since there were too many} */
  public long refusedConnections() {
    return connections.map(Connections::refused).orElse(0L);
  }

  /**
   * Answers nothing any more, and ends what is under way: all of it fails. Nobody is told of a
   * decision when this has returned.
   */
  @Override
  public void close() {
    listener.close();
    answering.lock();
    try {
      waiting.close();
    } finally {
      answering.unlock();
    }
    nameServer.ifPresent(NameServer::close);
  }
}
