/** Benchmarks of whole processes, of what grows, and of what runs inside the virtual machine. */
module io.github.cofferdam.bench {
  requires static org.jspecify;
  requires io.github.cofferdam.landlock;
  requires io.github.cofferdam.namespaces;
  requires io.github.cofferdam.profiles;
  requires io.github.cofferdam.sandbox;
  requires io.github.cofferdam.seccomp;
  requires com.sun.jna;
  requires info.picocli;
  requires java.management;
  requires jdk.httpserver;
  requires jdk.management;
  requires jmh.core;
  requires org.jnrproject.posix;
  requires tools.jackson.databind;

  opens io.github.cofferdam.bench.result to
      tools.jackson.databind;
}
