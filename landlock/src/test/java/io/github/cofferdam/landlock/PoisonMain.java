package io.github.cofferdam.landlock;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A virtual machine in which a confined thread is the first to use what all share. Prints whether
 * code outside suffers from that: {@code clean}, or what is confined.
 */
final class PoisonMain {
  private PoisonMain() {}

  /** Arguments: {@code plain} or {@code helper}, and a file that is not granted. */
  public static void main(String[] args) throws Exception {
    Path secret = Path.of(args[1]);
    var builder = LandlockPolicy.builder().readExecute(Path.of(System.getProperty("java.home")));
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      if (!entry.isEmpty()) {
        builder.read(Path.of(entry));
      }
    }
    for (String path : List.of("/usr", "/bin", "/lib", "/lib64")) {
      builder.readExecuteIfPresent(Path.of(path));
    }
    LandlockLayer layer =
        builder
            .deviceIfPresent(Path.of("/dev/null"))
            .readIfPresent(Path.of("/proc"))
            .readIfPresent(Path.of("/sys"))
            .build()
            .on(LandlockSupport.probe());

    Callable<String> work =
        () -> {
          boolean denied = !reads(() -> Files.readString(secret));
          CompletableFuture.supplyAsync(() -> "").get();
          new CompletableFuture<String>().completeOnTimeout("", 1, TimeUnit.MILLISECONDS).get();
          Thread.ofVirtual().start(() -> {}).join();
          int exit = new ProcessBuilder("cat", secret.toString()).start().waitFor();
          return "denied " + denied + ", cat " + (exit != 0);
        };
    System.out.println(
        args[0].equals("plain") ? plainly(layer, work) : ConfinedThread.call(layer, work));

    var confined = new ArrayList<String>();
    if (!reads(() -> CompletableFuture.supplyAsync(() -> read(secret)).get())) {
      confined.add("common pool");
    }
    var virtual = new FutureTask<>(() -> Files.readString(secret));
    Thread.ofVirtual().start(virtual);
    if (!reads(virtual::get)) {
      confined.add("virtual threads");
    }
    confined.addAll(confinedThreads());
    System.out.println(confined.isEmpty() ? "clean" : String.join(", ", confined));
  }

  private static String plainly(LandlockLayer layer, Callable<String> work) throws Exception {
    var task =
        new FutureTask<>(() -> {
          layer.restrictThisThread();
          return work.call();
        });
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    return task.get();
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean reads(Callable<String> reading) throws Exception {
    try {
      reading.call();
      return true;
    } catch (AccessDeniedException e) {
      return false;
    } catch (ExecutionException e) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof AccessDeniedException) {
          return false;
        }
      }
      throw e;
    }
  }

  /** Threads with no_new_privs, which only a confined thread can have passed on. */
  private static List<String> confinedThreads() throws Exception {
    var names = new ArrayList<String>();
    // A thread that was joined is still there for a moment.
    for (int attempt = 0; attempt < 100; attempt++) {
      names.clear();
      for (Path task : tasks()) {
        try {
          List<String> status = Files.readAllLines(task.resolve("status"));
          if (status.stream().anyMatch(line -> line.matches("NoNewPrivs:\\s*1"))) {
            names.add(status.getFirst().replaceFirst("Name:\\s*", ""));
          }
        } catch (IOException e) {
          // It has ended.
        }
      }
      if (names.isEmpty()) {
        break;
      }
      Thread.sleep(10);
    }
    return names;
  }

  private static List<Path> tasks() throws IOException {
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.toList();
    }
  }
}
