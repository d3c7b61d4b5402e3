package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.policy.Caches;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What becomes of the caches that presets grant: a copy of the run's own over each, or else they
 * are read; written on the host only where the policy says so.
 *
 * @param policy as it is carried out
 * @param warning what people should know of it; empty where there is no cache
 */
public record PresetCaches(Policy policy, Optional<String> warning) {

  /**
   * Decides.
   *
   * @param policy with the isolation that the run has
   * @param workspace where relative paths begin
   */
  public static PresetCaches decide(Policy policy, Path workspace) throws Refusal {
    List<Path> caches = caches(policy, workspace);
    if (caches.isEmpty()) {
      return new PresetCaches(policy, Optional.empty());
    }
    String named = caches.stream().map(OsText::show).collect(Collectors.joining(", "));
    if (policy.sharesCaches()) {
      return new PresetCaches(
          policy,
          Optional.of(
              "share_caches: what the command writes to "
                  + named
                  + ", later builds outside of the sandbox run as code"));
    }
    Optional<String> obstacle = obstacle(policy, caches);
    return obstacle.isEmpty()
        ? new PresetCaches(policy, Optional.empty())
        : new PresetCaches(
            Caches.onlyRead(policy),
            Optional.of(
                "the command can read "
                    + named
                    + " and not write there, since changes that are gone with it cannot be had: "
                    + obstacle.get()));
  }

  private static List<Path> caches(Policy policy, Path workspace) throws Refusal {
    List<String> texts = Caches.of(policy);
    return texts.isEmpty()
        ? List.of()
        : GrantLookup.resolve("overlay", texts, workspace, new HashMap<>(), new ArrayList<>());
  }

  private static Optional<String> obstacle(Policy policy, List<Path> caches) {
    if (!OwnRoot.isMadeFor(policy)) {
      return Optional.of("that takes isolation = namespace");
    }
    try {
      OverlayTrial.refuseImpossible(caches, new HostMounts());
      return Optional.empty();
    } catch (Refusal e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
