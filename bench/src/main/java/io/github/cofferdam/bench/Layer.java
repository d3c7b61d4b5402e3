package io.github.cofferdam.bench;

/** Which walls a program is started behind. */
enum Layer {
  /** None, but by the launcher. */
  PLAIN("launcher, plain"),
  LANDLOCK("Landlock"),
  SECCOMP("seccomp"),
  BOTH("Landlock + seccomp"),
  /** Six namespaces made for each run, with a supervisor, and the two. */
  NAMESPACES("six namespaces, Landlock + seccomp"),
  /** Six namespaces, no capabilities, a root of its own, Landlock and seccomp. */
  ALONE("full isolation, nothing in common"),
  /**
   * The same from the second run of a sandbox on: the user, UTS and network namespaces and the
   * read-only part of the root were made before, for all runs.
   */
  FULL("full isolation");

  private final String text;

  Layer(String text) {
    this.text = text;
  }

  /** {@return the layer's name for people} */
  String text() {
    return text;
  }
}
