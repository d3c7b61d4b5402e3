/**
 * What may pass, as a value, and its file; the rules about commands; and the words in which reports
 * say what is enforced.
 */
module io.github.cofferdam.policy {
  requires static org.jspecify;
  requires io.github.cofferdam.documents;
  requires io.github.cofferdam.libraries;
  requires transitive io.github.cofferdam.namespaces;
  requires transitive io.github.cofferdam.rlimit;

  exports io.github.cofferdam.policy;
}
