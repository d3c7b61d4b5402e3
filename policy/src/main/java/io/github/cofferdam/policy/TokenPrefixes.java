package io.github.cofferdam.policy;

import java.util.List;

/** Tokens that are known by how they begin. */
final class TokenPrefixes {
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

  private record Prefix(String text, int more) {}

  private TokenPrefixes() {}

  /** {@return whether a word in it begins as a token does, and is long and mixed enough for one} */
  static boolean areIn(String text) {
    for (int start = 0; start < text.length(); ) {
      int end = start;
      while (end < text.length() && TokenText.isTokenCharacter(text.charAt(end))) {
        end++;
      }
      if (end - start >= 12 && isToken(text, start, end)) {
        return true;
      }
      start = end + 1;
    }
    return false;
  }

  private static boolean isToken(String text, int start, int end) {
    for (Prefix prefix : PREFIXES) {
      int from = start + prefix.text().length();
      if (text.startsWith(prefix.text(), start) && end - from >= prefix.more()) {
        boolean upper = prefix.text().equals("AKIA") || prefix.text().equals("ASIA");
        if (upper ? isUpper(text, from, end) : TokenText.isMixed(text, from, end)) {
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
}
