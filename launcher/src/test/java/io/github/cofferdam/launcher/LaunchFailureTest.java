package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.shell;
import static io.github.cofferdam.launcher.Commands.supervised;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Commands.Finished;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When something cannot be done, nothing runs, and the exception says what it was. */
@Tag("kernel")
class LaunchFailureTest {
  private static final Step BAD_CLOSE =
      Step.of("close", "close a descriptor that is not open", Arg.of(999));

  @TempDir Path folder;
  private Path marker;

  @BeforeEach
  void open() throws Exception {
    // Users of a user namespace without id maps are strangers here.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    marker = folder.resolve("marker");
  }

  private LaunchPlan.Builder marking(Supervision supervision) {
    return shell(supervision, ": > \"$1\"", marker.toString());
  }

  private SetupException assertFails(LaunchPlan.Builder plan) {
    var e =
        assertThrows(
            SetupException.class, () -> Launcher.start(plan.build(), Commands.discard()).close());
    assertFalse(Files.exists(marker), "the command ran");
    return e;
  }

  @EachSupervision
  void theMarkerIsWrittenWhenAllIsWell(Supervision supervision) throws Exception {
    assertEquals(0, Commands.run(marking(supervision)).exit().code());
    assertTrue(Files.exists(marker));
  }

  @ParameterizedTest
  @CsvSource({
    "NONE,launcher",
    "NONE,command",
    "CHILD_WALK,launcher",
    "CHILD_WALK,command",
    "PID_NAMESPACE,launcher",
    "PID_NAMESPACE,init",
    "PID_NAMESPACE,command"
  })
  void aFailingStepNamesItselfAndNothingRuns(Supervision supervision, String role) {
    LaunchPlan.Builder plan = marking(supervision);
    SetupProgram bad =
        SetupProgram.of(Step.of("getpid", "do nothing"), BAD_CLOSE, Step.of("getppid", "nor this"));
    switch (role) {
      case "launcher" ->
          plan.launcherSteps(
              supervision == Supervision.PID_NAMESPACE ? Commands.namespaces().then(bad) : bad);
      case "init" -> plan.initSteps(bad);
      default -> plan.commandSteps(bad);
    }
    SetupException e = assertFails(plan);
    assertFalse(e instanceof ExecException);
    assertEquals(Errno.EBADF, e.errno());
    assertEquals("close(999)", e.call());
    assertEquals(
        "cannot close a descriptor that is not open: close: Bad file descriptor (EBADF)",
        e.getMessage());
  }

