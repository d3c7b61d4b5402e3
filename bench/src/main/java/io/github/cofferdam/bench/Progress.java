package io.github.cofferdam.bench;

/** Is told how far a measurement is. */
interface Progress {
  /** Says what is done now, in a few words, and how much of the section is done (0 to 1). */
  void at(String what, double done);
}
