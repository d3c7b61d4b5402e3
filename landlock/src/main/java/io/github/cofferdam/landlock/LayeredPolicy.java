package io.github.cofferdam.landlock;

import java.util.ArrayList;
import java.util.List;

/**
 * Several policies that all hold: each becomes a layer, entered inside the one before. Only what
 * all allow is allowed, and {@link FsRight#REFER} only where all grant it.
 *
 * @param policies in the order in which they are entered
 */
public record LayeredPolicy(List<LandlockPolicy> policies) {

  /**
   * Keeps a copy of the list.
   *
   * @throws IllegalArgumentException if there are none, or more than {@link
   *     LandlockLayer#MAX_LAYERS}
   */
  public LayeredPolicy {
    policies = List.copyOf(policies);
    if (policies.isEmpty() || policies.size() > LandlockLayer.MAX_LAYERS) {
      throw new IllegalArgumentException(
          policies.size() + " layers; there can be 1 to " + LandlockLayer.MAX_LAYERS);
    }
  }

  /**
   * {@return layers of some policies}
   *
   * @throws IllegalArgumentException if there are none, or more than the kernel takes
   */
  public static LayeredPolicy of(LandlockPolicy... policies) {
    return new LayeredPolicy(List.of(policies));
  }

  /**
   * {@return these layers and one more inside}
   *
   * @throws IllegalArgumentException if there would be more than the kernel takes
   */
  public LayeredPolicy and(LandlockPolicy policy) {
    var more = new ArrayList<>(policies);
    more.add(policy);
    return new LayeredPolicy(more);
  }

  /**
   * As {@link LandlockPolicy#on(LandlockSupport)}, for each.
   *
   * @throws PathGrantException if a path is missing or cannot have the rights
   * @throws RequiredFeatureException if the kernel lacks what one of them requires
   */
  public LandlockLayers on(LandlockSupport support)
      throws PathGrantException, RequiredFeatureException {
    var layers = new ArrayList<LandlockLayer>();
    for (LandlockPolicy policy : policies) {
      layers.add(policy.on(support));
    }
    return new LandlockLayers(layers);
  }
}
