/** One stream of typed events, and the audit log that listens to it. */
module io.github.cofferdam.events {
  requires static org.jspecify;
  requires io.github.cofferdam.documents;
  requires io.github.cofferdam.libraries;
  requires transitive io.github.cofferdam.policy;

  exports io.github.cofferdam.events;
}
