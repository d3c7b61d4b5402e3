package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A virtual machine whose virtual threads have one thread to carry them, for {@link
 * VirtualThreadsTest}. Each of the ways to wait for a command is used by several virtual threads
 * that come to an end only if all of them get on. Prints what came of it.
 */
final class VirtualThreadsMain {
  private static final int THREADS = 8;

  /** Long enough for a machine that does much else; only what hangs takes so long. */
  private static final long PATIENCE_SECONDS = 100;

  private final Sandbox sandbox;
  private final Path directory;

  private VirtualThreadsMain(Isolation isolation, Path directory) {
    sandbox =
        Sandbox.of(
            Policy.builder()
                .isolation(isolation)
                .mode(Mode.WORKSPACE_WRITE)
                .workspace(directory.toString())
                .build());
    this.directory = directory;
  }

  /** The isolation, the way to wait, a directory. */
  public static void main(String[] arguments) throws Exception {
    var main = new VirtualThreadsMain(Isolation.valueOf(arguments[0]), Path.of(arguments[2]));
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    List<Future<String>> results =
        switch (arguments[1]) {
          case "run" -> main.each(threads, main::runs);
          case "capture" -> main.each(threads, main::captures);
          case "waitFor" -> main.each(threads, main::waits);
          case "outcome" -> main.each(threads, main::outcomes);
          case "cat" -> main.cats(threads);
          case "interrupt" -> main.interrupts(threads);
          default -> throw new IllegalArgumentException(arguments[1]);
        };
    var said = new ArrayList<String>();
    for (Future<String> result : results) {
      try {
        said.add(result.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
      } catch (ExecutionException e) {
        said.add(String.valueOf(e.getCause()));
      } catch (TimeoutException e) {
        said.add("hangs");
        break;
      }
    }
    System.out.println(String.join(" ", said));
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  /** What one thread does. */
  private interface Way {
    String go(int number) throws Exception;
  }

  private List<Future<String>> each(ExecutorService threads, Way way) {
    var results = new ArrayList<Future<String>>();
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      results.add(threads.submit(() -> way.go(number)));
    }
    return results;
  }

  /** A command that ends when all of them are there. */
  private SandboxCommand together(int number) {
    return sandbox
        .command(
            "/bin/sh",
            "-c",
            "echo >here-$1; while [ $(ls here-* | wc -l) -lt $2 ]; do sleep 0.05; done; echo met",
            "sh",
            Integer.toString(number),
            Integer.toString(THREADS))
        .directory(directory);
  }

  private String runs(int number) throws IOException, InterruptedException {
    return together(number).run().ending().kind();
  }

  private String captures(int number) throws IOException, InterruptedException {
    return together(number).captureOutput().run().output().orElseThrow().out().strip();
  }

  private String waits(int number) throws IOException, InterruptedException {
    try (SandboxProcess process = together(number).start()) {
      return Integer.toString(process.waitFor());
    }
  }

  private String outcomes(int number) throws IOException, InterruptedException {
    try (SandboxProcess process = together(number).start()) {
      return process.outcome().ending().kind();
    }
  }

  /** Two threads for each command: one reads what the other writes, more than pipes hold. */
  private List<Future<String>> cats(ExecutorService threads) throws IOException {
    var results = new ArrayList<Future<String>>();
    byte[] bytes = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < THREADS; i++) {
      SandboxProcess cat = sandbox.command("/bin/cat").directory(directory).start();
      results.add(
          threads.submit(() -> {
            try (InputStream from = cat.getInputStream()) {
              return Integer.toString(from.readAllBytes().length);
            }
          }));
      results.add(
          threads.submit(() -> {
            try (OutputStream to = cat.getOutputStream()) {
              to.write(bytes);
            }
            return Integer.toString(cat.waitFor());
          }));
    }
    return results;
  }

  /** An interrupt ends what waits for the end, and not what reads. */
  private List<Future<String>> interrupts(ExecutorService threads) throws Exception {
    Path gate = directory.resolve("gate");
    var waiting = Collections.synchronizedList(new ArrayList<Thread>());
    var results = new ArrayList<Future<String>>();
    SandboxCommand command =
        sandbox
            .command("/bin/sh", "-c", "while [ ! -e gate ]; do sleep 0.05; done; echo read")
            .directory(directory);
    results.add(
        threads.submit(() -> {
          waiting.add(Thread.currentThread());
          try {
            return command.run().ending().kind();
          } catch (InterruptedException e) {
            return "interrupted";
          }
        }));
    SandboxProcess process = command.start();
    results.add(
        threads.submit(() -> {
          waiting.add(Thread.currentThread());
          String text =
              new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
          return text + (Thread.interrupted() ? ", interrupted" : ", not interrupted");
        }));
    while (waiting.size() < 2) {
      Thread.sleep(10);
    }
    Thread.sleep(300);
    for (Thread thread : waiting) {
      thread.interrupt();
    }
    results.getFirst().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    Files.createFile(gate);
    return results;
  }
}
