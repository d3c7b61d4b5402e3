package io.github.cofferdam.policy;

import java.util.List;

/**
 * Secrets that have a name beside them which says so: {@code Password=x} in connection strings,
 * {@code token=x} in queries, the same in JSON.
 */
final class NamedSecrets {
  private static final List<String> CODE = List.of("CODE");

  /**
   * So long is what an address's code lets in at least; what is shorter is a status or a country.
   */
  private static final int SHORTEST_CODE = 16;

  private NamedSecrets() {}

  /** {@return whether there is one somewhere in it} */
  static boolean areIn(String text) {
    for (int i = 1; i < text.length() - 1; i++) {
      char c = text.charAt(i);
      if (c != '=' && c != ':') {
        continue;
      }
      int end = i;
      while (end > 0 && "\"' ".indexOf(text.charAt(end - 1)) >= 0) {
        end--;
      }
      boolean quoted = end < i && c == ':';
      int start = end;
      while (start > 0 && end - start < 40 && TokenText.isNameCharacter(text.charAt(start - 1))) {
        start--;
      }
      // A colon is no more than that, except after a quoted key.
      if (start == end || !(c == '=' || quoted)) {
        continue;
      }
      boolean query = c == '=' && start > 0 && "?&#".indexOf(text.charAt(start - 1)) >= 0;
      List<String> words = NameWords.of(text.substring(start, end));
      boolean secret = SecretVariables.saysSecret(words);
      boolean signature = c == '=' && (query || start == 0) && saysSignature(words);
      if ((secret || signature) && hasValue(text, i + 1, query ? 1 : 3)) {
        return true;
      }
      if (query && words.equals(CODE) && isCode(text, i + 1)) {
        return true;
      }
    }
    return false;
  }

  /** A key of a function, or what an authorisation was granted with. */
  private static boolean isCode(String text, int from) {
    int end = from;
    while (end < text.length() && isCodeCharacter(text.charAt(end))) {
      end++;
    }
    return end - from >= SHORTEST_CODE && TokenText.isMixed(text, from, end);
  }

  private static boolean isCodeCharacter(char c) {
    return TokenText.isBearerCharacter(c) || c == '%';
  }

  /** What signs an address lets everybody in who has it. */
  private static boolean saysSignature(List<String> words) {
    return !words.isEmpty()
        && (words.getLast().equals("SIG") || words.getLast().equals("SIGNATURE"));
  }

  /** At least some characters that are not the name of another variable, nor true or false. */
  private static boolean hasValue(String text, int from, int least) {
    int start = from;
    while (start < text.length() && "\"' ".indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    int end = start;
    while (end < text.length() && " \t\r\n\"'&;,}".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String value = text.substring(start, end);
    return value.length() >= least
        && value.charAt(0) != '$'
        && !value.equals("true")
        && !value.equals("false")
        && !value.equals("none");
  }
}
