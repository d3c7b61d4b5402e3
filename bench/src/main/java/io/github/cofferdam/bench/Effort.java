package io.github.cofferdam.bench;

/** How much is measured: enough for a report, or enough to try it out. */
enum Effort {
  QUICK,
  FULL
}
