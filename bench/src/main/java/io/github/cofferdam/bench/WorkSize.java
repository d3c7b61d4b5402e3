package io.github.cofferdam.bench;

import java.time.Duration;

/**
 * How much real work is measured.
 *
 * @param checkedOut files of the git checkout
 * @param archived files that tar reads
 * @param classes that are compiled
 * @param maven whether Maven compiles them too
 * @param inserts transactions of sqlite
 * @param requests over HTTP
 * @param rounds how often each piece of work is done in each way
 * @param limit how long that may take, for each piece
 */
record WorkSize(
    int checkedOut,
    int archived,
    int classes,
    boolean maven,
    int inserts,
    int requests,
    int rounds,
    Duration limit) {
  static WorkSize of(Effort effort) {
    return switch (effort) {
      case QUICK -> new WorkSize(4_000, 4_000, 2, false, 200, 300, 3, Duration.ofSeconds(6));
      case FULL ->
          new WorkSize(50_000, 100_000, 200, true, 20_000, 20_000, 10, Duration.ofSeconds(80));
    };
  }
}
