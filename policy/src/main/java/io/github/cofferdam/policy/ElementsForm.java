package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A list of texts that mean something, of which some may be written as numbers; or one of them.
 *
 * @param <E> what an element means
 */
final class ElementsForm<E> implements Form<List<E>> {
  /** A number within a text, and two with a hyphen. */
  private static final String RANGE = "[0-9]{1,5}(-[0-9]{1,5})?";

  private final String element;
  private final String pattern;
  private final boolean numbers;
  private final boolean mayBeEmpty;
  private final Function<String, E> parse;
  private final Function<E, OptionalInt> number;

  /**
   * A form.
   *
   * @param element what an element is to be, for messages
   * @param pattern what every right text matches, for editors
   * @param mayBeEmpty whether a list without elements means something
   * @param parse throws IllegalArgumentException
   * @param number the number that an element is written as; empty if it is written as a text
   * @param numbers whether elements may be numbers
   */
  private ElementsForm(
      String element,
      String pattern,
      boolean mayBeEmpty,
      Function<String, E> parse,
      Function<E, OptionalInt> number,
      boolean numbers) {
    this.element = element;
    this.pattern = pattern;
    this.mayBeEmpty = mayBeEmpty;
    this.parse = parse;
    this.number = number;
    this.numbers = numbers;
  }

  /** {@return ports} */
  static ElementsForm<PortRange> ports() {
    return new ElementsForm<>(
        "a port, such as 443 or \"8000-8999\"",
        RANGE,
        false,
        PortRange::parse,
        ElementsForm::number,
        true);
  }

  /** {@return where a command may listen} */
  static ElementsForm<ListenAddress> places() {
    return new ElementsForm<>(
        "a port, such as 8080, or \"127.0.0.1:8080\", \"[::1]:8080\" or \"*:8080\"",
        "((\\*|[0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?" + RANGE,
        true,
        ListenAddress::parse,
        place ->
            place.where() == ListenAddress.Where.LOOPBACK
                ? number(place.ports())
                : OptionalInt.empty(),
        true);
  }

  /** {@return servers that names are asked of} */
  static ElementsForm<DnsServer> servers() {
    return texts("an address, such as \"192.0.2.1\" or \"192.0.2.1:5353\"", DnsServer::parse);
  }

  /** {@return hosts, each with a port or without} */
  static ElementsForm<NetworkRule> hosts() {
    return texts("a host, such as \"example.org\" or \"example.org:443\"", NetworkRule::parse);
  }

  /** {@return lines of iptables} */
  static ElementsForm<IptablesRule> lines() {
    return texts("a line, such as \"-A OUTPUT -d 192.0.2.0/24 -j REJECT\"", IptablesRule::parse);
  }

  private static <E> ElementsForm<E> texts(String element, Function<String, E> parse) {
    return new ElementsForm<>(element, ".+", true, parse, value -> OptionalInt.empty(), false);
  }

  private static OptionalInt number(PortRange ports) {
    return ports.first() == ports.last() ? OptionalInt.of(ports.first()) : OptionalInt.empty();
  }

  @Override
  public Optional<List<E>> read(TomlSection section, String key, Consumer<String> each) {
    Object value = section.value(key);
    if (value instanceof String || value instanceof Long) {
      try {
        return meaning(value).map(List::of).or(() -> section.wrong(key, element, value));
      } catch (IllegalArgumentException e) {
        section.fail(key, String.valueOf(e.getMessage()));
        return Optional.empty();
      }
    }
    if (value == null) {
      return Optional.empty();
    }
    int before = section.problems();
    List<E> elements = section.elements(key, "a list of these: " + element, element, this::meaning);
    boolean sound = section.problems() == before;
    if (sound && elements.isEmpty() && !mayBeEmpty) {
      section.fail(key, "an empty list would mean none at all; leave it out for all");
      return Optional.empty();
    }
    return sound ? Optional.of(elements) : Optional.empty();
  }

  private Optional<E> meaning(Object value) {
    return value instanceof String || (numbers && value instanceof Long)
        ? Optional.of(parse.apply(value.toString()))
        : Optional.empty();
  }

  @Override
  public void write(TomlText out, String key, List<E> value) {
    out.plain(key, "[" + String.join(", ", value.stream().map(this::text).toList()) + "]");
  }

  private String text(E value) {
    OptionalInt plain = number.apply(value);
    return plain.isPresent()
        ? Integer.toString(plain.getAsInt())
        : TomlText.quote(value.toString());
  }

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> text = Schema.pattern(pattern);
    Map<String, Object> one =
        numbers
            ? Schema.either(
                Schema.of("type", "integer", "minimum", 1, "maximum", PortRange.MAX), text)
            : text;
    return Schema.either(one, Schema.of("type", "array", "items", one));
  }
}
