/** What this host offers, a policy tried on it, and how to get the rest. */
module io.github.cofferdam.doctor {
  requires static org.jspecify;
  requires io.github.cofferdam.cgroup;
  requires io.github.cofferdam.confinement;
  requires io.github.cofferdam.documents;
  requires io.github.cofferdam.landlock;
  requires transitive io.github.cofferdam.policy;
  requires io.github.cofferdam.sandbox;
  requires io.github.cofferdam.seccomp;

  exports io.github.cofferdam.doctor;
}
