/** Limits of a whole process tree, by control groups. */
module io.github.cofferdam.cgroup {
  requires static org.jspecify;
  requires transitive io.github.cofferdam.launcher;

  exports io.github.cofferdam.cgroup;
}
