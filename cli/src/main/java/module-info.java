/** The {@code cofferdam} command. */
module io.github.cofferdam.cli {
  requires static transitive org.jspecify;
  requires io.github.cofferdam.doctor;
  requires io.github.cofferdam.profiles;
  requires info.picocli;
  requires io.github.cofferdam.documents;
  requires io.github.cofferdam.sandbox;
  requires io.github.cofferdam.landlock;
  requires tools.jackson.core;
  requires jdk.unsupported;
}
