package io.github.cofferdam.policy;

import java.util.List;

/** What HTTP's Authorization header carries (RFC 9110, 11.6.2), with its name and without. */
final class AuthorizationHeaders {
  private static final List<String> SCHEMES = List.of("bearer ", "basic ", "token ", "digest ");

  private static final String BEARER = "bearer ";

  /** So long is a bearer token at least. */
  private static final int SHORTEST = 8;

  private AuthorizationHeaders() {}

  /** {@return whether it is one's value, or has a bearer token somewhere in it} */
  static boolean areIn(String text) {
    if (hasBearer(text)) {
      return true;
    }
    for (String scheme : SCHEMES) {
      int from = text.regionMatches(true, 0, "authorization: ", 0, 15) ? 15 : 0;
      if (text.regionMatches(true, from, scheme, 0, scheme.length())) {
        String rest = text.substring(from + scheme.length());
        return rest.length() >= 12 && rest.indexOf(' ') < 0;
      }
    }
    return false;
  }

  /** In the middle of a header, or of the options of a program that sends one. */
  private static boolean hasBearer(String text) {
    for (int at = 0; at + BEARER.length() < text.length(); at++) {
      if (text.regionMatches(true, at, BEARER, 0, BEARER.length())
          && (at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)))) {
        int from = at + BEARER.length();
        int end = from;
        while (end < text.length() && TokenText.isBearerCharacter(text.charAt(end))) {
          end++;
        }
        if (end - from >= SHORTEST && TokenText.isMixed(text, from, end)) {
          return true;
        }
      }
    }
    return false;
  }
}
