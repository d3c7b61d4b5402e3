package io.github.cofferdam.policy;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What sockets speak. */
public enum TransportProtocol {
  /** Connections, RFC 9293. */
  TCP,
  /** Datagrams, RFC 768. */
  UDP;

  /** {@return the protocol of a word; empty if it is none} */
  static Optional<TransportProtocol> of(String word) {
    return Stream.of(values()).filter(each -> each.key().equals(word)).findFirst();
  }

  /** {@return the word in policy files, such as {@code tcp}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
