/** One stream of typed events, and the audit log that listens to it. */
module io.github.cofferdam.events {
  requires static org.jspecify;
  requires io.github.cofferdam.documents;
  requires transitive io.github.cofferdam.policy;
  requires re2j;

  exports io.github.cofferdam.events;
}
