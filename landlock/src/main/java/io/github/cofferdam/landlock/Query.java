package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;

/** What {@code landlock_create_ruleset} answers without making a ruleset. */
final class Query {
  static final Query VERSION =
      new Query(
          "ask for the version of Landlock",
          Uapi.LANDLOCK_CREATE_RULESET_VERSION(),
          "LANDLOCK_CREATE_RULESET_VERSION");
  static final Query ERRATA =
      new Query(
          "ask what Landlock has corrected",
          Uapi.LANDLOCK_CREATE_RULESET_ERRATA(),
          "LANDLOCK_CREATE_RULESET_ERRATA");

  private final int flag;
  private final Step step;

  private Query(String purpose, int flag, String constant) {
    this.flag = flag;
    step =
        Step.of(
            "landlock_create_ruleset",
            purpose,
            Arg.of(0, "NULL"),
            Arg.of(0),
            Arg.of(flag, constant));
  }

  /** {@return the kernel's answer, or an error as system calls return it} */
  long ask(Kernel kernel) {
    return kernel.call(step, new long[] {0, 0, flag, 0, 0, 0});
  }
}
