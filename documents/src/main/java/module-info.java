/**
 * Strict reading of what people write (TOML, JSON), with the places of all that is wrong; and JSON
 * that a terminal may show. Internal.
 */
@SuppressWarnings("module") // Those that read documents are compiled after it.
module io.github.cofferdam.documents {
  requires static org.jspecify;
  requires io.github.cofferdam.bindings;
  requires io.github.cofferdam.libraries;
  requires transitive tools.jackson.core;

  exports io.github.cofferdam.documents to
      io.github.cofferdam.cli,
      io.github.cofferdam.confinement,
      io.github.cofferdam.doctor,
      io.github.cofferdam.events,
      io.github.cofferdam.policy,
      io.github.cofferdam.profiles,
      io.github.cofferdam.sandbox;
}
