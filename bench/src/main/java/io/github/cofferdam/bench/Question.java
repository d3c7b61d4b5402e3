package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Section;

/** One question of the benchmark, which can be measured. */
interface Question {
  /** {@return the id of the section that answers it} */
  String id();

  /**
   * Answers it.
   *
   * @param effort how much of it: rounds and sizes
   * @param progress is told what is being done
   */
  Section measure(Effort effort, Progress progress) throws Exception;
}
