package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A C program among the resources of the tests, for what Python has no words for. */
final class CompiledProgram {
  private static final Path COMPILER = Path.of("/usr/bin/gcc");

  private CompiledProgram() {}

  /**
   * Compiles a program; skips a test where there is no compiler.
   *
   * @param name of the source, without {@code .c}
   * @param folder for the program, which anybody may execute
   */
  static Path compile(String name, Path folder, String... options)
      throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(COMPILER), "no " + COMPILER);
    Path source = folder.resolve(name + ".c");
    try (InputStream in = CompiledProgram.class.getResourceAsStream(name + ".c")) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name + ".c");
      }
      Files.copy(in, source);
    }
    Path program = folder.resolve(name);
    var command = new ArrayList<>(List.of(COMPILER.toString(), "-O1", "-Wall", "-pthread"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", program.toString(), source.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var messages = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), messages);
    return program;
  }
}
