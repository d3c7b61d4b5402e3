/** Seccomp profiles as files: the OCI's JSON and TOML; judged, compiled, written. */
module io.github.cofferdam.profiles {
  requires static org.jspecify;
  requires io.github.cofferdam.documents;
  requires transitive io.github.cofferdam.seccomp;

  exports io.github.cofferdam.profiles;
}
