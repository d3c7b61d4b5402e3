/**
 * Commands behind the kernel's wall: a {@link io.github.cofferdam.policy.Policy} says what may
 * pass, a {@link io.github.cofferdam.sandbox.Sandbox} runs commands under it, and an {@link
 * io.github.cofferdam.sandbox.Outcome} says what happened and what was enforced.
 */
module io.github.cofferdam.sandbox {
  requires static org.jspecify;
  requires io.github.cofferdam.broker;
  requires io.github.cofferdam.cgroup;
  requires io.github.cofferdam.confinement;
  requires io.github.cofferdam.documents;
  requires transitive io.github.cofferdam.events;
  requires io.github.cofferdam.landlock;
  requires transitive io.github.cofferdam.launcher;
  requires transitive io.github.cofferdam.namespaces;
  requires transitive io.github.cofferdam.policy;
  requires transitive io.github.cofferdam.rlimit;
  requires io.github.cofferdam.seccomp;
  requires tools.jackson.core;

  exports io.github.cofferdam.sandbox;
}
