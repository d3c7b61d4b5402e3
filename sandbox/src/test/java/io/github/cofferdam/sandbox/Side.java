package io.github.cofferdam.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** One of the two that are compared: {@link ProcessBuilder}, or a sandbox that restricts little. */
final class Side {
  private final Optional<Policy> policy;
  private final Path directory;
  private final List<String> seen = new ArrayList<>();
  private final List<Process> started = new ArrayList<>();

  /**
   * Makes one.
   *
   * @param isolation of its sandbox; empty for none
   * @param directory its own, empty
   */
  Side(Optional<Isolation> isolation, Path directory) {
    policy = isolation.map(one -> Sandboxed.fullAccess().isolation(one).build());
    this.directory = directory;
  }

  boolean isConfined() {
    return policy.isPresent();
  }

  /** What there was to see, in order; what differs by nature has been replaced. */
  List<String> seen() {
    return seen;
  }

  Maker.Builder builder(String... argv) {
    return Maker.of(
        policy.isPresent()
            ? Sandboxed.of(policy.get()).processBuilder(argv)
            : new ProcessBuilder(argv));
  }

  @SuppressWarnings("NullAway") // null is among what is tried
  Maker.Builder builder(@Nullable List<String> argv) {
    return Maker.of(
        policy.isPresent()
            ? Sandboxed.of(policy.get()).processBuilder(argv)
            : new ProcessBuilder(argv));
  }

  Maker.Builder shell(String script, String... arguments) {
    var argv = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    argv.addAll(Arrays.asList(arguments));
    return builder(argv);
  }

  /** Starts it; what is left of it in the end is ended. */
  Process start(Maker.Builder builder) throws IOException {
    Process process = builder.start();
    started.add(process);
    return process;
  }

  Process start(String script, String... arguments) throws IOException {
    return start(shell(script, arguments));
  }

  /** Starts a script, and waits until it says that it runs. */
  Process ready(String script, String... arguments) throws IOException {
    Process process = start("echo ready; " + script, arguments);
    if (!"ready".equals(process.inputReader().readLine())) {
      throw new AssertionError("it does not run: " + process);
    }
    return process;
  }

  /** {@return what it prints} */
  String out(Maker.Builder builder) throws IOException {
    return text(start(builder).getInputStream().readAllBytes());
  }

  String out(String script, String... arguments) throws IOException {
    return out(shell(script, arguments));
  }

  List<Process> pipeline(Maker.Builder... builders) throws IOException {
    List<Object> targets = Arrays.stream(builders).map(Maker.Builder::target).toList();
    List<Process> processes =
        isConfined()
            ? SandboxProcessBuilder.startPipeline(
                targets.stream().map(SandboxProcessBuilder.class::cast).toList())
            : ProcessBuilder.startPipeline(
                targets.stream().map(ProcessBuilder.class::cast).toList());
    started.addAll(processes);
    return processes;
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  File file(String name) {
    return path(name).toFile();
  }

  /** A file with something in it. */
  File file(String name, String content) throws IOException {
    Files.writeString(path(name), content);
    return file(name);
  }

  /** {@return what is in a file, or that there is none} */
  String content(String name) throws IOException {
    return Files.exists(path(name)) ? Files.readString(path(name)) : "no file";
  }

  static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  /** Ends what has a marker among its arguments; {@return how many there were} */
  static int endAll(String marker) throws IOException {
    List<String> all = Sandboxed.processesWith(marker);
    for (String process : all) {
      long pid = Long.parseLong(process.substring(0, process.indexOf(' ')));
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    return all.size();
  }

  void see(@Nullable Object thing) {
    seen.add(String.valueOf(thing).replace(directory.toString(), "DIRECTORY"));
  }

  /** Notes whether two are one. */
  @SuppressWarnings("ReferenceEquality") // that is the question
  void seeSame(Object one, Object other) {
    see(one == other);
  }

  /** Something that may fail. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  /** Notes how it fails, or that it does not. */
  void tries(Action action) {
    try {
      action.run();
      see("done");
    } catch (Exception e) {
      see(failure(e));
    }
  }

  /** Notes what it says, or how it fails. */
  void asks(Callable<? extends @Nullable Object> question) {
    try {
      see(question.call());
    } catch (Exception e) {
      see(failure(e));
    }
  }

  /** The kind that code for ProcessBuilder knows, and the message. */
  private static String failure(Exception e) {
    if (e instanceof NullPointerException) {
      // The virtual machine's own words, about names in the code.
      return "NullPointerException";
    }
    Class<?> type = e.getClass();
    while (!type.getName().startsWith("java.")) {
      type = Objects.requireNonNull(type.getSuperclass());
    }
    // The JDK has both, depending on whether the process had ended.
    return type.getName()
        + ": "
        + String.valueOf(e.getMessage()).replace("Stream Closed", "Stream closed");
  }

  /** Ends what is left. */
  void end() throws InterruptedException {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }
}
