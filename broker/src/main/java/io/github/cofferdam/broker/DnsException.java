package io.github.cofferdam.broker;

/** A message of the domain name system is not what it has to be. */
final class DnsException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int code;

  /**
   * Something wrong in a message.
   *
   * @param code the response code that says so, see {@link DnsMessage}
   * @param message what is wrong
   */
  DnsException(int code, String message) {
    // Whoever sends garbage is not to have us walk the stack for each.
    super(message, null, false, false);
    this.code = code;
  }

  /** What is wrong with the form of a message. */
  static DnsException malformed(String message) {
    return new DnsException(DnsMessage.FORMAT_ERROR, message);
  }

  int code() {
    return code;
  }
}
