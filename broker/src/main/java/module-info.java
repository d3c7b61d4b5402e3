/**
 * Answers the kernel's questions while a command runs: which host, which name, which port.
 * Internal.
 */
@SuppressWarnings("module") // Those that use it are compiled after it.
module io.github.cofferdam.broker {
  requires static org.jspecify;
  requires io.github.cofferdam.bindings;
  requires transitive io.github.cofferdam.events;
  requires transitive io.github.cofferdam.launcher;
  requires transitive io.github.cofferdam.policy;
  requires transitive io.github.cofferdam.seccomp;

  exports io.github.cofferdam.broker to
      io.github.cofferdam.confinement,
      io.github.cofferdam.doctor,
      io.github.cofferdam.sandbox;
}
