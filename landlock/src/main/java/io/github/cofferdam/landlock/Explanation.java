package io.github.cofferdam.landlock;

import java.util.Optional;

/**
 * Why a {@link LandlockLayer} allows or denies something.
 *
 * @param allowed whether it does
 * @param grant the grant that allows it; empty if it is denied, or allowed because nothing
 *     restricts it. Where several rights are needed, the grant of the first
 * @param reason in words
 */
public record Explanation(boolean allowed, Optional<ResolvedGrant> grant, String reason) {
  static Explanation granted(ResolvedGrant grant, FsRight right) {
    return new Explanation(true, Optional.of(grant), right + " is granted by " + grant);
  }

  static Explanation unrestricted(String reason) {
    return new Explanation(true, Optional.empty(), reason);
  }

  static Explanation denied(String reason) {
    return new Explanation(false, Optional.empty(), reason);
  }
}
