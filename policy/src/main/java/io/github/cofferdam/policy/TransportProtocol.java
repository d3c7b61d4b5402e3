package io.github.cofferdam.policy;

import java.util.Locale;

/** What sockets speak. */
public enum TransportProtocol {
  /** Connections, RFC 9293. */
  TCP,
  /** Datagrams, RFC 768. */
  UDP;

  /** {@return the word in policy files, such as {@code tcp}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
