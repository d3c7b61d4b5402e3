package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LaunchPlanTest {
  private static final String START_INIT =
      "launcher: clone(CLONE_VM|CLONE_PARENT|CLONE_PARENT_SETTID|SIGCHLD, 0, [init])";

  private static SetupProgram program(String syscall) {
    return SetupProgram.of(Step.of(syscall, "test"));
  }

  private static LaunchPlan.Builder plan(Supervision supervision) {
    return LaunchPlan.of(List.of("/a/id", "/b/id"), List.of("id", "-u"))
        .supervision(supervision)
        .directory("/work")
        .launcherSteps(
            supervision == Supervision.SIGNAL_SCOPE
                ? program("getuid").then(program("landlock_restrict_self"))
                : program("getuid"))
        .commandSteps(program("geteuid"));
  }

  private static List<String> steps(LaunchPlan plan) {
    return plan.steps().stream().map(Object::toString).toList();
  }

  @Test
  void withoutSupervisionTheLauncherBecomesTheCommand() {
    assertEquals(
        List.of(
            "launcher: close_range(4, ~0U, 0)",
            "launcher: fcntl(3, F_SETFD, FD_CLOEXEC)",
            "launcher: setsid()",
            "launcher: getuid()",
            "launcher: chdir(\"/work\")",
            "launcher: geteuid()",
            "launcher: execve(\"/a/id\", [\"id\", \"-u\"], 0 variables)",
            "launcher: execve(\"/b/id\", [\"id\", \"-u\"], 0 variables)"),
        steps(plan(Supervision.NONE).build()));
  }

  @Test
  void aSupervisorIsReadyBeforeTheCommandsProcessStarts() {
    assertEquals(
        List.of(
            "launcher: close_range(5, ~0U, 0)",
            "launcher: fcntl(3, F_SETFD, FD_CLOEXEC)",
            "launcher: fcntl(4, F_SETFD, FD_CLOEXEC)",
            "launcher: setpgid(0, 0)",
            "launcher: getuid()",
            "launcher: openat(AT_FDCWD, \"/proc/thread-self/children\", O_RDONLY|O_CLOEXEC) ="
                + " children",
            "launcher: prctl(PR_SET_NAME, \"cofferdam\", 0, 0, 0)",
            "launcher: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
            "launcher: prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)",
            "launcher: rt_sigprocmask(SIG_SETMASK, ~[], NULL, 8)",
            "launcher: signalfd4(-1, ~[], 8, SFD_CLOEXEC) = signals",
            "launcher: timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC) = timer",
            "launcher: timerfd_settime(timer, 0, {PT1.5S}, NULL)",
            "launcher: getpid()",
            "launcher: clone(CLONE_VM|CLONE_VFORK|SIGCHLD, 0)",
            "command: setsid()",
            "command: prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)",
            "command: getppid()",
            "command: rt_sigprocmask(SIG_SETMASK, [], NULL, 8)",
            "command: chdir(\"/work\")",
            "command: geteuid()",
            "command: execve(\"/a/id\", [\"id\", \"-u\"], 0 variables)",
            "command: execve(\"/b/id\", [\"id\", \"-u\"], 0 variables)"),
        steps(plan(Supervision.CHILD_WALK).deadline(Duration.ofMillis(1500)).build()));
  }

  @Test
  void whatIsHandedOverIsSentOnceTheCommandWasExecuted() {
    var slot = Slot.named("listener");
    var opening = SetupProgram.of(Step.of("seccomp", "test").opening(slot));
    List<String> steps =
        steps(plan(Supervision.CHILD_WALK).commandSteps(opening).handOver(slot).build());
    assertEquals("launcher: close_range(6, ~0U, 0)", steps.getFirst());
    assertTrue(steps.contains("launcher: fcntl(5, F_SETFD, FD_CLOEXEC)"), steps::toString);
    assertTrue(
        steps.contains("launcher: clone(CLONE_VM|CLONE_VFORK|CLONE_FILES|SIGCHLD, 0)"),
        steps::toString);
    assertEquals("launcher: sendmsg(5, {listener}, MSG_NOSIGNAL)", steps.getLast());
    List<String> early =
        steps(plan(Supervision.PID_NAMESPACE).launcherSteps(opening).handOver(slot).build());
    assertTrue(early.contains("init: clone(CLONE_VM|CLONE_VFORK|SIGCHLD, 0)"), early::toString);
    assertEquals("init: sendmsg(5, {listener}, MSG_NOSIGNAL)", early.getLast());
  }

  @Test
  void whatIsHandedOverMustBeThereAndSomebodyToSendIt() {
    var slot = Slot.named("listener");
    var opening = SetupProgram.of(Step.of("seccomp", "test").opening(slot));
    var alone = plan(Supervision.NONE).commandSteps(opening).handOver(slot);
    assertThrows(IllegalArgumentException.class, alone::build);
    var never = plan(Supervision.CHILD_WALK).handOver(slot);
    assertThrows(IllegalArgumentException.class, never::build);
    var closed =
        plan(Supervision.CHILD_WALK)
            .commandSteps(opening.then(SetupProgram.of(Step.close(slot))))
            .handOver(slot);
    assertThrows(IllegalArgumentException.class, closed::build);
  }

  @Test
  void aSignalScopeNeedsStepsThatEnterADomain() {
    var plan =
        LaunchPlan.of("/a/id", List.of("id"))
            .launcherSteps(program("getuid"))
            .supervision(Supervision.SIGNAL_SCOPE);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, plan::build);
    assertTrue(String.valueOf(e.getMessage()).contains("Landlock domain"), e::getMessage);
  }

  @Test
  void aSignalScopeIsCheckedAfterItWasEnteredAndBeforeAnythingStarts() {
    List<String> steps = steps(plan(Supervision.SIGNAL_SCOPE).build());
    int check = steps.indexOf("launcher: kill(getppid(), 0)");
    assertTrue(check > steps.indexOf("launcher: getuid()"), steps::toString);
    assertEquals("launcher: clone(CLONE_VM|CLONE_VFORK|SIGCHLD, 0)", steps.get(check + 2));
    assertTrue(steps.stream().noneMatch(step -> step.contains("children")), steps::toString);
  }

  @Test
  void whatIsPassedIsThereFromTheStart() throws Exception {
    Slot first = Slot.named("first");
    Slot second = Slot.named("second");
    Pipe pipe = Pipe.open();
    try (Fd one = pipe.read();
        Fd other = pipe.write()) {
      List<String> steps =
          steps(
              plan(Supervision.PID_NAMESPACE)
                  .pass(first, one)
                  .pass(second, other)
                  .initSteps(program("getgid").then(SetupProgram.of(Step.close(first))))
                  .build());
      assertInOrder(
          steps,
          "launcher: close_range(7, ~0U, 0)",
          "launcher: fcntl(5, F_SETFD, FD_CLOEXEC)",
          "launcher: fcntl(6, F_SETFD, FD_CLOEXEC)",
          "launcher: getuid()",
          START_INIT,
          "init: getgid()",
          "init: close(first)",
          "init: clone(CLONE_VM|CLONE_VFORK|SIGCHLD, 0)",
          "command: geteuid()");
    }
  }

  private static void assertInOrder(List<String> steps, String... expected) {
    int last = -1;
    for (String step : expected) {
      int at = steps.indexOf(step);
      assertTrue(at > last, () -> step + " in " + steps);
      last = at;
    }
  }

  @Test
  void stepsOfInitNeedOne() {
    for (Supervision supervision : Supervision.values()) {
      if (supervision != Supervision.PID_NAMESPACE) {
        assertThrows(
            IllegalArgumentException.class,
            () -> plan(supervision).initSteps(program("getgid")).build());
      }
    }
  }

  @Test
  void aNamespacesInitHasItsOwnSteps() {
    List<String> steps =
        steps(plan(Supervision.PID_NAMESPACE).initSteps(program("getgid")).build());
    int fork = steps.indexOf(START_INIT);
    int first = steps.indexOf("init: getpid()");
    int own = steps.indexOf("init: getgid()");
    int command = steps.indexOf("init: clone(CLONE_VM|CLONE_VFORK|SIGCHLD, 0)");
    assertTrue(steps.indexOf("launcher: getuid()") < fork, steps::toString);
    assertTrue(0 < fork && fork < first, steps::toString);
    assertTrue(first < own && own < command, steps::toString);
    assertTrue(command < steps.indexOf("command: geteuid()"), steps::toString);
    assertTrue(
        steps.subList(0, fork + 1).stream().allMatch(step -> step.startsWith("launcher: ")),
        steps::toString);
  }

  @ParameterizedTest
  @EnumSource
  void everyPlanCompilesForBothArchitectures(Supervision supervision) {
    compilesForBothArchitectures(plan(supervision).build());
    if (supervision != Supervision.NONE) {
      var slot = Slot.named("listener");
      compilesForBothArchitectures(
          plan(supervision)
              .commandSteps(SetupProgram.of(Step.of("seccomp", "test").opening(slot)))
              .handOver(slot)
              .build());
    }
  }

  private static void compilesForBothArchitectures(LaunchPlan plan) {
    for (Arch arch : List.of(Arch.X86_64, Arch.AARCH64)) {
      var image = ImageCompiler.compile(arch, new LaunchSequence(plan.parts()));
      assertTrue(image.bytes().length > 1000);
      // Whatever the dry run prints can be reported as the step that failed.
      List<String> reportable = image.steps().stream().map(Step::toString).toList();
      // Asking for a process id cannot fail.
      List<String> fallible =
          plan.steps().stream()
              .map(LaunchStep::step)
              .filter(
                  step -> !step.equals(LaunchSequence.SELF) && !step.equals(LaunchSequence.PARENT))
              .map(Step::toString)
              .toList();
      for (String step : fallible) {
        assertTrue(reportable.contains(step), step);
      }
      assertEquals(fallible.size(), reportable.size());
    }
  }

  @Test
  void anImageDependsOnItsPlanOnly() {
    var plan = plan(Supervision.CHILD_WALK).build();
    var one = ImageCompiler.compile(Arch.X86_64, new LaunchSequence(plan.parts())).bytes();
    var two = ImageCompiler.compile(Arch.X86_64, new LaunchSequence(plan.parts())).bytes();
    assertArrayEquals(one, two);
  }

  @Test
  void thousandsOfStepsFitIntoAnImage() {
    var steps = new ArrayList<Step>();
    for (int i = 0; i < 2_000; i++) {
      steps.add(Step.of("getpid", "step " + i));
    }
    var plan = plan(Supervision.NONE).commandSteps(new SetupProgram(steps)).build();
    for (Arch arch : List.of(Arch.X86_64, Arch.AARCH64)) {
      var image = ImageCompiler.compile(arch, new LaunchSequence(plan.parts()));
      assertEquals(2_007, image.steps().size());
      assertTrue(image.bytes().length > 0);
    }
  }

  @Test
  void impossiblePlansAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> LaunchPlan.of(List.of(), List.of("x")));
    assertThrows(IllegalArgumentException.class, () -> LaunchPlan.of("/bin/id", List.of()));
    var noSupervision = plan(Supervision.NONE).deadline(Duration.ofSeconds(1));
    assertThrows(IllegalArgumentException.class, noSupervision::build);
    var noNamespace = plan(Supervision.CHILD_WALK).initSteps(program("getgid"));
    assertThrows(IllegalArgumentException.class, noNamespace::build);
    var builder = plan(Supervision.CHILD_WALK);
    assertThrows(IllegalArgumentException.class, () -> builder.deadline(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.deadline(Duration.ofNanos(-1)));
    assertThrows(IllegalArgumentException.class, () -> builder.variable("A=B", "x"));
  }

  @Test
  void aPlanDoesNotChangeAnyMore() {
    var argv = new ArrayList<>(List.of("id"));
    var builder = LaunchPlan.of("/bin/id", argv).environment(Map.of("A", "1")).variable("", "0");
    var plan = builder.build();
    argv.add("later");
    builder.variable("B", "2");
    assertEquals(List.of("id"), plan.argv());
    // The kernel takes a name that is empty, and so does ProcessBuilder.
    assertEquals(List.of("A=1", "=0"), plan.environment());
  }
}
