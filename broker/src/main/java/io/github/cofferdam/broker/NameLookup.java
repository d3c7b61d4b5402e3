package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Resolves the names of one run: those that it may ask for, to the addresses that they may have. In
 * this order they come from the host's own file, from what {@code localhost} means (RFC 6761, 6.3),
 * and from servers; each of them alone says all of a name. What is told is pinned before. Used by
 * the one thread of {@link SelectorThread}.
 */
final class NameLookup implements AutoCloseable {
  /** How long what is from here holds, in seconds: about as long as files do. */
  private static final long LOCAL_SECONDS = 10;

  /** How many may wait for the same answer, and for all of them. */
  private static final int MOST_OF_ONE = 256;

  private static final int MOST = 4096;

  private static final DnsName LOCALHOST = DnsName.of("localhost");
  private static final List<IpAddress> LOOPBACK =
      List.of(IpAddress.LOOPBACK_V4, IpAddress.LOOPBACK_V6);

  private final Names names;
  private final PinnedNames pinned;
  private final HostsFile hosts;
  private final AnswerCache cache;
  private final Upstream upstream;
  private final Map<DnsQuestion, List<Consumer<DnsAnswer>>> underWay = new HashMap<>();
  private int waiting;

  NameLookup(
      Names names, PinnedNames pinned, HostsFile hosts, AnswerCache cache, Upstream upstream) {
    this.names = names;
    this.pinned = pinned;
    this.hosts = hosts;
    this.cache = cache;
    this.upstream = upstream;
  }

  /**
   * Resolves a name.
   *
   * @param listener gets the answer as the client is to have it, perhaps before this returns; never
   *     after {@link #close}
   */
  void resolve(DnsQuestion question, Consumer<DnsAnswer> listener) {
    DnsName name = question.name();
    String text = name.text();
    if (!name.isPlain() || !names.mayAsk(text)) {
      names.refused(text, Optional.empty());
      listener.accept(DnsAnswer.of(DnsMessage.NO_SUCH_NAME));
    } else if (!question.isAddress()) {
      // Whatever else it has may carry anything out, and addresses that nobody has looked at in.
      listener.accept(DnsAnswer.of(DnsMessage.NO_ERROR));
    } else {
      Optional<List<IpAddress>> local = local(name);
      if (local.isPresent()) {
        boolean v4 = question.type() == DnsMessage.A;
        List<IpAddress> some =
            local.get().stream().filter(address -> address.isV4() == v4).toList();
        listener.accept(told(text, DnsAnswer.of(some, LOCAL_SECONDS)));
      } else {
        askServers(question, answer -> listener.accept(told(text, answer)));
      }
    }
  }

  private Optional<List<IpAddress>> local(DnsName name) {
    Optional<List<IpAddress>> known = hosts.addresses(name);
    if (known.isEmpty() && name.wire().endsWith(LOCALHOST.wire())) {
      return Optional.of(LOOPBACK);
    }
    return known;
  }

  private void askServers(DnsQuestion question, Consumer<DnsAnswer> listener) {
    Optional<DnsAnswer> cached = cache.find(question);
    if (cached.isPresent()) {
      listener.accept(cached.get());
      return;
    }
    List<Consumer<DnsAnswer>> others = underWay.get(question);
    if (waiting == MOST || (others != null && others.size() == MOST_OF_ONE)) {
      listener.accept(DnsAnswer.of(DnsMessage.SERVER_FAILURE));
      return;
    }
    waiting++;
    if (others != null) {
      others.add(listener);
      return;
    }
    var listeners = new ArrayList<Consumer<DnsAnswer>>(1);
    listeners.add(listener);
    underWay.put(question, listeners);
    upstream.ask(question, answer -> answered(question, answer));
  }

  private void answered(DnsQuestion question, Optional<DnsAnswer> answer) {
    answer.ifPresent(said -> cache.put(question, said));
    DnsAnswer said = answer.orElse(DnsAnswer.of(DnsMessage.SERVER_FAILURE));
    List<Consumer<DnsAnswer>> listeners = underWay.remove(question);
    if (listeners != null) {
      waiting -= listeners.size();
      listeners.forEach(listener -> listener.accept(said));
    }
  }

  /** {@return what the client is told of an answer} */
  private DnsAnswer told(String name, DnsAnswer answer) {
    var some = new ArrayList<IpAddress>(answer.addresses().size());
    for (IpAddress address : answer.addresses()) {
      if (names.mayHave(name, address)) {
        some.add(address);
        pinned.pin(name, address);
      } else {
        names.refused(name, Optional.of(address));
      }
    }
    return answer.with(some);
  }

  /** Resolves no more; those that wait hear of nothing. */
  @Override
  public void close() {
    underWay.clear();
    waiting = 0;
    upstream.close();
  }
}
