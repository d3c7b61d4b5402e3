/** The {@code cofferdam} command. */
module io.github.cofferdam.cli {
  requires static org.jspecify;
  requires io.github.cofferdam.doctor;
  requires io.github.cofferdam.documents;
  requires io.github.cofferdam.landlock;
  requires io.github.cofferdam.profiles;
  requires io.github.cofferdam.sandbox;
  requires info.picocli;
  requires tools.jackson.core;
}
