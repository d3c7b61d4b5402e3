package io.github.cofferdam.policy;

/**
 * How a command learns that a destination is not allowed. That a datagram may not be sent is always
 * said by {@code EACCES}: what a datagram meets is not known when it is sent.
 */
public enum NetworkRefusal {
  /** {@code EACCES}, as of a firewall of the host: programs say that permission is denied. */
  PERMISSION_DENIED("EACCES"),
  /** {@code ECONNREFUSED}, as if nobody listened there: programs that try others go on. */
  CONNECTION_REFUSED("ECONNREFUSED");

  private final String key;

  NetworkRefusal(String key) {
    this.key = key;
  }

  /** {@return the word in policy files, which is the name of the error} */
  public String key() {
    return key;
  }
}
