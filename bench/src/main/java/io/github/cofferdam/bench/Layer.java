package io.github.cofferdam.bench;

/** Which walls a program is started behind. */
enum Layer {
  /** None, but by the launcher. */
  PLAIN("launcher, plain"),
  LANDLOCK("Landlock"),
  SECCOMP("seccomp"),
  BOTH("Landlock + seccomp"),
  /** Six namespaces, a root of its own, Landlock and seccomp. */
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
