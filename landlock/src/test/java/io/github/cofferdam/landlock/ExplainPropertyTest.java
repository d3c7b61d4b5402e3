package io.github.cofferdam.landlock;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** {@link ExplainCheck} with seeds that are new in each run. */
class ExplainPropertyTest {
  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  @AddLifecycleHook(NeedsRefer.class)
  void theKernelDoesWhatWasExplained(@ForAll long seed) throws Exception {
    ExplainCheck.run(seed);
  }

  /** An assumption would only reject tries, and too many rejections are a failure. */
  static final class NeedsRefer implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      LandlockSupport support = LandlockSupport.probe();
      return support.has(FsRight.REFER)
          ? SkipResult.doNotSkip()
          : SkipResult.skip(support.toString());
    }
  }
}
