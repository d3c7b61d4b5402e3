package io.github.cofferdam.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A C program to compare with, or to do in a sandbox what Java cannot be measured with. It runs for
 * as long as it is needed: each line that it is sent asks for one round, which it measures itself
 * and answers with one line.
 */
final class CProgram implements AutoCloseable {
  /** What compiles them. */
  static final Program COMPILER = new Program("GCC", "gcc", "Debian: apt install gcc libc6-dev");

  private final Process process;
  private final Writer requests;
  private final BufferedReader answers;

  /**
   * Takes over a program that runs.
   *
   * @param process its standard input and output are pipes that nobody else uses
   */
  CProgram(Process process) {
    this.process = process;
    requests = process.outputWriter();
    answers = process.inputReader();
  }

  /**
   * Compiles a program from its source among this class's resources, and starts it.
   *
   * @param name of the program, which is the source's without {@code .c}
   * @param folder for the program
   * @param arguments of the program
   * @return the program; empty if there is no compiler
   * @throws IOException if there is one, and it cannot compile
   */
  static Optional<CProgram> start(
      SearchPath searchPath, String name, Path folder, List<String> arguments)
      throws IOException, InterruptedException {
    Optional<Path> program = compile(searchPath, name, folder);
    if (program.isEmpty()) {
      return Optional.empty();
    }
    var command = new ArrayList<String>();
    command.add(program.get().toString());
    command.addAll(arguments);
    return Optional.of(unconfined(command));
  }

  /** Starts a program as this virtual machine starts others. */
  static CProgram unconfined(List<String> command) throws IOException {
    return new CProgram(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /**
   * Compiles a program from its source among this class's resources.
   *
   * @param name of the program, which is the source's without {@code .c}
   * @param folder for the program
   * @return the program's file; empty if there is no compiler
   * @throws IOException if there is one, and it cannot compile
   */
  static Optional<Path> compile(SearchPath searchPath, String name, Path folder)
      throws IOException, InterruptedException {
    Optional<Path> compiler = searchPath.find(COMPILER.file());
    return compiler.isEmpty()
        ? Optional.empty()
        : Optional.of(compile(compiler.get(), name, folder));
  }

  private static Path compile(Path compiler, String name, Path folder)
      throws IOException, InterruptedException {
    Path source = folder.resolve(name + ".c");
    try (InputStream in = CProgram.class.getResourceAsStream(name + ".c")) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + ".c is missing from the jar");
      }
      Files.copy(in, source);
    }
    Path program = folder.resolve(name);
    Process process =
        new ProcessBuilder(
                compiler.toString(), "-O2", "-pthread", "-o", program.toString(), source.toString())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String messages =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(compiler + " cannot compile " + name + ".c: " + messages);
    }
    return program;
  }

  /** Asks for one round and waits for the answer: whole numbers. */
  long[] ask() throws IOException {
    return ask("");
  }

  /** Asks for one round of several kinds and waits for the answer: whole numbers. */
  long[] ask(String kind) throws IOException {
    requests.write(kind);
    requests.write('\n');
    requests.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the C program has ended");
    }
    String[] words = answer.split(" ", -1);
    var numbers = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Long.parseLong(words[i]);
    }
    return numbers;
  }

  /** Ends the program, which ends with its input. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
