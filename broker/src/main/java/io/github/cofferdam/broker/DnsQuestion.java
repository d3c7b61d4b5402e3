package io.github.cofferdam.broker;

/**
 * What is asked for, in class Internet.
 *
 * @param name whose records
 * @param type which of them, such as {@link DnsMessage#A}
 */
record DnsQuestion(DnsName name, int type) {
  /** {@return whether addresses are asked for} */
  boolean isAddress() {
    return type == DnsMessage.A || type == DnsMessage.AAAA;
  }
}
