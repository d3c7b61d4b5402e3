package io.github.cofferdam.landlock;

import java.util.Collection;
import java.util.stream.Collectors;

/** Bits and names of sets of features. */
final class Names {
  private Names() {}

  /** {@code READ_FILE|READ_DIR}, in the order of the bits; 0 if there are none. */
  static String of(Collection<? extends Feature> features) {
    return features.isEmpty()
        ? "0"
        : features.stream().map(Feature::name).collect(Collectors.joining("|"));
  }

  static long bits(Collection<? extends Feature> features) {
    long bits = 0;
    for (Feature feature : features) {
      bits |= feature.bit();
    }
    return bits;
  }
}
