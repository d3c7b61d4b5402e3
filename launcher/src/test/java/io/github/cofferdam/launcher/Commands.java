package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;

/** Plans, runs and what can be seen of them from outside. */
final class Commands {
  /**
   * Long enough for a machine that is busy with something else; nothing waits this long when all is
   * well.
   */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String[] NO_ARGUMENTS = {};

  private Commands() {}

  private static final SetupProgram NAMESPACES =
      SetupProgram.of(
          Step.of(
              "unshare",
              "make namespaces",
              Arg.of(Uapi.CLONE_NEWUSER() | Uapi.CLONE_NEWPID(), "CLONE_NEWUSER|CLONE_NEWPID")));

  /** Why this user can make none; tried once. */
  private static final class Refusal {
    private static final Optional<String> OF_NAMESPACES = ask();

    private static Optional<String> ask() {
      LaunchPlan plan =
          LaunchPlan.of("/bin/true", List.of("true")).launcherSteps(NAMESPACES).build();
      try {
        Launcher.start(plan, output()).close();
        return Optional.empty();
      } catch (IOException e) {
        return Optional.of("no namespaces for this user: " + e.getMessage());
      }
    }
  }

  static boolean hasNamespaces() {
    return Refusal.OF_NAMESPACES.isEmpty();
  }

  /** Child machines, which ask as well, have no JUnit: their tests ask before. */
  static void assumeNamespaces() {
    if (!hasNamespaces()) {
      assumeTrue(false, Refusal.OF_NAMESPACES.orElse(""));
    }
  }

  /** A user and a process-id namespace; skips a test where there are none for this user. */
  static SetupProgram namespaces() {
    assumeNamespaces();
    return NAMESPACES;
  }

  /** A program, with what its supervision needs. */
  static LaunchPlan.Builder plan(Supervision supervision, String executable, String... arguments) {
    var argv = new ArrayList<String>();
    argv.add(Path.of(executable).getFileName().toString());
    argv.addAll(List.of(arguments));
    return supervised(supervision, LaunchPlan.of(executable, argv));
  }

  /** Gives a plan a supervision and what that needs. */
  static LaunchPlan.Builder supervised(Supervision supervision, LaunchPlan.Builder plan) {
    if (supervision == Supervision.PID_NAMESPACE) {
      plan.launcherSteps(namespaces());
    }
    return plan.supervision(supervision);
  }

  /** A shell script without arguments. */
  static LaunchPlan.Builder shell(Supervision supervision, String script) {
    return shell(supervision, script, NO_ARGUMENTS);
  }

  /** A shell script with arguments. */
  static LaunchPlan.Builder shell(Supervision supervision, String script, String... arguments) {
    var all = new ArrayList<>(List.of("-c", script, "sh"));
    all.addAll(List.of(arguments));
    return plan(supervision, "/bin/sh", all.toArray(NO_ARGUMENTS))
        .variable("PATH", "/usr/bin:/bin");
  }

  /** What the kernel shows as ignored in a command: what this process ignores and may pass on. */
  static String ignoredInCommands() throws IOException {
    long own = Long.parseUnsignedLong(status(ProcessHandle.current().pid(), "SigIgn"), 16);
    return "%016x".formatted(own & ~SignalDefaults.neverIgnored());
  }

  /** Signals have their default action, whoever has started this and ignores them. */
  static SetupProgram defaultActions(int... signals) {
    List<Step> steps = new ArrayList<>();
    for (int signal : signals) {
      steps.add(
          Step.of(
              "rt_sigaction",
              "reset the action of a signal",
              Arg.of(signal),
              Memory.ofSize(32).build("SIG_DFL"),
              Arg.of(0, "NULL"),
              Arg.of(SignalSet.SIZE)));
    }
    return SetupProgram.of(steps.toArray(Step[]::new));
  }

  /** A command's end and everything that it printed, one character a byte. */
  record Finished(Exit exit, String output) {}

  /** Runs a plan with nothing to read and standard error merged into standard output. */
  static Finished run(LaunchPlan.Builder plan) throws Exception {
    return run(plan.build());
  }

  static Finished run(LaunchPlan plan) throws Exception {
    try (Launched launched = Launcher.start(plan, output())) {
      String output = readAll(launched);
      return new Finished(end(launched), output);
    }
  }

  /** Nothing to read; standard error merged into a piped standard output. */
  static StdioSet output() {
    return new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
  }

  static StdioSet discard() {
    return new StdioSet(Stdio.discard(), Stdio.discard(), Optional.empty());
  }

  /** {@return a file that is open with some flags}, and closed on exec */
  static Fd open(Path path, int flags) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      return Fd.owning(
          Syscall.call(
              Syscall.number("openat"),
              Uapi.AT_FDCWD(),
              arena.allocateFrom(path.toString()).address(),
              flags | Uapi.O_CLOEXEC()),
          "openat",
          "open " + path);
    }
  }

  static String readAll(Launched launched) throws IOException {
    return readAll(launched.stream(1).orElseThrow());
  }

  static String readAll(Fd fd) throws IOException {
    return new String(new FdInputStream(fd).readAllBytes(), ISO_8859_1);
  }

  /** Reads one line, without what follows. */
  static String readLine(Launched launched) throws IOException {
    var in = new FdInputStream(launched.stream(1).orElseThrow());
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      assertTrue(c >= 0, () -> "ended after " + line);
      line.append((char) c);
    }
    return line.toString();
  }

  static Exit end(Launched launched) throws Exception {
    return launched.await(PATIENCE).orElseThrow(() -> new AssertionError("does not end"));
  }

  /** Waits for something that is bound to happen. */
  static void eventually(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        Assertions.fail("did not come true: " + what);
      }
      Thread.sleep(5);
    }
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  static List<Long> children(long pid) throws IOException {
    String children = Files.readString(Path.of("/proc/" + pid + "/task/" + pid + "/children"));
    return Stream.of(children.trim().split(" ", -1))
        .filter(child -> !child.isEmpty())
        .map(Long::valueOf)
        .toList();
  }

  /** Processes in whose environment an entry stands. */
  static List<Long> withVariable(String entry) throws IOException {
    var found = new ArrayList<Long>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        String name = process.getFileName().toString();
        if (!Character.isDigit(name.charAt(0))) {
          continue;
        }
        try {
          String all = Files.readString(process.resolve("environ"), ISO_8859_1);
          if (("\0" + all).contains("\0" + entry + "\0")) {
            found.add(Long.valueOf(name));
          }
        } catch (NoSuchFileException e) {
          // It has ended.
        } catch (IOException e) {
          // Another user's, or it is just ending.
        }
      }
    }
    return found;
  }

  /** A field of /proc/PID/status. */
  static String status(long pid, String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(field + ":")) {
        return line.substring(field.length() + 1).trim();
      }
    }
    throw new AssertionError("no " + field);
  }

  static void kill(long pid, int signal) throws IOException {
    Syscall.check(Syscall.call(Syscall.number("kill"), pid, signal), "kill", "signal " + pid);
  }

  /** Whether the current user is root, who may read and write everything. */
  static boolean isRoot() {
    return Syscall.call(Syscall.number("geteuid")) == 0;
  }
}
