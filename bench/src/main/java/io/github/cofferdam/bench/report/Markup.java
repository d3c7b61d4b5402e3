package io.github.cofferdam.bench.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes markup that is HTML and well-formed XML at once. All text is escaped, in elements and in
 * attributes; what is open is closed in order.
 */
final class Markup {
  /** Elements that start a line of the source. */
  private static final Set<String> LINES =
      Set.of(
          "head",
          "body",
          "meta",
          "title",
          "style",
          "header",
          "main",
          "footer",
          "nav",
          "section",
          "h1",
          "h2",
          "h3",
          "p",
          "ul",
          "li",
          "dl",
          "dt",
          "dd",
          "figure",
          "figcaption",
          "div",
          "table",
          "caption",
          "thead",
          "tbody",
          "tr",
          "svg",
          "defs",
          "symbol",
          "rect");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Opens an element; attributes are names and values in turns. */
  Markup open(String name, String... attributes) {
    start(name, attributes);
    out.append('>');
    open.push(name);
    return this;
  }

  /** Closes the element that was opened last. */
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content: HTML's void ones, and shapes of SVG. */
  Markup empty(String name, String... attributes) {
    start(name, attributes);
    out.append(" />");
    return this;
  }

  /** An element with text only. */
  Markup element(String name, String text, String... attributes) {
    return open(name, attributes).text(text).close();
  }

  Markup text(String text) {
    escape(Plain.line(text));
    return this;
  }

  /** Our own text as it is, such as a style sheet. */
  Markup verbatim(String markup) {
    out.append(markup);
    return this;
  }

  private void start(String name, String... attributes) {
    if (LINES.contains(name)) {
      out.append('\n');
    }
    out.append('<').append(name);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(Plain.line(attributes[i + 1]));
      out.append('"');
    }
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      switch (character) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(character);
      }
    }
  }

  /** {@return what was written} */
  String end() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.append('\n').toString();
  }
}
