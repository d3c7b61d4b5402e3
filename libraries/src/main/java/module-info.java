/**
 * Two libraries that come without a module descriptor, as packages of a module: without one a
 * program can be started, but no runtime image be linked. Internal.
 */
@SuppressWarnings("module") // Those that use them are compiled after it.
module io.github.cofferdam.libraries {
  requires static org.jspecify;

  exports io.github.cofferdam.libraries.re2j to
      io.github.cofferdam.events,
      io.github.cofferdam.policy;
  exports io.github.cofferdam.libraries.tomlj to
      io.github.cofferdam.documents;
}
