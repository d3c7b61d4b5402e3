package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.net.IDN;
import java.util.Locale;
import java.util.Optional;

/** Which hosts a rule is about. */
public sealed interface HostPattern {
  /** RFC 1035, 2.3.4, less the length of the root. */
  int LONGEST = 253;

  /** All of them. */
  record Any() implements HostPattern {
    @Override
    public String toString() {
      return "*";
    }
  }

  /**
   * The host of a name.
   *
   * @param name in lower case, as the domain name system has it (RFC 3490), without a dot at the
   *     end
   */
  record Name(String name) implements HostPattern {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is none, or not in this form
     */
    public Name {
      check(name);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * All hosts whose names end with a dot and this one; not the one of this name.
   *
   * @param domain as {@link Name}
   */
  record Subdomains(String domain) implements HostPattern {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is none, or not in this form
     */
    public Subdomains {
      check(domain);
    }

    @Override
    public String toString() {
      return "*." + domain;
    }
  }

  /**
   * Addresses.
   *
   * @param range those
   */
  record Addresses(IpRange range) implements HostPattern {
    @Override
    public String toString() {
      return range.toString();
    }
  }

  /**
   * {@return the pattern of a text}: a name, {@code *.} and a name, an address, CIDR, or {@code *}
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static HostPattern parse(String text) {
    if (text.equals("*")) {
      return new Any();
    }
    boolean bracketed = text.startsWith("[") && text.endsWith("]") && text.indexOf(':') > 0;
    Optional<IpRange> range =
        IpRange.parse(bracketed ? text.substring(1, text.length() - 1) : text);
    if (range.isPresent()) {
      return new Addresses(range.get());
    }
    if (bracketed || text.indexOf(':') >= 0 || text.indexOf('/') >= 0) {
      throw new IllegalArgumentException(Text.quote(text) + " is not a host: " + instead(text));
    }
    return text.startsWith("*.")
        ? new Subdomains(name(text.substring(2), text))
        : new Name(name(text, text));
  }

  /**
   * What to write instead, for what people write: the address of a page, a port behind the host.
   */
  private static String instead(String text) {
    if (text.contains("://")) {
      return "of a URL, write the host alone, and its port if it has one";
    }
    int colon = text.indexOf(':');
    return colon > 0 && PortRange.isRange(text.substring(colon + 1))
        ? "ports stand in ports"
        : "a name, *.name, an address or CIDR, without scheme, path or zone; ports are numbers";
  }

  private static void check(String name) {
    if (!name(name, name).equals(name)) {
      throw new IllegalArgumentException(
          Text.quote(name) + " is not as the domain name system has it; parse it");
    }
  }

  private static String name(String text, String whole) {
    String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    try {
      name = IDN.toASCII(name).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(Text.quote(whole) + " is not a host name", e);
    }
    boolean valid = !name.isEmpty() && name.length() <= LONGEST;
    String[] labels = name.split("\\.", -1);
    for (String label : labels) {
      valid &= label.matches("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
    }
    if (!valid) {
      throw new IllegalArgumentException(
          Text.quote(whole)
              + " is not a host: a name, *.name, an address or CIDR such as 10.0.0.0/8");
    }
    // What programs read as an address is no name: 2130706433, 0x7f.1, 127.1.
    if (labels[labels.length - 1].matches("[0-9]+|0x[0-9a-f]*")) {
      throw new IllegalArgumentException(
          Text.quote(whole)
              + " is neither a name nor an address; write IPv4 addresses as four decimal numbers");
    }
    return name;
  }

  /**
   * {@return whether a name belongs to it}; it says nothing of addresses
   *
   * @param name in lower case, without a dot at the end
   */
  default boolean matches(String name) {
    return switch (this) {
      case Any any -> true;
      case Name one -> one.name().equals(name);
      case Subdomains some -> name.endsWith("." + some.domain());
      case Addresses addresses -> false;
    };
  }
}