  @EachSupervision
  void aMissingWorkingDirectory(Supervision supervision) {
    SetupException e = assertFails(marking(supervision).directory(folder + "/missing"));
    assertEquals(Errno.ENOENT, e.errno());
    assertEquals("chdir(\"" + folder + "/missing\")", e.call());
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("cannot enter the working directory " + folder),
        e::getMessage);
  }

  @EachSupervision
  void aToleratedErrorDoesNotStopTheLaunch(Supervision supervision) throws Exception {
    Step tolerant = BAD_CLOSE.tolerating(Errno.ENOSYS, Errno.EBADF);
    var plan = shell(supervision, "exit 7").commandSteps(SetupProgram.of(tolerant));
    assertEquals(7, Commands.run(plan).exit().code());
    Step others = BAD_CLOSE.tolerating(Errno.ENOSYS, Errno.EPERM);
    assertFails(marking(supervision).commandSteps(SetupProgram.of(others)));
  }

  @EachSupervision
  void aDescriptorWithAnUnexpectedNumberIsAFailure(Supervision supervision) {
    // dup hands out a number that no slot stands for; the next open is then one too high.
    Step hidden = Step.of("dup", "open without a slot", Arg.of(0));
    Step open = Step.of("dup", "open with a slot", Arg.of(0)).opening(Slot.named("slot"));
    SetupException e =
        assertFails(marking(supervision).commandSteps(SetupProgram.of(hidden, open)));
    assertEquals("dup(0) = slot", e.call());
    assertEquals(Errno.EBADF, e.errno());
  }

  @EachSupervision
  void descriptorsOfStepsHaveTheNumbersThatWereForeseen(Supervision supervision) throws Exception {
    var a = Slot.named("a");
    var b = Slot.named("b");
    var c = Slot.named("c");
    Step dup = Step.of("dup", "copy", Arg.of(1));
    // struct pollfd of slot b; /dev/null is always ready.
    var poll = Memory.ofSize(8).descriptor(0, b).int16(4, Uapi.POLLOUT()).build("{b}");
    var steps =
        SetupProgram.of(
            dup.opening(a),
            dup.opening(b),
            Step.close(a),
            dup.opening(c),
            Step.of("ppoll", "poll", poll, Arg.of(1), Arg.of(0), Arg.of(0), Arg.of(8)),
            Step.close(b),
            Step.close(c));
    var plan = shell(supervision, "exit 3").launcherSteps(SetupProgram.empty());
    supervised(supervision, plan);
    assertEquals(3, Commands.run(plan.commandSteps(steps)).exit().code());
  }

  /**
   * What {@link SetupProgram#run} passes; a register's leftovers would make prctl answer EINVAL.
   */
  @EachSupervision
  void missingArgumentsAreZero(Supervision supervision) throws Exception {
    Step full =
        Step.of(
            "openat2",
            "leave values in all registers",
            Arg.of(-1),
            Arg.of(-1),
            Arg.of(-1),
            Arg.of(-1),
            Arg.of(-1),
            Arg.of(-1));
    Step few =
        Step.of(
            "prctl", "give up gaining privileges", Arg.of(Uapi.PR_SET_NO_NEW_PRIVS()), Arg.of(1));
    Errno[] any = {Errno.EFAULT, Errno.EINVAL, Errno.E2BIG, Errno.ENOSYS, Errno.EBADF};
    var steps = SetupProgram.of(full.tolerating(any), few);
    assertEquals(0, Commands.run(shell(supervision, "exit 0").commandSteps(steps)).exit().code());
  }

  // ------------------------------------------------------------------ exec

  private ExecException assertNotExecuted(LaunchPlan.Builder plan) {
    return assertInstanceOf(ExecException.class, assertFails(plan));
  }

  private Path file(String name, String content, String permissions) throws Exception {
    Path file = folder.resolve(name);
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  @EachSupervision
  void aMissingProgram(Supervision supervision) {
    var e = assertNotExecuted(Commands.plan(supervision, folder + "/missing"));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.notFound());
    assertEquals(
        "cannot execute " + folder + "/missing: execve: No such file or directory (ENOENT)",
        e.getMessage());
    e = assertNotExecuted(Commands.plan(supervision, "/dev/null/x"));
    assertTrue(e.notFound());
  }

  @EachSupervision
  void aMissingInterpreter(Supervision supervision) throws Exception {
    Path script = file("script", "#!/nonexistent/interpreter\n", "rwxr-xr-x");
    assertTrue(assertNotExecuted(Commands.plan(supervision, script.toString())).notFound());
  }

  @EachSupervision
  void aFileThatMayNotBeExecuted(Supervision supervision) throws Exception {
    Path script = file("script", "#!/bin/sh\n", "rw-r--r--");
    var e = assertNotExecuted(Commands.plan(supervision, script.toString()));
    assertEquals(Errno.EACCES, e.errno());
    assertFalse(e.notFound());
    assertEquals(
        Errno.EACCES, assertNotExecuted(Commands.plan(supervision, folder.toString())).errno());
  }

  @EachSupervision
  void aScriptWithoutAnInterpreterLineIsTheShells(Supervision supervision) throws Exception {
    Path script = file("script", "printf '%s|' \"$0\" \"$@\"; exit 9\n", "rwxr-xr-x");
    Finished finished = Commands.run(Commands.plan(supervision, script.toString(), "a b", "", "c"));
    assertEquals(script + "|a b||c|", finished.output());
    assertEquals(9, finished.exit().code());
  }

  @EachSupervision
  void candidatesAreTriedInOrder(Supervision supervision) throws Exception {
    String missing = folder + "/missing/tool";
    String forbidden = file("forbidden", "#!/bin/sh\n", "rw-r--r--").toString();
    String first = file("first", "#!/bin/sh\nexit 11\n", "rwxr-xr-x").toString();
    String second = file("second", "#!/bin/sh\nexit 12\n", "rwxr-xr-x").toString();
    var argv = List.of("tool");
    for (List<String> candidates :
        List.of(
            List.of(first, second),
            List.of(missing, first),
            List.of(missing, forbidden, first),
            List.of("/dev/null/tool", missing, first, forbidden))) {
      var plan = supervised(supervision, LaunchPlan.of(candidates, argv));
      assertEquals(11, Commands.run(plan).exit().code(), candidates::toString);
    }
    var plan = supervised(supervision, LaunchPlan.of(List.of(missing, forbidden, missing), argv));
    var e = assertNotExecuted(plan);
    assertEquals(Errno.EACCES, e.errno(), "what exists is remembered");
    assertTrue(e.call().contains("forbidden"), e::call);
    e = assertNotExecuted(supervised(supervision, LaunchPlan.of(List.of(missing, "/x"), argv)));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.call().contains(missing), e::call);
  }

  @Test
  void executableCandidatesAfterAnUnexpectedErrorAreNotTried() throws Exception {
    String loop = folder.resolve("loop").toString();
    Files.createSymbolicLink(Path.of(loop), Path.of(loop));
    var plan = LaunchPlan.of(List.of(loop, "/bin/true"), List.of("true"));
    assertEquals(Errno.ELOOP, assertNotExecuted(plan).errno());
  }

  // ------------------------------------------------------------------ seccomp

  /** A filter that answers one system call with EPERM. */
  private static SetupProgram refusing(String syscall) {
    // struct sock_filter: | code 16 | jt 8 | jf 8 | k 32 |; struct sock_fprog: | len 16 | ... |
    // pointer |
    var filter =
        Memory.ofSize(4 * 8)
            .int16(0, 0x20) // load the number
            .int16(8, 0x15) // equal?
            .int8(10, 0)
            .int8(11, 1)
            .int32(12, io.github.cofferdam.bindings.Syscall.number(syscall))
            .int16(16, 0x06)
            .int32(20, Uapi.SECCOMP_RET_ERRNO() | Errno.EPERM.number())
            .int16(24, 0x06)
            .int32(28, Uapi.SECCOMP_RET_ALLOW())
            .build("filter");
    var program = Memory.ofSize(16).int16(0, 4).pointer(8, filter).build("program");
    return NoNewPrivileges.program()
        .then(
            SetupProgram.of(
                Step.of(
                    "seccomp",
                    "filter system calls",
                    Arg.of(Uapi.SECCOMP_SET_MODE_FILTER()),
                    Arg.of(0),
                    program)));
  }

  @EachSupervisor
  void aFilterThatRefusesToWriteDoesNotHideTheFailure(Supervision supervision) {
    var plan = Commands.plan(supervision, "/nonexistent/command").commandSteps(refusing("write"));
    assertEquals(Errno.ENOENT, assertNotExecuted(plan).errno());
    SetupProgram steps = refusing("write").then(SetupProgram.of(BAD_CLOSE));
    assertEquals("close(999)", assertFails(marking(supervision).commandSteps(steps)).call());
  }

  @EachSupervision
  void aFilterThatRefusesToExecuteIsAFailure(Supervision supervision) {
    SetupException e = assertFails(marking(supervision).commandSteps(refusing("execve")));
    assertEquals(Errno.EPERM, e.errno());
    assertInstanceOf(ExecException.class, e);
  }
}
