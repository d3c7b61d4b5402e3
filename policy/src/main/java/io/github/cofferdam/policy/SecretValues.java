package io.github.cofferdam.policy;

import java.util.List;
import java.util.Locale;
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

  /** Credentials stand at the beginning of an address. */
  private static final int LONGEST_ADDRESS = 512;

  /** How tokens begin, and how many characters follow at least. */
  private static final List<Prefix> PREFIXES =
      List.of(
          // Forges and their runners.
          new Prefix("ghp_", 16),
          new Prefix("gho_", 16),
          new Prefix("ghu_", 16),
          new Prefix("ghs_", 16),
          new Prefix("ghr_", 16),
          new Prefix("github_pat_", 16),
          new Prefix("glpat-", 12),
          new Prefix("gldt-", 12),
          new Prefix("glrt-", 12),
          new Prefix("glcbt-", 12),
          new Prefix("glptt-", 12),
          new Prefix("glft-", 12),
          new Prefix("glsoat-", 12),
          new Prefix("glagent-", 12),
          new Prefix("ATATT3", 20),
          new Prefix("ATCTT3", 20),
          new Prefix("ATBB", 28),
          new Prefix("CCIPAT_", 16),
          new Prefix("bkua_", 16),
          new Prefix("sntrys_", 16),
          new Prefix("sntryu_", 16),
          // Clouds.
          new Prefix("AKIA", 16),
          new Prefix("ASIA", 16),
          new Prefix("AIza", 30),
          new Prefix("ya29.", 8),
          new Prefix("GOCSPX-", 16),
          new Prefix("dop_v1_", 16),
          new Prefix("doo_v1_", 16),
          new Prefix("dor_v1_", 16),
          new Prefix("dapi", 32),
          new Prefix("hvs.", 16),
          new Prefix("hvb.", 16),
          new Prefix("hvr.", 16),
          new Prefix("dp.pt.", 16),
          new Prefix("dp.st.", 16),
          new Prefix("pul-", 32),
          new Prefix("tskey-", 12),
          new Prefix("sbp_", 16),
          new Prefix("nfp_", 16),
          new Prefix("fo1_", 16),
          new Prefix("fm1", 40),
          new Prefix("fm2_", 16),
          new Prefix("HRKU-", 16),
          new Prefix("rnd_", 20),
          new Prefix("glsa_", 16),
          new Prefix("glc_", 20),
          new Prefix("NRAK-", 16),
          new Prefix("AGE-SECRET-KEY-", 16),
          // Registries of packages.
          new Prefix("npm_", 30),
          new Prefix("pypi-", 16),
          new Prefix("pypi-Ag", 5),
          new Prefix("dckr_pat_", 12),
          new Prefix("rubygems_", 16),
          new Prefix("oy2", 40),
          new Prefix("cio", 30),
          // Models.
          new Prefix("sk-", 16),
          new Prefix("hf_", 16),
          new Prefix("gsk_", 20),
          new Prefix("xai-", 20),
          new Prefix("pplx-", 20),
          new Prefix("r8_", 20),
          new Prefix("tvly-", 16),
          new Prefix("lsv2_", 16),
          // Money, mail, messages.
          new Prefix("sk_live_", 10),
          new Prefix("sk_test_", 10),
          new Prefix("rk_live_", 10),
          new Prefix("rk_test_", 10),
          new Prefix("whsec_", 16),
          new Prefix("sq0atp-", 16),
          new Prefix("sq0csp-", 16),
          new Prefix("shpat_", 16),
          new Prefix("shpca_", 16),
          new Prefix("shppa_", 16),
          new Prefix("shpss_", 16),
          new Prefix("SG.", 9),
          new Prefix("xoxb-", 10),
          new Prefix("xoxp-", 10),
          new Prefix("xoxa-", 10),
          new Prefix("xoxr-", 10),
          new Prefix("xoxs-", 10),
          new Prefix("xoxe-", 10),
          new Prefix("xoxe.", 10),
          new Prefix("xoxc-", 10),
          new Prefix("xoxd-", 10),
          new Prefix("xapp-", 10),
          new Prefix("key-", 30),
          new Prefix("figd_", 16),
          new Prefix("lin_api_", 16),
          new Prefix("ntn_", 20),
          new Prefix("PMAK-", 16),
          new Prefix("phx_", 20),
          new Prefix("sk.eyJ", 16),
          new Prefix("eyJ", 20));

  private static final List<String> KEYS =
      List.of("PRIVATE KEY", "PuTTY-User-Key-File-", "OPENSSH PRIVATE");

  private static final List<String> SCHEMES = List.of("bearer ", "basic ", "token ", "digest ");

  /** Addresses that are secrets themselves: whoever knows what follows may post there. */
  private static final List<String> WEBHOOKS =
      List.of(
          "hooks.slack.com/services/",
          "hooks.slack.com/workflows/",
          "hooks.slack.com/triggers/",
          "hooks.slack-gov.com/services/",
          "discord.com/api/",
          "discordapp.com/api/",
          "webhook.office.com/",
          "outlook.office.com/webhook/",
          "outlook.office365.com/webhook/",
          "hooks.zapier.com/hooks/",
          "api.telegram.org/bot",
          "open.feishu.cn/open-apis/bot/",
          "open.larksuite.com/open-apis/bot/",
          "maker.ifttt.com/trigger/");

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
  private static final String BEARER = "bearer ";
  private static final List<String> CODE = List.of("CODE");

  /**
   * So long is what an address's code lets in at least; what is shorter is a status or a country.
   */
  private static final int SHORTEST_CODE = 16;

  /** How curl is told a user and a password. */
  private static final Set<String> USER_OPTIONS = Set.of("-u", "--user", "-U", "--proxy-user");

  private static final int SMALL = 1;
  private static final int CAPITAL = 2;
  private static final int DIGIT = 4;
  private static final int SEPARATOR = 8;

  /** Lists of colours have names of files in them, some of them such as {@code *.key=...}. */
  private static final Set<String> UNREAD =
      Set.of("LS_COLORS", "LSCOLORS", "EXA_COLORS", "EZA_COLORS", "ZLS_COLORS", "TERMCAP");

  private record Prefix(String text, int more) {}

  private SecretValues() {}

  /** {@return whether the value of a variable looks like a secret} */
  static boolean looksSecret(String name, String value) {
    if (value.length() < SHORTEST || UNREAD.contains(name)) {
      return false;
    }
    String text = value.length() > MOST ? value.substring(0, MOST) : value;
    return hasCredentials(text)
        || isWebhook(text)
        || hasUserAndPassword(text)
        || isUserAtHost(text.strip())
        || hasKey(text)
        || hasNamedSecret(text)
        || hasToken(text)
        || isDrawnByLot(text.strip());
  }

  // ---------------------------------------------------------------- addresses

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
        boolean word = colon >= start && colon < slash && !isNumber(text, colon + 1, slash);
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
    return user.length() >= 16 && hasDigit(user);
  }

  private static boolean isNumber(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static boolean hasDigit(String text) {
    return text.chars().anyMatch(c -> c >= '0' && c <= '9');
  }

  private static boolean isWebhook(String text) {
    if (text.indexOf('/') < 0) {
      return false;
    }
    String lower = text.toLowerCase(Locale.ROOT);
    for (String webhook : WEBHOOKS) {
      int at = lower.indexOf(webhook);
      int end = at + webhook.length();
      if (at >= 0
          && end < lower.length()
          && Character.isLetterOrDigit(lower.charAt(end))
          && (!webhook.startsWith("discord") || lower.indexOf("/webhooks/", at) >= 0)) {
        return true;
      }
    }
    return false;
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
            && isNumber(text, name + 1, text.length());
    boolean driver = text.charAt(name) == '(' && text.indexOf(')', name) > name;
    return (port || driver)
        && text.chars().noneMatch(c -> c == ' ' || c == '\t' || c == '\n')
        && text.indexOf('/') != 0;
  }

  private static boolean isHostCharacter(char c) {
    return isNameCharacter(c) || c == '.';
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
        && !(isNumber(word, user, colon) && isNumber(word, colon + 1, word.length()));
  }

  // ---------------------------------------------------------------- keys and tokens

  private static boolean hasKey(String text) {
    if (text.contains("-----BEGIN ") || text.contains("PuTTY")) {
      for (String key : KEYS) {
        if (text.contains(key)) {
          return true;
        }
      }
    }
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
        while (end < text.length() && isBearerCharacter(text.charAt(end))) {
          end++;
        }
        if (end - from >= SHORTEST && isMixed(text, from, end)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isBearerCharacter(char c) {
    return isTokenCharacter(c) || c == '/' || c == '=';
  }

  /** {@code Password=x} in connection strings, {@code token=x} in queries, the same in JSON. */
  private static boolean hasNamedSecret(String text) {
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
      while (start > 0 && end - start < 40 && isNameCharacter(text.charAt(start - 1))) {
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
    return end - from >= SHORTEST_CODE && isMixed(text, from, end);
  }

  private static boolean isCodeCharacter(char c) {
    return isBearerCharacter(c) || c == '%';
  }

  /** What signs an address lets everybody in who has it. */
  private static boolean saysSignature(List<String> words) {
    return !words.isEmpty()
        && (words.getLast().equals("SIG") || words.getLast().equals("SIGNATURE"));
  }

  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-';
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

  private static boolean hasToken(String text) {
    for (int start = 0; start < text.length(); ) {
      int end = start;
      while (end < text.length() && isTokenCharacter(text.charAt(end))) {
        end++;
      }
      if (end - start >= 12 && isToken(text, start, end)) {
        return true;
      }
      start = end + 1;
    }
    return false;
  }

  private static boolean isTokenCharacter(char c) {
    return isNameCharacter(c) || c == '.' || c == '+' || c == '~';
  }

  private static boolean isToken(String text, int start, int end) {
    for (Prefix prefix : PREFIXES) {
      int from = start + prefix.text().length();
      if (text.startsWith(prefix.text(), start) && end - from >= prefix.more()) {
        boolean upper = prefix.text().equals("AKIA") || prefix.text().equals("ASIA");
        if (upper ? isUpper(text, from, end) : isMixed(text, from, end)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isUpper(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
        return false;
      }
    }
    return true;
  }

  /** Letters and digits both: {@code key-bindings-of-my-terminal-emulator} is none. */
  private static boolean isMixed(String text, int from, int to) {
    boolean letter = false;
    boolean digit = false;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      digit |= c >= '0' && c <= '9';
      letter |= Character.isLetter(c);
    }
    return letter && digit;
  }

  // ---------------------------------------------------------------- what is drawn by lot

  /** The whole value, or each side of one colon. */
  private static boolean isDrawnByLot(String text) {
    int colon = text.indexOf(':');
    if (colon >= 0 && text.indexOf(':', colon + 1) < 0) {
      return isRandom(text, 0, colon) || isRandom(text, colon + 1, text.length());
    }
    return isRandom(text, 0, text.length());
  }

  /**
   * Small letters, capitals and digits that change places as often as they do by chance. In names
   * that people make they do half as often, if a capital before small letters is not counted, and
   * much more stands between the words.
   */
  private static boolean isRandom(String text, int from, int to) {
    int length = to - from;
    if (length < 20 || length > 1024 || text.charAt(from) == '/') {
      return false;
    }
    var seen = new boolean[128];
    int distinct = 0;
    int changes = 0;
    int kinds = 0;
    int separators = 0;
    int last = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int kind = kind(c);
      if (kind == 0) {
        return false;
      }
      kinds |= kind;
      separators += kind == SEPARATOR ? 1 : 0;
      boolean word = kind == SMALL && last == CAPITAL;
      changes += kind != last && last != 0 && kind != SEPARATOR && !word ? 1 : 0;
      last = kind == SEPARATOR ? 0 : kind;
      distinct += seen[c] ? 0 : 1;
      seen[c] = true;
    }
    return (kinds & (SMALL | CAPITAL | DIGIT)) == (SMALL | CAPITAL | DIGIT)
        && changes * 100 >= 30 * (length - separators - 1)
        && separators * 100 <= 12 * length
        && distinct * 2 >= Math.min(length, 32);
  }

  private static int kind(char c) {
    if (c >= 'a' && c <= 'z') {
      return SMALL;
    }
    if (c >= 'A' && c <= 'Z') {
      return CAPITAL;
    }
    if (c >= '0' && c <= '9') {
      return DIGIT;
    }
    return c == '+' || c == '/' || c == '=' || c == '-' || c == '_' ? SEPARATOR : 0;
  }
}
