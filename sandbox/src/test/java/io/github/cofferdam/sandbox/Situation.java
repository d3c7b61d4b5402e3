package io.github.cofferdam.sandbox;

import java.util.Optional;

/**
 * Something that a program does with a builder and its process, to be seen with both.
 *
 * @param name what is looked at
 * @param difference why both do not come to the same; empty where they have to
 * @param body what is done
 */
record Situation(String name, Optional<Difference> difference, Body body) {
  /** What is done on one side, which notes what there is to see. */
  @FunctionalInterface
  interface Body {
    void run(Side side) throws Exception;
  }

  /** One in which there is to be no difference. */
  static Situation same(String name, Body body) {
    return new Situation(name, Optional.empty(), body);
  }

  /** One in which there is a difference that has its reason. */
  static Situation differs(String name, Difference why, Body body) {
    return new Situation(name, Optional.of(why), body);
  }

  @Override
  public String toString() {
    return name;
  }
}
