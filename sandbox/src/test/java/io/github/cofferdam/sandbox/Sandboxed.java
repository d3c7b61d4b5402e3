package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.confinement.BrokerSupport;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** Runs scripts in sandboxes, and looks for what they leave behind. */
final class Sandboxed {
  /** Those that a run can have. */
  static final List<Isolation> ISOLATIONS = List.of(Isolation.BASIC, Isolation.NAMESPACE);

  static final String PYTHON = "/usr/bin/python3";

  /** What a command sees of an environment, unless a test says otherwise. */
  static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/bin:/bin");

  private static final AtomicLong MARKERS = new AtomicLong(System.nanoTime() % 1_000_000_000);

  private Sandboxed() {}

  /** With isolation basic, whatever this host has; also the two below. */
  static Policy.Builder readonly() {
    return Policy.builder().isolation(Isolation.BASIC);
  }

  static Policy.Builder workspace() {
    return readonly().mode(Mode.WORKSPACE_WRITE);
  }

  static Policy.Builder fullAccess() {
    return readonly().mode(Mode.FULL_ACCESS);
  }

  /**
   * Runs a script whose parameters are {@code $1}, {@code $2}, ...; error output is part of the
   * output.
   */
  static Outcome sh(Policy policy, Path directory, String script, Object... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(policy, directory, command);
  }

