/**
 * Setup programs: lists of system calls as values, which can run on this thread, in a child before
 * it executes a command, or against a fake kernel; and the launcher, a tiny ELF image that runs
 * them in the child.
 */
module io.github.cofferdam.launcher {
  requires static org.jspecify;
  requires transitive io.github.cofferdam.bindings;

  exports io.github.cofferdam.launcher;
}
