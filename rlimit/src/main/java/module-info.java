/** POSIX resource limits, typed. */
module io.github.cofferdam.rlimit {
  requires static org.jspecify;
  requires transitive io.github.cofferdam.launcher;

  exports io.github.cofferdam.rlimit;
}