  /** Runs a Python script whose parameters are {@code sys.argv[1]}, ... */
  static Outcome python(Policy policy, Path directory, String script, Object... arguments)
      throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    var command = new ArrayList<>(List.of(PYTHON, "-Ic", script));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(policy, directory, command);
  }

  /** Whether this thread's commands are not the first ones of their sandboxes. */
  private static final ThreadLocal<Boolean> USED_BEFORE = ThreadLocal.withInitial(() -> false);

  /** Sets whether sandboxes have been used before, so that their runs have namespaces in common. */
  static void usedBefore(boolean value) {
    USED_BEFORE.set(value);
  }

  static Outcome run(Policy policy, Path directory, List<String> command)
      throws IOException, InterruptedException {
    Sandbox sandbox = Sandbox.of(policy);
    if (USED_BEFORE.get()) {
      sandbox
          .command("/cofferdam-has-no-such-program")
          .directory(directory)
          .parentEnvironment(ENVIRONMENT)
          .run();
    }
    Outcome outcome = runOnce(sandbox, directory, command);
    assumeLandlockSuffices(outcome);
    return outcome;
  }

  /** Skips a test where nobody can answer for a command's sockets. */
  static void assumeBroker() throws IOException {
    Optional<String> obstacle = BrokerSupport.obstacle();
    assumeTrue(obstacle.isEmpty(), () -> "no broker works here: " + obstacle.orElseThrow());
  }

  /** Whatever comes of it, also where Landlock is too old. */
  static Outcome runOnce(Sandbox sandbox, Path directory, List<String> command)
      throws IOException, InterruptedException {
    return sandbox
        .command(command)
        .directory(directory)
        .parentEnvironment(ENVIRONMENT)
        .mergeStderr()
        .captureOutput()
        .run();
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

  /**
   * {@return a sandbox} Skips a test where Landlock is too old for what the policy requires: a test
   * that starts commands itself would find out by a failure of its own, or wait for what never
   * comes.
   */
  static Sandbox of(Policy policy) {
    assumeLandlockSuffices(policy);
    return Sandbox.of(policy);
  }

  /** As {@link #of}, for a policy that another virtual machine will have. */
  static void assumeLandlockSuffices(Policy policy) {
    try {
      if (Abi.current().compareTo(NO_REFUSAL) >= 0) {
        return;
      }
      // Without the rest of it, which may be refused for other reasons, as a test may want it. Both
      // modes that restrict files require the same; a workspace would be remembered as written.
      Policy required =
          Policy.builder()
              .mode(policy.mode() == Mode.FULL_ACCESS ? Mode.FULL_ACCESS : Mode.READONLY)
              .isolation(policy.isolation())
              .network(policy.network())
              .enforcement(policy.enforcement())
              .build();
      Sandbox.of(required).command("true").directory(Path.of("/")).dryRun();
    } catch (RefusedException e) {
      assumeLandlockSuffices(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** After a start, for what only the kind of a stream makes necessary. */
  static void assumeLandlockSuffices(RefusedException refused) {
    assumeLandlockSuffices(String.valueOf(refused.getMessage()));
  }

  /** As after {@link #run}, for a run of its own. */
  static void assumeLandlockSuffices(Outcome outcome) {
    if (outcome.ending() instanceof Ending.Refused(String reason)) {
      assumeLandlockSuffices(reason);
    }
  }

  /** As after a run here, for what another virtual machine printed of how runs there ended. */
  static void assumeLandlockSufficed(String printed) {
    if (printed.contains("Refused[")) {
      assumeLandlockSuffices(printed);
    }
  }

  /** Older versions than this one are a reason to refuse a strict policy, and to skip a test. */
  private static final Abi NO_REFUSAL = Abi.V6;

  private static final Pattern TOO_OLD = Pattern.compile("(needs|no|without) Landlock");

  private static void assumeLandlockSuffices(String refusal) {
    if (Abi.current().compareTo(NO_REFUSAL) < 0) {
      assumeFalse(TOO_OLD.matcher(refusal).find(), refusal);
    }
  }

  static String text(Outcome outcome) {
    return outcome.output().map(CapturedOutput::out).orElse("");
  }

  static void assertPrints(String expected, Outcome outcome) {
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    assertEquals(expected, text(outcome));
  }

  /** The command ran, and the kernel refused it something. */
  static void assertDenied(Outcome outcome) {
    String text = text(outcome);
    assertTrue(
        outcome.ending() instanceof Ending.Exited exited && exited.code() != 0,
        () -> outcome.ending() + text);
    assertTrue(
        text.contains("denied")
            || text.contains("not permitted")
            || text.contains("Read-only")
            || text.contains("cross-device"),
        text);
  }

  /**
   * The command was refused.
   *
   * @param parts of the reason
   * @return the whole reason
   */
  static String assertRefused(Outcome outcome, CharSequence... parts) {
    if (outcome.ending() instanceof Ending.Refused(String reason)) {
      assertContains(reason, parts);
      return reason;
    }
    return fail(outcome.ending() + text(outcome));
  }

  /**
   * A report says so.
   *
   * @param parts of the detail
   */
  static void assertReported(
      ProtectionState state, Protection protection, Outcome outcome, CharSequence... parts) {
    EnforcedProtection entry = outcome.enforcement().orElseThrow().of(protection);
    assertEquals(state, entry.state(), entry::detail);
    assertContains(entry.detail(), parts);
  }

  private static void assertContains(String text, CharSequence... parts) {
    for (CharSequence part : parts) {
      assertTrue(text.contains(part), () -> "without \"" + part + "\": " + text);
    }
  }

  /** Skips a test where this host has no user namespaces for this user. */
  static void assumeAvailable(Isolation isolation) throws IOException, InterruptedException {
    if (isolation == Isolation.NAMESPACE) {
      // Not strict: with which Landlock it runs is another question.
      var preferred = Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT);
      Policy policy = readonly().isolation(isolation).enforcement(preferred).build();
      Outcome outcome = sh(policy, Path.of("/"), "true");
      assumeTrue(!(outcome.ending() instanceof Ending.SetupFailed), outcome::toJson);
      boolean refused =
          outcome.ending() instanceof Ending.Refused(String reason)
              && reason.contains("needs namespaces of the command's own, which cannot");
      assumeTrue(!refused, outcome::toJson);
    }
  }

  /** {@return whether this process may give files to others}: root, and not of a user namespace */
  static boolean isHostsRoot() throws IOException {
    return Syscall.call(Syscall.number("geteuid")) == 0
        && Files.readString(Path.of("/proc/self/uid_map")).contains(" 4294967295");
  }

  /** {@return a number of seconds to sleep that no other process on this machine sleeps} */
  static String marker() {
    return "1" + ProcessHandle.current().pid() + "%09d".formatted(MARKERS.incrementAndGet());
  }

  /** {@return processes other than this one that have a text among their arguments} */
  static List<String> processesWith(String marker) throws IOException {
    var found = new ArrayList<String>();
    String self = Long.toString(ProcessHandle.current().pid());
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        try {
          byte[] bytes = Files.readAllBytes(process.resolve("cmdline"));
          String arguments = new String(bytes, StandardCharsets.ISO_8859_1);
          if (arguments.contains(marker) && !process.endsWith(self)) {
            found.add(process.getFileName() + " " + arguments.replace('\0', ' '));
          }
        } catch (IOException e) {
          // It has ended.
        }
      }
    }
    return found;
  }

  static void awaitProcesses(String marker, int count) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < 1000; attempt++) {
      if (processesWith(marker).size() == count) {
        return;
      }
      Thread.sleep(20);
    }
    fail("expected " + count + " processes: " + processesWith(marker));
  }

  /** {@return ended children of this process that nobody has waited for} */
  static List<String> zombies() throws IOException {
    var found = new ArrayList<String>();
    String parent = " " + ProcessHandle.current().pid() + " ";
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        try {
          // pid (name) state ppid ...
          String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
          if (stat.substring(stat.lastIndexOf(')') + 1).startsWith(" Z" + parent)) {
            found.add(stat);
          }
        } catch (IOException e) {
          // It has been waited for.
        }
      }
    }
    return found;
  }

  /** {@return directories of runs of this process that have not been removed} */
  static List<Path> temporaries() throws IOException {
    String prefix = "cofferdam-" + ProcessHandle.current().pid() + "-";
    try (var all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(path -> path.getFileName().toString().startsWith(prefix)).toList();
    }
  }
}
