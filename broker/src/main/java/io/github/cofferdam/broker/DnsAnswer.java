package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * What a server says to a question for addresses.
 *
 * @param code such as {@link DnsMessage#NO_SUCH_NAME}
 * @param truncated whether there is more than the message could hold
 * @param aliases the names that the one that was asked for leads to, one to the next
 * @param addresses of the last one of these
 * @param seconds how long all of it holds
 */
record DnsAnswer(
    int code, boolean truncated, List<DnsName> aliases, List<IpAddress> addresses, long seconds) {
  /** More than any name that works has; what others follow, too. */
  static final int MOST_ALIASES = 16;

  /** More than any client tries. The rest is not told. */
  static final int MOST_ADDRESSES = 64;

  DnsAnswer {
    aliases = List.copyOf(aliases);
    addresses = List.copyOf(addresses);
  }

  /** {@return an answer that only says how it went} */
  static DnsAnswer of(int code) {
    return new DnsAnswer(code, false, List.of(), List.of(), 0);
  }

  /** {@return an answer from here} */
  static DnsAnswer of(List<IpAddress> addresses, long seconds) {
    return new DnsAnswer(DnsMessage.NO_ERROR, false, List.of(), addresses, seconds);
  }

  /** {@return the same, with other addresses}; without any, the names on the way say nothing */
  DnsAnswer with(List<IpAddress> others) {
    return new DnsAnswer(code, truncated, others.isEmpty() ? List.of() : aliases, others, seconds);
  }

  /** {@return the same, for another time} */
  DnsAnswer lasting(long left) {
    return new DnsAnswer(code, truncated, aliases, addresses, left);
  }

  /** {@return whether a message is a response to this question} Others are not from the server. */
  static boolean isTo(byte[] message, int id, DnsQuestion question) {
    var reader = new DnsReader(message);
    try {
      boolean ours = reader.u16() == id;
      int flags = reader.u16();
      ours &= (flags & DnsMessage.RESPONSE) != 0 && (flags & DnsMessage.OPCODE) == 0;
      ours &= reader.u16() == 1;
      reader.skip(6);
      ours &= reader.name().equals(question.name());
      ours &= reader.u16() == question.type();
      return ours && reader.u16() == DnsMessage.INTERNET;
    } catch (DnsException e) {
      return false;
    }
  }

  /**
   * {@return what a message that is {@linkplain #isTo a response} says}
   *
   * @param question for addresses
   * @throws DnsException if it cannot be read, or leads from name to name without an end
   */
  static DnsAnswer read(byte[] message, DnsQuestion question) throws DnsException {
    var reader = new DnsReader(message);
    reader.skip(2);
    int flags = reader.u16();
    int questions = reader.u16();
    int answers = reader.u16();
    reader.skip(4);
    for (int i = 0; i < questions; i++) {
      reader.spelling(true);
      reader.skip(4);
    }
    var records = new Records(question.type());
    boolean truncated = (flags & DnsMessage.TRUNCATED) != 0;
    try {
      for (int i = 0; i < answers; i++) {
        records.read(reader);
      }
    } catch (DnsException e) {
      // What does not fit may end anywhere.
      if (!truncated) {
        throw e;
      }
    }
    return records.of(question.name(), flags & DnsMessage.CODE, truncated);
  }

  /** One of either kind. */
  private record Target(DnsName name, long seconds) {}

  private static final class Addresses {
    private final LinkedHashSet<IpAddress> all = new LinkedHashSet<>();
    private long seconds = DnsMessage.LONGEST_LIFE;
  }

  /** Those of a message that may lead to addresses, whatever their order. */
  private static final class Records {
    private final int type;
    private final Map<DnsName, Target> aliases = new HashMap<>();
    private final Map<DnsName, Addresses> addresses = new HashMap<>();

    Records(int type) {
      this.type = type;
    }

    void read(DnsReader reader) throws DnsException {
      DnsName owner = reader.name();
      int kind = reader.u16();
      int space = reader.u16();
      long seconds = reader.u32();
      int length = reader.u16();
      // RFC 2181, 8: with the highest bit set it is none.
      long life = seconds > Integer.MAX_VALUE ? 0 : Math.min(seconds, DnsMessage.LONGEST_LIFE);
      if (space != DnsMessage.INTERNET || (kind != DnsMessage.CNAME && kind != type)) {
        reader.skip(length);
      } else if (kind == DnsMessage.CNAME) {
        int start = reader.position();
        DnsName target = reader.name();
        if (reader.position() - start != length) {
          throw DnsException.malformed("an alias of another length");
        }
        aliases.putIfAbsent(owner, new Target(target, life));
      } else {
        if (length != (type == DnsMessage.A ? 4 : 16)) {
          throw DnsException.malformed("an address of another length");
        }
        Addresses known = addresses.computeIfAbsent(owner, name -> new Addresses());
        known.all.add(IpAddress.of(reader.bytes(length)));
        known.seconds = Math.min(known.seconds, life);
      }
    }

    DnsAnswer of(DnsName asked, int code, boolean truncated) throws DnsException {
      var way = new ArrayList<DnsName>();
      long seconds = DnsMessage.LONGEST_LIFE;
      DnsName name = asked;
      while (true) {
        Addresses known = addresses.get(name);
        Target next = aliases.get(name);
        if (known != null) {
          List<IpAddress> some = known.all.stream().limit(MOST_ADDRESSES).toList();
          return new DnsAnswer(code, truncated, way, some, Math.min(seconds, known.seconds));
        }
        if (next == null) {
          return new DnsAnswer(code, truncated, way, List.of(), seconds);
        }
        if (way.size() == MOST_ALIASES) {
          throw DnsException.malformed("names that lead nowhere");
        }
        way.add(next.name());
        seconds = Math.min(seconds, next.seconds());
        name = next.name();
      }
    }
  }
}
