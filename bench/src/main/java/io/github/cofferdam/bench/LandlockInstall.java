package io.github.cofferdam.bench;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.NoNewPrivileges;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * How long a thread takes to confine itself with one ruleset and ten rules: a C program, the setup
 * program of a layer that was compiled before, and everything from the policy on. Each round has a
 * thread of its own, since layers stack up; starting it does not count.
 *
 * <p>The setup program makes more calls than the C program: it also makes sure that each path is
 * still what it was when the policy was compiled.
 */
public final class LandlockInstall {
  private static final int DEFAULT_ROUNDS = 1000;

  private static final List<String> PATHS =
      List.of(
          "/usr", "/etc", "/var", "/dev", "/proc", "/sys", "/run", "/tmp", "/usr/bin", "/usr/lib");

  /** Rights that files and directories may have. */
  private static final Set<FsRight> GRANTED = EnumSet.of(FsRight.READ_FILE, FsRight.READ_DIR);

  private LandlockInstall() {}

  /** Runs the benchmark; the only argument is the number of rounds. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ROUNDS;
    LandlockLayer layer = compile();
    Path folder = Files.createTempDirectory("cofferdam-bench");
    try (var c = new Reference(build(folder), layer)) {
      var turns = new TakingTurns();
      turns.add("C", c);
      turns.add("Java, compiled before", () -> confined(() -> layer));
      turns.add("Java, from the policy on", () -> confined(LandlockInstall::compile));
      turns.run("a ruleset with " + PATHS.size() + " rules", rounds);
    } finally {
      Files.deleteIfExists(folder.resolve("landlock"));
      Files.deleteIfExists(folder.resolve("landlock.c"));
      Files.delete(folder);
    }
  }

  private static LandlockLayer compile() throws IOException {
    LandlockPolicy.Builder builder = LandlockPolicy.builder().scope(Scope.SIGNAL);
    for (String path : PATHS) {
      builder.grant(GRANTED, Path.of(path));
    }
    return builder.build().on(Abi.current());
  }

  private static long confined(Callable<LandlockLayer> layer) throws Exception {
    var task =
        new FutureTask<>(() -> {
          NoNewPrivileges.program().run();
          long start = System.nanoTime();
          layer.call().program().run();
          return System.nanoTime() - start;
        });
    Thread.ofPlatform().start(task);
    return task.get();
  }

  private static Path build(Path folder) throws Exception {
    Path source = folder.resolve("landlock.c");
    try (InputStream in = LandlockInstall.class.getResourceAsStream("landlock.c")) {
      if (in == null) {
        throw new IllegalStateException("resource landlock.c is missing from the jar");
      }
      Files.copy(in, source);
    }
    Path program = folder.resolve("landlock");
    Process compiler =
        new ProcessBuilder("gcc", "-O2", "-pthread", "-o", program.toString(), source.toString())
            .inheritIO()
            .start();
    if (compiler.waitFor() != 0) {
      throw new IllegalStateException("gcc cannot compile landlock.c");
    }
    return program;
  }

  /** The C program, which measures itself. */
  private static final class Reference implements TakingTurns.TimedWay, AutoCloseable {
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;

    Reference(Path program, LandlockLayer layer) throws IOException {
      var command = new ArrayList<String>();
      command.add(program.toString());
      command.add(bits(layer.handledFs()));
      command.add(Long.toString(Scope.SIGNAL.bit()));
      command.add(bits(GRANTED));
      command.addAll(PATHS);
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      requests = process.outputWriter();
      answers = process.inputReader();
    }

    private static String bits(Set<FsRight> rights) {
      long bits = 0;
      for (FsRight right : rights) {
        bits |= right.bit();
      }
      return Long.toString(bits);
    }

    @Override
    public long run() throws IOException {
      requests.write('\n');
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException("the C program has ended");
      }
      return Long.parseLong(answer);
    }

    @Override
    public void close() {
      try {
        requests.close();
        process.waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
