/** Linux namespaces and capabilities as values. */
module io.github.cofferdam.namespaces {
  requires static org.jspecify;
  requires transitive io.github.cofferdam.launcher;

  exports io.github.cofferdam.namespaces;
}
