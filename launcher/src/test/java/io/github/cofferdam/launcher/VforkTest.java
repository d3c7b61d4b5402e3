package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.shell;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Commands.Finished;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether a command is started in this process's memory or by an image must make no difference. */
@Tag("kernel")
class VforkTest {

  @TempDir Path folder;

  @BeforeEach
  void open() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static Finished run(WayOfStarting way, LaunchPlan.Builder plan, Step... steps)
      throws Exception {
    LaunchPlan built = way.plan(plan, SetupProgram.of(steps));
    return way.call(() -> Commands.run(built));
  }

  private static Throwable failure(WayOfStarting way, LaunchPlan.Builder plan, Step... steps)
      throws Exception {
    List<Long> before = children();
    var e = assertThrows(ExecutionException.class, () -> run(way, plan, steps));
    assertEquals(before, children(), "a child is left");
    return Objects.requireNonNull(e.getCause());
  }

  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).sorted().toList();
  }

  private static String status(String field) throws Exception {
    try (var lines = Files.lines(Path.of("/proc/thread-self/status"))) {
      return lines.filter(line -> line.startsWith(field + ":")).findAny().orElseThrow();
    }
  }

  @Test
  void onlyHarmlessStepsAreMadeInThisProcessesMemory() {
    assumeTrue(Arch.host() == Arch.X86_64, "commands are started in place on x86_64 only");
    assertTrue(WayOfStarting.IN_PLACE.plan(shell(Supervision.NONE, ""), steps()).runsInPlace());
    for (Step step :
        List.of(
            Step.of("capset", "change credentials"),
            Step.of("unshare", "make namespaces"),
            Step.of("prctl", "close to debuggers", Arg.of(Uapi.PR_SET_DUMPABLE(), "")),
            Step.of("prctl", "die with the parent", Arg.of(Uapi.PR_SET_PDEATHSIG(), "")),
            Step.of("prctl", "do something without saying what"),
            Step.of("write", "let the kernel count its memory as another group's", Arg.of(3)),
            open(0),
            Step.of("openat2", "open", Arg.of(0), Memory.text("/a"), Memory.text("")),
            Step.of("fcntl", "wait for a lock", Arg.of(3), Arg.of(7), Memory.text("lock")),
            WayOfStarting.FILTER)) {
      assertFalse(
          WayOfStarting.IN_PLACE
              .plan(shell(Supervision.NONE, ""), SetupProgram.of(step))
              .runsInPlace(),
          step::toString);
    }
    assertTrue(
        WayOfStarting.IN_PLACE
            .plan(shell(Supervision.NONE, ""), SetupProgram.of(open(Uapi.O_PATH())))
            .runsInPlace());
    Step filter = WayOfStarting.FILTER.leavingExec();
    assertFalse(
        shell(Supervision.NONE, "").launcherSteps(SetupProgram.of(filter)).build().runsInPlace(),
        "the signal mask is reset behind it");
    assertTrue(
        WayOfStarting.IN_PLACE
            .plan(shell(Supervision.NONE, ""), SetupProgram.of(filter))
            .runsInPlace());
    assertFalse(
        WayOfStarting.IN_PLACE
            .plan(shell(Supervision.NONE, ""), SetupProgram.of(filter, filter))
            .runsInPlace(),
        "the first filter may end who installs the second");
    for (Supervision supervision : List.of(Supervision.CHILD_WALK, Supervision.PID_NAMESPACE)) {
      assertFalse(shell(supervision, "").build().runsInPlace());
    }
  }

  /** May have to wait for the other end of a pipe, unless it opens only the path. */
  private static Step open(int flags) {
    return Step.of(
        "openat",
        "open",
        Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
        Memory.text("/a/pipe"),
        Arg.of(flags));
  }

  private static SetupProgram steps() {
    return NoNewPrivileges.program();
  }

  @Test
  void aThreadWithAFilterStartsImages() throws Exception {
    assumeTrue(Vfork.isUsable(), "nothing is started in place on this kernel or thread");
    assertTrue(WayOfStarting.IN_PLACE.call(Vfork::isUsable));
    assertFalse(WayOfStarting.POSIX_SPAWN.call(Vfork::isUsable));
  }

  @ParameterizedTest
  @EnumSource
  void theCommandBeginsAsEveryCommand(WayOfStarting way) throws Exception {
    String script =
        "pwd; echo \"$1 $NAME\"; grep -E 'PPid|SigBlk|SigIgn|NoNewPrivs' /proc/self/status;"
            + " cut -d' ' -f1,5,6 /proc/$$/stat | tr ' ' '\\n' | uniq | wc -l;"
            + " for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo $n; done; exit 7";
    Finished finished =
        run(
            way,
            shell(Supervision.NONE, script, "argument").variable("NAME", "value"),
            steps().steps().toArray(Step[]::new));
    assertEquals(
        List.of(
            Path.of("").toRealPath().toString(),
            "argument value",
            "PPid:\t",
            "SigBlk:\t0000000000000000",
            "SigIgn:\t" + Commands.ignoredInCommands(),
            "NoNewPrivs:\t1",
            "1",
            "0",
            "1",
            "2"),
        finished.output().lines().map(line -> line.startsWith("PPid") ? "PPid:\t" : line).toList());
    assertEquals(7, finished.exit().code());
  }

  @ParameterizedTest
  @EnumSource
  void thisProcessStaysAsItIs(WayOfStarting way) throws Exception {
    way.call(() -> {
      String mask = status("SigBlk");
      String umask = status("Umask");
      String caps = status("CapEff");
      for (int i = 0; i < 20; i++) {
        LaunchPlan plan = way.plan(shell(Supervision.NONE, "exit 3").directory("/"), steps());
        assertEquals(3, Commands.run(plan).exit().code());
      }
      assertEquals(mask, status("SigBlk"));
      assertEquals(umask, status("Umask"));
      assertEquals(caps, status("CapEff"));
      assertEquals(
          way == WayOfStarting.POSIX_SPAWN ? "NoNewPrivs:\t1" : status("NoNewPrivs"),
          status("NoNewPrivs"));
      assertEquals(
          1, Syscall.call(Syscall.number("prctl"), Uapi.PR_GET_DUMPABLE()), "still dumpable");
      return null;
    });
  }

  /** The child's 0 is this process's 1, and its 2 this process's 0. */
  @ParameterizedTest
  @EnumSource
  void descriptorsMayHaveEachOthersNumbers(WayOfStarting way) throws Exception {
    String in = Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString();
    String out = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
    assumeFalse(in.equals(out), "standard input and output of this process are the same");
    // Not closed: they stay this process's.
    var stdio =
        new StdioSet(Stdio.to(Fd.owning(1)), Stdio.pipe(), Optional.of(Stdio.to(Fd.owning(0))));
    LaunchPlan plan =
        way.plan(
            shell(Supervision.NONE, "readlink /proc/$$/fd/0; readlink /proc/$$/fd/2"), steps());
    way.call(() -> {
      try (Launched launched = Launcher.start(plan, stdio)) {
        assertEquals(out + "\n" + in + "\n", Commands.readAll(launched));
        return Commands.end(launched);
      }
    });
  }

  @ParameterizedTest
  @EnumSource
  void stepsFindWhatIsPassedAndWhatTheyOpen(WayOfStarting way) throws Exception {
    Slot passed = Slot.named("passed");
    Slot opened = Slot.named("opened");
    Path inside = Files.createDirectory(folder.resolve("inside"));
    Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (Fd directory = Commands.open(folder, Uapi.O_PATH())) {
      LaunchPlan.Builder plan = shell(Supervision.NONE, "pwd; ls /proc/self/fd | wc -l");
      plan.pass(passed, directory);
      Finished finished =
          run(
              way,
              plan,
              Step.of(
                      "openat",
                      "open beneath",
                      passed,
                      Memory.text("inside"),
                      Arg.of(Uapi.O_PATH() | Uapi.O_CLOEXEC(), "O_PATH|O_CLOEXEC"))
                  .opening(opened),
              Step.close(passed),
              // Gets the number that has become free.
              Step.of(
                      "openat",
                      "open once more",
                      opened,
                      Memory.text("."),
                      Arg.of(Uapi.O_PATH() | Uapi.O_CLOEXEC(), "O_PATH|O_CLOEXEC"))
                  .opening(Slot.named("again")),
              Step.of("fchdir", "enter it", opened));
      // 0, 1, 2 and the directory that ls reads
      assertEquals(inside.toRealPath() + "\n4\n", finished.output());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFailedStepIsNamedAndNothingRuns(WayOfStarting way) throws Exception {
    Path marker = folder.resolve("marker");
    LaunchPlan.Builder plan = shell(Supervision.NONE, ": > \"$1\"", marker.toString());
    Step fine = Step.of("chdir", "enter /", Memory.text("/"));
    Step missing = Step.of("chdir", "enter what is not there", Memory.text("/missing"));
    var e = assertInstanceOf(SetupException.class, failure(way, plan, fine, missing, fine));
    assertEquals(Errno.ENOENT, e.errno());
    assertEquals("chdir(\"/missing\")", e.call());
    assertFalse(Files.exists(marker), "the command ran");
    Finished finished = run(way, plan, fine, missing.tolerating(Errno.EACCES, Errno.ENOENT), fine);
    assertEquals(0, finished.exit().code());
    assertTrue(Files.exists(marker));
  }

  private static Step lookAt(Path path, Memory found) {
    return Step.of(
        "statx",
        "look at " + path,
        Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
        Memory.text(path.toString()),
        Arg.of(0),
        Arg.of(Uapi.STATX_INO(), "STATX_INO"),
        found);
  }

  @ParameterizedTest
  @EnumSource
  void whatAStepMustFindIsCompared(WayOfStarting way) throws Exception {
    int inode = (int) (long) Files.getAttribute(folder, "unix:ino");
    // struct statx has its stx_ino at 32.
    Memory found = Memory.ofSize(256).build("found");
    Step look = lookAt(folder, found);
    assertEquals(
        0,
        run(way, shell(Supervision.NONE, ""), look.expecting(found, 32, inode, "stx_ino"))
            .exit()
            .code());
    var e =
        assertInstanceOf(
            SetupException.class,
            failure(
                way,
                shell(Supervision.NONE, ""),
                look.expecting(found, 32, inode, "stx_ino")
                    .expecting(found, 36, ~0, "high half of stx_ino")));
    assertEquals(Errno.ESTALE, e.errno());
  }

  @ParameterizedTest
  @EnumSource
  void candidatesAreTriedAsExecvpDoes(WayOfStarting way) throws Exception {
    Path text = Files.writeString(folder.resolve("text"), "echo \"shell $1\"\n");
    Path closed = Files.writeString(folder.resolve("closed"), "");
    Files.setPosixFilePermissions(text, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rw-r--r--"));
    String missing = folder.resolve("missing").toString();
    String beneath = text.resolve("beneath").toString();
    List<String> argv = List.of("name", "argument");
    assertEquals(
        "shell argument\n",
        run(way, LaunchPlan.of(List.of(missing, beneath, closed.toString(), text.toString()), argv))
            .output());
    // What was found and may not be executed says more than what was not found.
    assertExecFails(way, Errno.EACCES, closed, List.of(missing, closed.toString(), beneath));
    assertExecFails(way, Errno.ENOENT, Path.of(missing), List.of(missing, beneath));
    assertExecFails(way, Errno.ENOENT, Path.of(missing), List.of(missing));
  }

  private static void assertExecFails(
      WayOfStarting way, Errno errno, Path named, List<String> executables) throws Exception {
    var e =
        assertInstanceOf(
            ExecException.class, failure(way, LaunchPlan.of(executables, List.of("name"))));
    assertEquals(errno, e.errno());
    assertTrue(e.toString().contains("execute " + named), e::toString);
  }

  @ParameterizedTest
  @EnumSource
  void aDescriptorThatIsNotOpenIsRefused(WayOfStarting way) throws Exception {
    Pipe pipe = Pipe.open();
    Fd closed = pipe.read();
    pipe.write().close();
    closed.close();
    var stdio = new StdioSet(Stdio.to(closed), Stdio.discard(), Optional.empty());
    LaunchPlan plan = way.plan(shell(Supervision.NONE, ""), steps());
    List<Long> before = children();
    assertThrows(ExecutionException.class, () -> way.call(() -> Launcher.start(plan, stdio)));
    assertEquals(before, children());
  }

  @Test
  void aTableIsKeptFromTheSecondStartOnUnlessTheKernelWritesToIt() {
    Memory found = Memory.ofSize(256).build("found");
    LaunchPlan kept = shell(Supervision.NONE, "").build();
    LaunchPlan written =
        shell(Supervision.NONE, "")
            .commandSteps(SetupProgram.of(lookAt(Path.of("/"), found)))
            .build();
    try (Arena start = Arena.ofConfined()) {
      VforkTable first = kept.table(start);
      VforkTable second = kept.table(start);
      assertNotSame(first, second);
      assertSame(second, kept.table(start));
      assertNotSame(written.table(start), written.table(start));
      assertNotSame(written.table(start), written.table(start));
    }
  }

  /** The kernel writes to memory of one plan's steps while others are started from it. */
  @Test
  void manyThreadsStartOnePlan() throws Exception {
    Memory found = Memory.ofSize(256).build("found");
    int inode = (int) (long) Files.getAttribute(folder, "unix:ino");
    Step look = lookAt(folder, found).expecting(found, 32, inode, "stx_ino");
    LaunchPlan good = shell(Supervision.NONE, "exit 5").commandSteps(SetupProgram.of(look)).build();
    LaunchPlan shared = shell(Supervision.NONE, "exit 6").build();
    LaunchPlan bad = LaunchPlan.of("/missing", List.of("missing")).build();
    try (var threads = Executors.newFixedThreadPool(8)) {
      var all = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 8; thread++) {
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 40; i++) {
                assertEquals(5, Commands.run(good).exit().code());
                assertEquals(6, Commands.run(shared).exit().code());
                var e =
                    assertThrows(
                        ExecException.class, () -> Launcher.start(bad, Commands.discard()).close());
                assertEquals(Errno.ENOENT, e.errno());
              }
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  @Test
  void aDryRunListsWhatThisMachineDoes() {
    assumeTrue(Vfork.isUsable(), "nothing is started in place on this kernel or thread");
    LaunchPlan plan =
        LaunchPlan.of("/bin/id", List.of("id"))
            .directory("/")
            .commandSteps(steps().then(SetupProgram.of(WayOfStarting.FILTER.leavingExec())))
            .build();
    assertEquals(
        List.of(
            "launcher: close_range(3, ~0U, 0)",
            "launcher: setsid()",
            "launcher: chdir(\"/\")",
            "launcher: prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)",
            "launcher: rt_sigprocmask(SIG_SETMASK, [], NULL, 8)",
            "launcher: seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=1})",
            "launcher: execve(\"/bin/id\", [\"id\"], 0 variables)"),
        plan.steps().stream().map(Object::toString).toList());
  }
}
