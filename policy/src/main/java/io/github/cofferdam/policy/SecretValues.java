package io.github.cofferdam.policy;

import java.util.Set;

/**
 * Values of variables that look like secrets, whatever the name: credentials inside addresses and
 * connection strings, private keys, tokens whose beginning is known, and what looks drawn by lot.
 *
 * <p>Numbers, hexadecimal digits (commits, digests, identifiers), UUIDs, paths and words are none.
 * Written by hand rather than as expressions: each start looks at every variable that it has not
 * seen, and loading an engine for that would take longer than a start.
 */
final class SecretValues {
  /** What is longer than this is looked at up to here. */
  private static final int MOST = 65_536;

  private static final int SHORTEST = 8;

  /** Lists of colours have names of files in them, some of them such as {@code *.key=...}. */
  private static final Set<String> UNREAD =
      Set.of("LS_COLORS", "LSCOLORS", "EXA_COLORS", "EZA_COLORS", "ZLS_COLORS", "TERMCAP");

  private SecretValues() {}

  /** {@return whether the value of a variable looks like a secret} */
  static boolean looksSecret(String name, String value) {
    if (value.length() < SHORTEST || UNREAD.contains(name)) {
      return false;
    }
    String text = value.length() > MOST ? value.substring(0, MOST) : value;
    return UserInfo.isIn(text)
        || WebhookUrls.areIn(text)
        || PrivateKeys.areIn(text)
        || AuthorizationHeaders.areIn(text)
        || NamedSecrets.areIn(text)
        || TokenPrefixes.areIn(text)
        || RandomStrings.isOne(text.strip());
  }
}
