/**
 * A policy on this host: the layers that enforce it, and what may be claimed for them. Internal.
 */
@SuppressWarnings("module") // Those that use it are compiled after it.
module io.github.cofferdam.confinement {
  requires static org.jspecify;
  requires io.github.cofferdam.cgroup;
  requires io.github.cofferdam.documents;
  requires io.github.cofferdam.landlock;
  requires transitive io.github.cofferdam.launcher;
  requires transitive io.github.cofferdam.policy;
  requires io.github.cofferdam.profiles;
  requires io.github.cofferdam.seccomp;

  exports io.github.cofferdam.confinement to
      io.github.cofferdam.doctor,
      io.github.cofferdam.sandbox;
}
