package io.github.cofferdam.policy;

import java.util.List;
import java.util.Set;

/**
 * The variables that pass with {@code inherit = "listed"}: what says where and for whom a program
 * runs, and how to talk to that person. {@code docs/policy.md} has the same list, which a test
 * compares.
 */
final class ListedNames {
  static final Set<String> NAMES =
      Set.of(
          // Who, where, when.
          "HOME",
          "USER",
          "LOGNAME",
          "SHELL",
          "PATH",
          "PWD",
          "HOSTNAME",
          "TZ",
          "TMPDIR",
          "TMP",
          "TEMP",
          // Language.
          "LANG",
          "LANGUAGE",
          // Terminal.
          "TERM",
          "COLORTERM",
          "TERM_PROGRAM",
          "TERM_PROGRAM_VERSION",
          "COLUMNS",
          "LINES",
          "NO_COLOR",
          "FORCE_COLOR",
          "CLICOLOR",
          "CLICOLOR_FORCE",
          "LS_COLORS",
          // What a person is shown things with.
          "EDITOR",
          "VISUAL",
          "PAGER",
          "LESS",
          "GIT_EDITOR",
          "GIT_PAGER",
          "MANPAGER",
          "BROWSER",
          // That nobody looks.
          "CI");

  static final List<String> PATTERNS = List.of("LC_*", "XDG_*");

  private ListedNames() {}

  static boolean contains(String name) {
    return NAMES.contains(name) || NamePattern.matchesAny(PATTERNS, name);
  }
}
