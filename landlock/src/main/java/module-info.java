/**
 * Landlock as values: what a process may do with files, ports, signals and sockets, enforced by the
 * kernel.
 */
module io.github.cofferdam.landlock {
  requires static org.jspecify;
  requires transitive io.github.cofferdam.launcher;

  exports io.github.cofferdam.landlock;
}
