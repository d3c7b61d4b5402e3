package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.launcher.Supervision;
import io.github.cofferdam.testkit.KernelRelease;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands whose system calls this virtual machine answers, with every supervision. */
@Tag("kernel")
final class NotifiedCommandTest {
  /** nice(1) without arguments prints what getpriority says. */
  private static final SeccompFilter ASK_PRIORITY =
      SeccompFilter.denyList(Arch.host()).on("getpriority", Action.userNotification()).build();

  private static final SeccompFilter ASK_OPEN =
      SeccompFilter.denyList(Arch.host()).on("openat", Action.userNotification()).build();

  /** {@code LANDLOCK_SCOPE_SIGNAL}. */
  private static final int SCOPE_SIGNAL = 2;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final NotificationFailures NONE_EXPECTED =
      new NotificationFailures() {
        @Override
        public void handlerFailed(Notification notification, Throwable cause) {
          throw new AssertionError("the handler of " + notification, cause);
        }

        @Override
        public void listenerFailed(Listener listener, KernelException cause) {
          throw new AssertionError(cause);
        }
      };

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void openFolder() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A command that was started, and the listener of its filter. */
  private record Notified(Launched launched, Listener listener) implements AutoCloseable {
    static Notified start(Supervision supervision, SeccompFilter filter, String... command)
        throws Exception {
      var slot = Slot.named("listener");
      SetupProgram steps = NoNewPrivileges.program().then(filter.installWithListener(slot));
      var argv = new ArrayList<>(List.of(command));
      var plan =
          LaunchPlan.of(Command.find(argv.getFirst()), argv)
              .variable("PATH", "/usr/bin:/bin")
              .variable("LC_ALL", "C")
              .supervision(supervision)
              .launcherSteps(launcherSteps(supervision))
              .commandSteps(steps)
              .handOver(slot)
              .build();
      Launched launched = start(plan);
      return new Notified(launched, Listener.owning(launched.received().orElseThrow()));
    }

    private static Launched start(LaunchPlan plan) throws IOException {
      try {
        return Launcher.start(plan, new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty()));
      } catch (SetupException e) {
        assumeTrue(!e.syscall().equals("unshare"), () -> "no namespaces for this user: " + e);
        throw e;
      }
    }

    Notification next() throws Exception {
      return listener.receive(PATIENCE).orElseThrow();
    }

    String output() throws IOException {
      byte[] all = new FdInputStream(launched.stream(1).orElseThrow()).readAllBytes();
      return new String(all, StandardCharsets.UTF_8);
    }

    Exit end() throws Exception {
      return launched.await(PATIENCE).orElseThrow(() -> new AssertionError("does not end"));
    }

