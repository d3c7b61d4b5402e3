package io.github.cofferdam.broker;

/**
 * What was decided, and what decided it.
 *
 * @param allowed whether it may be
 * @param rule the rule, as policies have it, or why there is none
 */
record Verdict(boolean allowed, String rule) {
  static Verdict allow(String rule) {
    return new Verdict(true, rule);
  }

  static Verdict deny(String rule) {
    return new Verdict(false, rule);
  }
}
