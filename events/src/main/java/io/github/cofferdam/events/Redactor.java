package io.github.cofferdam.events;

import io.github.cofferdam.libraries.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Masks secrets on their way into the log. It is the one place that all logged text goes through.
 *
 * <p>Masked are:
 *
 * <ul>
 *   <li>what follows {@code Authorization:}, {@code Proxy-Authorization:}, {@code Cookie:}, {@code
 *       X-Api-Key:} and the like, and what follows {@code Bearer};
 *   <li>the value in {@code name=value} and {@code name: value} where the name has password,
 *       passwd, passphrase, secret, token, api key, access key, private key or credential in it, in
 *       options ({@code --password=x}), queries ({@code ?token=x}), variables ({@code
 *       DB_PASSWORD=x}) and JSON;
 *   <li>the argument after an option of such a name, and after {@code -u} and {@code --user} of
 *       curl the password;
 *   <li>the password in {@code scheme://user:password@host};
 *   <li>keys that have a known shape: AWS key ids, GitHub, GitLab, Slack, Google, OpenAI-style and
 *       npm tokens, JSON web tokens, private keys in PEM.
 * </ul>
 *
 * <p>A secret that looks like nothing in this list is not found. {@code audit.log_commands = false}
 * keeps commands out altogether.
 */
final class Redactor {
  /** What stands in a secret's place. */
  static final String MASK = "[redacted]";

  private static final String WORDS =
      "(?:pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|"
          + "signing[_-]?key|encryption[_-]?key|credentials?|client[_-]?key|auth[_-]?key)";

  /** A name with such a word in it; only the ends are bounded, so that it stays linear. */
  private static final String NAME = "[a-z0-9_.-]*" + WORDS + "[a-z0-9_.-]*";

  private static final Pattern PRIVATE_KEY =
      Pattern.compile(
          "(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|$)",
          Pattern.DOTALL);

  private static final Pattern HEADER =
      Pattern.compile(
          "(?i)((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]*(?:key|token|auth|secret)[a-z-]*)"
              + "([\"']?\\s*[:=]\\s*[\"']?)([^\"'\\r\\n]+)");

  private static final Pattern BEARER = Pattern.compile("(?i)\\b(bearer\\s+)[a-z0-9._~+/=-]{4,}");

  /** Quoted and bare values in one expression: a second pass would take the mask for a value. */
  private static final Pattern PAIR =
      Pattern.compile("(?i)(" + NAME + "[\"']?\\s*[=:]\\s*)(?:\"[^\"]+\"|'[^']+'|[^\\s\"'&;,]+)");

  private static final Pattern USER_INFO =
      Pattern.compile("(?i)([a-z][a-z0-9+.-]*://[^/\\s:@?#]*:)([^\\s/?#]+)@");

  private static final Pattern SHAPE =
      Pattern.compile(
          "\\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}"
              + "|gh[pousr]_[A-Za-z0-9]{20,}"
              + "|github_pat_[A-Za-z0-9_]{20,}"
              + "|glpat-[A-Za-z0-9_-]{16,}"
              + "|xox[a-z]-[A-Za-z0-9-]{10,}"
              + "|AIza[0-9A-Za-z_-]{30,}"
              + "|sk-[A-Za-z0-9_-]{20,}"
              + "|sk_(?:live|test)_[A-Za-z0-9]{10,}"
              + "|npm_[A-Za-z0-9]{30,}"
              + "|eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*)");

  private static final Pattern SECRET_NAME = Pattern.compile("(?i)" + NAME);

  private static final Pattern SECRET_OPTION = Pattern.compile("(?i)--?" + NAME);

  private Redactor() {}

  /** {@return a text with its secrets masked} */
  static String redact(String text) {
    String out = text;
    out = PRIVATE_KEY.matcher(out).replaceAll("$1" + MASK + "$2");
    out = USER_INFO.matcher(out).replaceAll("$1" + MASK + "@");
    out = HEADER.matcher(out).replaceAll("$1$2" + MASK);
    out = BEARER.matcher(out).replaceAll("$1" + MASK);
    out = PAIR.matcher(out).replaceAll("$1" + MASK);
    return SHAPE.matcher(out).replaceAll(MASK);
  }

  /**
   * {@return a field's value with its secrets masked; all of it when the field's name says secret}
   */
  static String redactField(String name, String value) {
    return SECRET_NAME.matches(name) ? MASK : redact(value);
  }

  /**
   * {@return a command line with its secrets masked, also where option and value are two arguments}
   */
  static List<String> redact(List<String> argv) {
    List<String> out = new ArrayList<>(argv.size());
    boolean curl = !argv.isEmpty() && argv.getFirst().toLowerCase(Locale.ROOT).endsWith("curl");
    String previous = "";
    for (String argument : argv) {
      if (SECRET_OPTION.matches(previous) && !argument.startsWith("--")) {
        out.add(MASK);
      } else if (curl && (previous.equals("-u") || previous.equals("--user"))) {
        int colon = argument.indexOf(':');
        out.add(colon < 0 ? MASK : argument.substring(0, colon + 1) + MASK);
      } else {
        out.add(redact(argument));
      }
      previous = argument;
    }
    return out;
  }
}
