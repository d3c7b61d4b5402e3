package io.github.cofferdam.documents;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a misspelt one probably meant. */
public final class Nearest {
  /** Names longer than this are not compared: the cost grows with the product of the lengths. */
  private static final int MAX_LENGTH = 64;

  private Nearest() {}

  /**
   * {@return the closest candidate, empty when none is within a third of the name's length or
   * begins alike}
   */
  public static Optional<String> of(String name, Collection<String> candidates) {
    if (name.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String best = null;
    int least = Math.max(1, name.length() / 3) + 1;
    for (String candidate : candidates) {
      if (Math.abs(candidate.length() - name.length()) >= least) {
        continue;
      }
      int distance = distance(name, candidate);
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    for (String candidate : candidates) {
      // "warning" for "warn", "mem" for "memory".
      boolean begins = name.startsWith(candidate) || candidate.startsWith(name);
      if (best == null && begins && name.length() >= 3) {
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }

  /**
   * {@return edits between two names: insert, delete, replace, or swap two neighbours; case and - _
   * cost nothing}
   */
  static int distance(String left, String right) {
    String a = fold(left);
    String b = fold(right);
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1);
        least = Math.min(least, cost[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          least = Math.min(least, cost[i - 2][j - 2] + 1);
        }
        cost[i][j] = least;
      }
    }
    return cost[a.length()][b.length()];
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT).replace('-', '_');
  }
}
