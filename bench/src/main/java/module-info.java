/** Benchmarks of whole processes and of filters. */
module io.github.cofferdam.bench {
  requires static org.jspecify;
  requires io.github.cofferdam.sandbox;
  requires io.github.cofferdam.landlock;
  requires io.github.cofferdam.seccomp;
  requires io.github.cofferdam.namespaces;
  requires info.picocli;
  requires jmh.core;
  requires tools.jackson.databind;

  opens io.github.cofferdam.bench.result to
      tools.jackson.databind;
}
