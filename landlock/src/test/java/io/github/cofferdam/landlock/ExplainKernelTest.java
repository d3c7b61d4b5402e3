package io.github.cofferdam.landlock;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@link ExplainCheck} as an unprivileged user as well, which jqwik cannot: it reads its jars late.
 */
@Tag("kernel")
class ExplainKernelTest {
  @Test
  void theKernelDoesWhatWasExplained() throws Exception {
    for (long seed : LongStream.range(0, 100).toArray()) {
      ExplainCheck.run(seed);
    }
  }
}
