package io.github.cofferdam.seccomp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** {@code calls.txt}: every system call of x86_64, and which wall closes it. */
final class CallTable {
  private CallTable() {}

  /**
   * One call.
   *
   * @param whom tokens such as {@code pid:0}; empty if no argument names anybody
   * @param basic what closes it with isolation basic
   * @param namespace what closes it with isolation namespace
   * @param note the rest, or nothing
   */
  record Call(String name, List<String> whom, Verdict basic, Verdict namespace, String note) {
    Verdict in(boolean namespaces) {
      return namespaces ? namespace : basic;
    }

    /** {@return which argument a kind of name stands in, if it is one} */
    Optional<Integer> argument(String kind) {
      for (String token : whom) {
        if (token.startsWith(kind + ":") && token.indexOf('*') < 0) {
          return Optional.of(Integer.valueOf(token.substring(kind.length() + 1)));
        }
      }
      return Optional.empty();
    }
  }

  /** {@return all of them, by name} */
  static List<Call> read() throws IOException {
    var calls = new ArrayList<Call>();
    var names = new TreeSet<String>();
    for (String line : text().lines().toList()) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] columns = line.split("\\|", -1);
      if (columns.length < 4 || columns.length > 5) {
        throw new IOException("calls.txt: not four or five columns: " + line);
      }
      String name = columns[0].strip();
      if (!names.add(name)) {
        throw new IOException("calls.txt: " + name + " is there twice");
      }
      String whom = columns[1].strip();
      calls.add(
          new Call(
              name,
              whom.equals("-") ? List.of() : List.of(whom.split(" ")),
              verdict(columns[2]),
              verdict(columns[3]),
              columns.length == 5 ? columns[4].strip() : ""));
    }
    return calls;
  }

  private static Verdict verdict(String word) {
    return Verdict.valueOf(word.strip().replace('-', '_').toUpperCase(Locale.ROOT));
  }

  private static String text() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(CallTable.class.getResourceAsStream("calls.txt"), "calls.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
