package io.github.cofferdam.policy;

import java.util.Locale;
import java.util.Set;

/**
 * Users with their passwords inside of addresses and connection strings: what RFC 3986 calls the
 * userinfo, and other ways of writing one.
 */
final class UserInfo {
  /** Credentials stand at the beginning of an address. */
  private static final int LONGEST_ADDRESS = 512;

  /** Schemes after which a user, a password and a host may stand without slashes. */
  private static final Set<String> SERVICES =
      Set.of(
          "amqp",
          "amqps",
          "ftp",
          "ftps",
          "http",
          "https",
          "imap",
          "imaps",
          "ldap",
          "ldaps",
          "mariadb",
          "mongodb",
          "mqtt",
          "mqtts",
          "mysql",
          "nats",
          "postgres",
          "postgresql",
          "redis",
          "rediss",
          "sftp",
          "smtp",
          "smtps",
          "socks5",
          "sqlserver",
          "ssh");

  private static final String ORACLE = "jdbc:oracle:";

  /** How curl is told a user and a password. */
  private static final Set<String> USER_OPTIONS = Set.of("-u", "--user", "-U", "--proxy-user");

  private UserInfo() {}

  /** {@return whether a user and a password, or a token in their place, stand somewhere in it} */
  static boolean isIn(String text) {
    return hasCredentials(text) || hasUserAndPassword(text) || isUserAtHost(text.strip());
  }

  /** {@code scheme://user:password@host}, and what has a token for a user. */
  private static boolean hasCredentials(String text) {
    for (int at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
      int start = at + 3;
      int end = start;
      int most = Math.min(text.length(), start + LONGEST_ADDRESS);
      while (end < most && " \t\r\n\"'<>|;,".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      int slash = start;
      while (slash < end && "/?#\\".indexOf(text.charAt(slash)) < 0) {
        slash++;
      }
      int host = text.lastIndexOf('@', slash - 1);
      if (host < start) {
        // A password may have a slash in it that nobody escaped; a port is a number.
        int colon = text.indexOf(':', start);
        boolean word =
            colon >= start && colon < slash && !TokenText.isNumber(text, colon + 1, slash);
        host = word ? text.lastIndexOf('@', end - 1) : -1;
      }
      if (host > start && isCredential(text.substring(start, host))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isCredential(String user) {
    int colon = user.indexOf(':');
    if (colon >= 0) {
      return colon < user.length() - 1;
    }
    return user.length() >= 16 && TokenText.hasDigit(user);
  }

  /** {@code amqp:user:password@host}, Oracle's {@code user/password@host}, and curl's -u. */
  private static boolean hasUserAndPassword(String text) {
    if (text.indexOf(':') < 0) {
      return false;
    }
    boolean curl = text.contains("curl");
    String before = "";
    for (int start = 0; start < text.length(); ) {
      int end = start;
      while (end < text.length() && " \t\r\n\"'<>|;,".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      if (end > start) {
        String word = text.substring(start, end);
        if (isOracle(word) || isOpaque(word) || (curl && isUserOption(before, word))) {
          return true;
        }
        before = word;
      }
      start = end + 1;
    }
    return false;
  }

  /**
   * A whole value without a scheme: {@code user:password@host:port}, as for a proxy, and {@code
   * user:password@tcp(host:port)/name}, as Go's drivers have it.
   */
  private static boolean isUserAtHost(String text) {
    int colon = text.indexOf(':');
    int host = text.lastIndexOf('@') + 1;
    if (colon < 1 || host < colon + 3 || text.startsWith("//", colon + 1)) {
      return false;
    }
    int name = host;
    while (name < text.length() && isHostCharacter(text.charAt(name))) {
      name++;
    }
    if (name == host || name == text.length()) {
      return false;
    }
    boolean port =
        text.charAt(name) == ':'
            && name + 1 < text.length()
            && text.length() - name <= 6
            && TokenText.isNumber(text, name + 1, text.length());
    boolean driver = text.charAt(name) == '(' && text.indexOf(')', name) > name;
    return (port || driver)
        && text.chars().noneMatch(c -> c == ' ' || c == '\t' || c == '\n')
        && text.indexOf('/') != 0;
  }

  private static boolean isHostCharacter(char c) {
    return TokenText.isNameCharacter(c) || c == '.';
  }

  private static boolean isOracle(String word) {
    int from = word.indexOf(ORACLE);
    int colon = from < 0 ? -1 : word.indexOf(':', from + ORACLE.length());
    int host = colon < 0 ? -1 : word.indexOf('@', colon);
    int slash = host < 0 ? -1 : word.indexOf('/', colon);
    return slash > colon + 1 && slash < host - 1;
  }

  private static boolean isOpaque(String word) {
    int user = word.indexOf(':') + 1;
    int host = word.lastIndexOf('@');
    // After two slashes it is an address like any other.
    if (user < 1 || host < user || host == word.length() - 1 || word.startsWith("//", user)) {
      return false;
    }
    int password = word.indexOf(':', user) + 1;
    return password > user
        && password < host
        && SERVICES.contains(word.substring(0, user - 1).toLowerCase(Locale.ROOT));
  }

  private static boolean isUserOption(String before, String word) {
    int user = word.startsWith("--user=") ? 7 : word.startsWith("-u") ? 2 : 0;
    if (user == 0 && !USER_OPTIONS.contains(before)) {
      return false;
    }
    int colon = word.indexOf(':', user);
    // Two numbers are those of a user and a group.
    return colon > user
        && colon < word.length() - 1
        && word.charAt(colon + 1) != '$'
        && !(TokenText.isNumber(word, user, colon)
            && TokenText.isNumber(word, colon + 1, word.length()));
  }
}
