package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.launcher.Supervision;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The command as its users start it: a virtual machine of its own.
 *
 * <p>Its class path is made of files of the build, for this test may run as a user who cannot read
 * root's home.
 */
final class Cofferdam {
  static final Path ROOT = Path.of(Objects.requireNonNull(System.getProperty("cofferdam.root")));

  /** Built here as well, and not part of the command. */
  private static final Set<String> OTHERS = Set.of("bench", "testkit");

  private Cofferdam() {}

  /** What became of a process. */
  static final class Result {
    private final int status;
    private final byte[] out;
    private final byte[] err;

    private Result(int status, byte[] out, byte[] err) {
      this.status = status;
      this.out = out;
      this.err = err;
    }

    int status() {
      return status;
    }

    byte[] bytes() {
      return out;
    }

    byte[] errorBytes() {
      return err;
    }

    String out() {
      return new String(out, StandardCharsets.UTF_8);
    }

    String err() {
      return new String(err, StandardCharsets.UTF_8);
    }

    Result expect(int expected) {
      assertTrue(status == expected, () -> "status " + status + "\n" + out() + "\n" + err());
      return this;
    }
  }

  /** The words that start the command, without a subcommand. */
  static List<String> words() {
    return words(Main.class);
  }

  /** The same for another program, which may be one of the tests. */
  static List<String> words(Class<?> main) {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As the start script does, but for the class data archive of its own.
    words.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-Xlog:disable",
            "-Xrs"));
    String classes = classPath() + ":" + ROOT.resolve("cli/target/test-classes");
    words.addAll(
        List.of(
            "-cp",
            main.equals(Main.class) ? classPath() : classes,
            "--enable-native-access=ALL-UNNAMED"));
    words.add(main.getName());
    return words;
  }

  private static String classPath() {
    var entries = new ArrayList<Path>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      modules
          .filter(module -> !OTHERS.contains(String.valueOf(module.getFileName())))
          .map(module -> module.resolve("target/classes"))
          .filter(Files::isDirectory)
          .sorted()
          .forEach(entries::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path libraries = ROOT.resolve("cli/target/test-lib");
    assumeTrue(Files.isReadable(libraries), () -> "this user cannot read the build: " + libraries);
    try (Stream<Path> jars = Files.list(libraries)) {
      jars.forEach(entries::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Path entry : entries) {
      assumeTrue(Files.isReadable(entry), () -> "this user cannot read the build: " + entry);
    }
    return String.join(":", entries.stream().map(Path::toString).toList());
  }

  /**
   * Starts a program in a session of its own, whose terminal is the given one; what it starts
   * without more is in its foreground. What keys send is not ignored, as it would be at a terminal,
   * whoever has started this and ignores it.
   */
  static Launched atTerminal(PseudoTerminal caller, List<String> words) throws IOException {
    LaunchPlan plan =
        LaunchPlan.of(words.getFirst(), words)
            .environment(
                Map.of("PATH", "/usr/bin:/bin", "HOME", System.getProperty("java.io.tmpdir")))
            .supervision(Supervision.CHILD_WALK)
            .commandSteps(PseudoTerminal.control().then(defaultActions()))
            .directory("/")
            .build();
    var peer = Stdio.to(caller.peer());
    return Launcher.start(plan, new StdioSet(peer, peer, Optional.of(peer)));
  }

  private static SetupProgram defaultActions() {
    List<Integer> signals =
        List.of(Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT(), Uapi.SIGTERM(), Uapi.SIGTSTP());
    return SetupProgram.of(
        signals.stream()
            .map(signal ->
                Step.of(
                    "rt_sigaction",
                    "reset the action of a signal",
                    Arg.of(signal),
                    // struct sigaction of the kernel, all zero
                    Memory.ofSize(32).build("SIG_DFL"),
                    Arg.of(0, "NULL"),
                    Arg.of(8)))
            .toArray(Step[]::new));
  }

  /** A subcommand with its arguments. */
  static ProcessBuilder command(String... args) {
    List<String> words = words();
    words.addAll(List.of(args));
    var builder = new ProcessBuilder(words);
    // git and others look into the home directory, which may be root's.
    builder.environment().put("HOME", System.getProperty("java.io.tmpdir"));
    return builder;
  }

  /** {@code run} with its options, and a script for the shell. */
  static ProcessBuilder shell(String script, String... options) {
    var args = new ArrayList<String>();
    args.add("run");
    args.addAll(List.of(options));
    args.addAll(List.of("--", "sh", "-c", script));
    return command(args.toArray(String[]::new));
  }

  static Result run(String... args) {
    return run(command(args));
  }

  static Result run(ProcessBuilder builder) {
    return run(builder, new byte[0]);
  }

  /** Feeds standard input and reads both outputs at the same time. */
  static Result run(ProcessBuilder builder, byte[] input) {
    try {
      Process process = builder.start();
      var errors = new ByteArrayOutputStream();
      Thread errorReader =
          Thread.ofPlatform().start(() -> copy(() -> process.getErrorStream().transferTo(errors)));
      Thread writer =
          Thread.ofPlatform()
              .start(() ->
                  copy(() -> {
                    try (OutputStream in = process.getOutputStream()) {
                      in.write(input);
                    }
                  }));
      byte[] out = process.getInputStream().readAllBytes();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
      errorReader.join();
      writer.join();
      var result = new Result(process.exitValue(), out, errors.toByteArray());
      assumeLandlockSuffices(result);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Versions before this one are a reason to refuse a strict policy, and to skip a test. */
  private static final Abi NO_REFUSAL = Abi.V6;

  private static final Pattern TOO_OLD = Pattern.compile("(needs|no|without) Landlock");

  private static void assumeLandlockSuffices(Result result) {
    // A script may have made another status of it.
    if (result.status() != 0 && Abi.current().compareTo(NO_REFUSAL) < 0) {
      String text = result.out() + result.err();
      assumeFalse(text.contains("refused: ") && TOO_OLD.matcher(text).find(), text);
    }
  }

  /**
   * Skips a test where Landlock is too old for a run with these options. For commands that are not
   * started by {@link #run}, where a test would wait for what they never print.
   */
  static void assumeLandlockSuffices(String... options) {
    if (Abi.current().compareTo(NO_REFUSAL) < 0) {
      var args = new ArrayList<>(List.of("run"));
      args.addAll(List.of(options));
      args.addAll(List.of("--", "true"));
      var _ = run(args.toArray(String[]::new));
    }
  }

  private interface Copying {
    void run() throws IOException;
  }

  /** A command that does not read its input breaks the pipe, as it may. */
  private static void copy(Copying copying) {
    try {
      copying.run();
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("pipe"), e::toString);
    }
  }
}
