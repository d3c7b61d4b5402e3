/** seccomp as values: system call filters that can be read, questioned and installed. */
module io.github.cofferdam.seccomp {
  requires static org.jspecify;
  requires transitive io.github.cofferdam.launcher;

  exports io.github.cofferdam.seccomp;
}