    @Override
    public void close() throws KernelException {
      listener.close();
      launched.close();
    }
  }

  private static SetupProgram launcherSteps(Supervision supervision) {
    return switch (supervision) {
      case NONE, CHILD_WALK -> SetupProgram.empty();
      case PID_NAMESPACE ->
          SetupProgram.of(
              Step.of(
                  "unshare",
                  "make namespaces",
                  Arg.of(Uapi.CLONE_NEWUSER() | Uapi.CLONE_NEWPID())));
      case SIGNAL_SCOPE -> {
        int version = (int) Syscall.call(Syscall.number("landlock_create_ruleset"), 0, 0, 1);
        assumeTrue(version >= 6, "this kernel's Landlock has no signal scope: version " + version);
        var ruleset = Slot.named("ruleset");
        yield NoNewPrivileges.program()
            .then(
                SetupProgram.of(
                    Step.of(
                            "landlock_create_ruleset",
                            "make a ruleset",
                            Memory.ofSize(24).int64(16, SCOPE_SIGNAL).build("{scoped}"),
                            Arg.of(24),
                            Arg.of(0))
                        .opening(ruleset),
                    Step.of("landlock_restrict_self", "enter it", ruleset, Arg.of(0)),
                    Step.close(ruleset)));
      }
    };
  }

  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void valuesAndErrors(Supervision supervision) throws Exception {
    try (var nice = Notified.start(supervision, ASK_PRIORITY, "nice")) {
      Notification asked = nice.next();
      assertEquals(Optional.of("getpriority"), asked.syscall());
      assertEquals(Delivery.DELIVERED, asked.answerValue(20 - 7));
      assertEquals("7\n", nice.output());
      assertEquals(0, nice.end().code());
      assertEquals(Optional.empty(), nice.listener.receive());
    }
    try (var nice = Notified.start(supervision, ASK_PRIORITY, "nice")) {
      assertEquals(Delivery.DELIVERED, nice.next().answerErrno(Errno.EXFULL));
      assertEquals("nice: cannot get niceness: Exchange full\n", nice.output());
    }
  }

  /** Nobody else has the listener: neither the supervisor nor the command keeps it open. */
  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void aClosedListener(Supervision supervision) throws Exception {
    try (var nice = Notified.start(supervision, ASK_PRIORITY, "nice")) {
      Notification pending = nice.next();
      nice.listener.close();
      assertEquals("nice: cannot get niceness: Function not implemented\n", nice.output());
      assertEquals(Delivery.TARGET_GONE, pending.answerValue(20));
    }
    try (var later = Notified.start(supervision, ASK_PRIORITY, "nice")) {
      later.listener.close();
      assertEquals("nice: cannot get niceness: Function not implemented\n", later.output());
    }
  }

  /** Reads the path, which lies in the command's memory, and opens something else instead. */
  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void aFileThatOnlyTheListenerHas(Supervision supervision) throws Exception {
    KernelRelease.assumeAtLeast(5, 14, "a descriptor that is the answer");
    Path real = Files.writeString(folder.resolve("real"), "real\n");
    Path secret = Files.writeString(folder.resolve("secret"), "secret\n");
    String virtual = folder.resolve("virtual").toString();
    try (Fd content = memoryFile("made up\n");
        var supervisor = NotificationSupervisor.start(NONE_EXPECTED);
        var cat =
            Notified.start(
                supervision, ASK_OPEN, "cat", real.toString(), virtual, secret.toString())) {
      supervisor.add(
          cat.listener,
          asked -> {
            switch (asked.readText(asked.argument(1), 4096)) {
              case FromTarget.Value<String>(String path) when path.equals(virtual) ->
                  assertInstanceOf(
                      FromTarget.Value.class, asked.addDescriptorAndAnswer(content, true));
              case FromTarget.Value<String>(String path) when path.equals(secret.toString()) ->
                  asked.answerErrno(Errno.EACCES);
              case FromTarget.Value<String> other -> asked.continueUnchecked();
              case FromTarget.Refused<String>(Errno errno) -> asked.answerErrno(errno);
              case FromTarget.Gone<String> gone -> {
                // Nobody waits.
              }
            }
          });
      assertEquals("real\nmade up\ncat: " + secret + ": Permission denied\n", cat.output());
      assertEquals(1, cat.end().code());
    }
  }

  private static Fd memoryFile(String content) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      Fd file =
          Fd.owning(
              Syscall.call(
                  Syscall.number("memfd_create"),
                  arena.allocateFrom("content").address(),
                  Uapi.MFD_CLOEXEC()),
              "memfd_create",
              "make a file");
      MemorySegment text = arena.allocateFrom(content);
      file.writeFully(text.asSlice(0, text.byteSize() - 1));
      Syscall.call(Syscall.number("lseek"), file.number(), 0, 0);
      return file;
    }
  }

  /** Its standard output, which this process then writes to as the command does. */
  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void aDescriptorOfTheCommand(Supervision supervision) throws Exception {
    try (var nice = Notified.start(supervision, ASK_PRIORITY, "nice");
        Arena arena = Arena.ofConfined()) {
      Notification asked = nice.next();
      FromTarget<Fd> duplicate = asked.duplicate(1);
      try (Fd output = (Fd) assertInstanceOf(FromTarget.Value.class, duplicate).value()) {
        MemorySegment text = arena.allocateFrom("first ");
        output.writeFully(text.asSlice(0, 6));
      }
      // The listener itself is not there, nor is anything else.
      for (int other = 3; other < 12; other++) {
        assertEquals(new FromTarget.Refused<Fd>(Errno.EBADF), asked.duplicate(other));
      }
      asked.answerValue(20);
      assertEquals("first 0\n", nice.output());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SIGNAL_SCOPE", "CHILD_WALK", "PID_NAMESPACE"})
  void aCommandThatIsKilledWhileItWaits(Supervision supervision) throws Exception {
    try (var nice = Notified.start(supervision, ASK_PRIORITY, "nice")) {
      Notification asked = nice.next();
      assertTrue(asked.valid());
      nice.launched.kill();
      assertEquals(Exit.Reason.CLOSED, nice.end().reason());
      assertFalse(asked.valid());
      assertInstanceOf(FromTarget.Gone.class, asked.readMemory(asked.instructionPointer(), 1));
      assertInstanceOf(FromTarget.Gone.class, asked.readText(asked.instructionPointer(), 1));
      assertInstanceOf(FromTarget.Gone.class, asked.duplicate(1));
      assertInstanceOf(FromTarget.Gone.class, asked.pidfd());
      try (Fd file = memoryFile("")) {
        assertInstanceOf(FromTarget.Gone.class, asked.addDescriptor(file, true));
        if (KernelRelease.isAtLeast(5, 14)) {
          assertInstanceOf(FromTarget.Gone.class, asked.addDescriptorAndAnswer(file, true));
        }
      }
      assertEquals(Optional.empty(), nice.listener.receive());
      assertTrue(nice.listener.ended());
    }
    try (var nice = Notified.start(supervision, ASK_PRIORITY, "nice")) {
      Notification asked = nice.next();
      nice.launched.kill();
      nice.end();
      assertEquals(Delivery.TARGET_GONE, asked.answerErrno(Errno.EPERM));
      assertThrows(IllegalStateException.class, () -> asked.answerErrno(Errno.EPERM));
    }
  }

  /** Killed before anybody has received it. */
  @Test
  void aNotificationThatNobodyReceives() throws Exception {
    try (var nice = Notified.start(Supervision.CHILD_WALK, ASK_PRIORITY, "nice")) {
      // It waits in getpriority sooner or later; it makes no difference when it is killed.
      Thread.sleep(30);
      nice.launched.kill();
      nice.end();
      assertEquals(Optional.empty(), nice.listener.receive());
      assertTrue(nice.listener.ended());
    }
  }

  /** A supervisor that has begun to make the call must not be asked to make it twice. */
  @Test
  void onceReceivedOnlyDeathEndsTheWait() throws Exception {
    assumeTrue(
        SeccompSupport.probe().flags().contains(KernelFlag.WAIT_KILLABLE_RECV),
        "this kernel cannot wait killably");
    String script = "trap 'echo trapped' USR1; umask";
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.host()).on("umask", Action.userNotification()).build();
    try (var shell = Notified.start(Supervision.CHILD_WALK, filter, "sh", "-c", script)) {
      Notification asked = shell.next();
      shell.launched.signal(Uapi.SIGUSR1());
      Path status = Path.of("/proc/" + asked.pid() + "/status");
      long bit = 1L << (Uapi.SIGUSR1() - 1);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while ((pending(status) & bit) == 0) {
        assertTrue(System.nanoTime() < deadline, "the signal never arrived");
        Thread.sleep(1);
      }
      Thread.sleep(20);
      assertTrue(asked.valid());
      asked.answerValue(0);
      // A shell asks twice: it has to set what it has read.
      for (var next = shell.listener.receive(); next.isPresent(); next = shell.listener.receive()) {
        next.get().answerValue(0);
      }
      assertTrue(shell.output().contains("trapped\n"));
    }
  }

  /** A signal that waited for the answer is taken when the answer says so. */
  @Test
  void anInterruptionLetsTheSignalIn() throws Exception {
    assumeTrue(
        SeccompSupport.probe().flags().contains(KernelFlag.WAIT_KILLABLE_RECV),
        "this kernel cannot wait killably");
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.host()).on("umask", Action.userNotification()).build();
    String script = "trap 'echo trapped' USR1; umask";
    try (var shell = Notified.start(Supervision.CHILD_WALK, filter, "sh", "-c", script)) {
      Notification asked = shell.next();
      shell.launched.signal(Uapi.SIGUSR1());
      Path status = Path.of("/proc/" + asked.pid() + "/status");
      long bit = 1L << (Uapi.SIGUSR1() - 1);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while ((pending(status) & bit) == 0) {
        assertTrue(System.nanoTime() < deadline, "the signal never arrived");
        Thread.sleep(1);
      }
      assertEquals(Delivery.DELIVERED, asked.answerInterrupted());
      Notification second = shell.next();
      assertEquals(0, pending(status) & bit);
      second.answerValue(0);
      for (var next = shell.listener.receive(); next.isPresent(); next = shell.listener.receive()) {
        next.get().answerValue(0);
      }
      assertTrue(shell.output().contains("trapped\n"));
    }
  }

  private static long pending(Path status) throws IOException {
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("ShdPnd:")) {
        return Long.parseUnsignedLong(line.substring("ShdPnd:".length()).strip(), 16);
      }
    }
    throw new AssertionError("no pending signals in " + status);
  }

  /** One listener for a whole tree of processes, and many listeners for one supervisor. */
  @Test
  void manyCommandsManyProcesses() throws Exception {
    many(2);
    long before = descriptors();
    many(12);
    assertEquals(before, descriptors());
  }

  private static void many(int commands) throws Exception {
    String script = "for i in 1 2 3 4 5 6; do nice & done; wait";
    var started = new ArrayList<Notified>();
    try (var supervisor = NotificationSupervisor.start(NONE_EXPECTED)) {
      for (int i = 0; i < commands; i++) {
        int niceness = i;
        var shell = Notified.start(Supervision.CHILD_WALK, ASK_PRIORITY, "sh", "-c", script);
        started.add(shell);
        supervisor.add(shell.listener, asked -> asked.answerValue(20 - niceness));
      }
      for (int i = 0; i < commands; i++) {
        assertEquals((i + "\n").repeat(6), started.get(i).output());
        assertEquals(0, started.get(i).end().code());
      }
    } finally {
      for (Notified shell : started) {
        shell.close();
      }
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      return entries.count();
    }
  }

  @Test
  void theTreeEndsThoughNobodyAnswers() throws Exception {
    try (var shell =
        Notified.start(
            Supervision.CHILD_WALK, ASK_PRIORITY, "sh", "-c", "nice & nice & nice & wait")) {
      shell.next();
      shell.launched.close();
      assertTrue(shell.launched.ended());
    }
  }

  @Test
  void aSecondListenerInAChild() throws Exception {
    var first = Slot.named("first");
    var second = Slot.named("second");
    var plan =
        LaunchPlan.of("/bin/true", List.of("true"))
            .supervision(Supervision.CHILD_WALK)
            .commandSteps(
                NoNewPrivileges.program()
                    .then(ASK_PRIORITY.installWithListener(first))
                    .then(ASK_OPEN.installWithListener(second)))
            .handOver(first)
            .build();
    var failure =
        assertThrows(SetupException.class, () -> Launcher.start(plan, StdioSet.inherit()));
    assertEquals(Errno.EBUSY, failure.errno());
    assertEquals(Optional.of(Refusal.LISTENER_EXISTS), Refusal.of(failure));
  }

  /** Whatever the filter refuses the command, the supervisor can still send. */
  @Test
  void theSupervisorIsNotBehindTheFilter() throws Exception {
    SeccompFilter refusing =
        SeccompFilter.denyList(Arch.host())
            .on("getpriority", Action.userNotification())
            .on("sendmsg", Action.killProcess())
            .on("close", Action.userNotification())
            .on("ppoll", Action.userNotification())
            .on("wait4", Action.errno(Errno.EPERM))
            .build();
    try (var nice = Notified.start(Supervision.CHILD_WALK, refusing, "nice")) {
      for (var next = nice.listener.receive(); next.isPresent(); next = nice.listener.receive()) {
        Notification asked = next.get();
        if (asked.syscall().equals(Optional.of("getpriority"))) {
          asked.answerValue(20 - 3);
        } else {
          asked.continueUnchecked();
        }
      }
      assertEquals("3\n", nice.output());
      assertEquals(0, nice.end().code());
    }
  }
}
