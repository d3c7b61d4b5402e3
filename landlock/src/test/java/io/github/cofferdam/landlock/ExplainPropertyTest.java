package io.github.cofferdam.landlock;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** {@link ExplainCheck} with seeds that are new in each run. */
class ExplainPropertyTest {
  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  void theKernelDoesWhatWasExplained(@ForAll long seed) throws Exception {
    ExplainCheck.run(seed);
  }
}
