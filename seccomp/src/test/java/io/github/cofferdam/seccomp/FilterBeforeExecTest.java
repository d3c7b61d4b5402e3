package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Step;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A child that shares this process's memory must not be ended by its own filter before it has
 * executed the command: the kernel would dump that memory.
 */
class FilterBeforeExecTest {

  private static SeccompFilter.Builder denyList() {
    return SeccompFilter.denyList(Arch.host());
  }

  static Stream<Arguments> filters() throws Exception {
    SeccompFilter allExceptExec =
        denyList().on("execve", Action.killProcess()).on("execveat", Action.killProcess()).build();
    return Stream.of(
        Arguments.of("baseline", Baseline.of(Arch.host()).filter(), true),
        Arguments.of("execve ends the process", allExceptExec, false),
        Arguments.of(
            "execve is refused", denyList().on("execve", Action.errno(Errno.EPERM)).build(), false),
        Arguments.of(
            "exit_group ends the process",
            denyList().on("exit_group", Action.killProcess()).build(),
            false),
        Arguments.of(
            "somebody is asked about execve",
            denyList().on("execve", Action.userNotification()).build(),
            false),
        Arguments.of(
            "write ends the process", denyList().on("write", Action.killProcess()).build(), true));
  }

  private static Step install(SeccompFilter filter) {
    return filter.install().steps().getLast();
  }

  /** Only an image has a status pipe. */
  private static boolean needsImage(SetupProgram steps) {
    return LaunchPlan.of("/bin/true", List.of("true")).commandSteps(steps).build().steps().stream()
        .anyMatch(step -> step.toString().equals("launcher: fcntl(3, F_SETFD, FD_CLOEXEC)"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("filters")
  void aFilterKnowsWhetherACommandCanBeExecutedBehindIt(
      String name, SeccompFilter filter, boolean leaves) {
    assertEquals(leaves, install(filter).leavesExec());
    // Everything does on some kernels, and on a thread that has a filter already.
    if (!needsImage(SetupProgram.empty())) {
      assertEquals(!leaves, needsImage(NoNewPrivileges.program().then(filter.install())));
    }
  }

  @Test
  void whatDependsOnArgumentsIsNotCertain() {
    SeccompFilter filter =
        denyList()
            .on(
                "execve",
                when(arg(1).asInt().eq(0)).then(Action.killProcess()).otherwise(Action.allow()))
            .build();
    assertFalse(install(filter).leavesExec());
  }

  @Test
  @Tag("kernel")
  void aFilterThatEndsTheProcessAtExecveEndsTheChildAlone() throws Exception {
    SeccompFilter filter = denyList().on("execve", Action.killProcess()).build();
    var plan =
        LaunchPlan.of("/bin/true", List.of("true"))
            .commandSteps(NoNewPrivileges.program().then(filter.install()))
            .build();
    try (var launched = Launcher.start(plan, StdioSet.inherit())) {
      assertEquals(Uapi.SIGSYS(), launched.await().signal());
    }
  }

  @Test
  @Tag("kernel")
  void aCommandThatCannotBeExecutedBehindAFilterIsReported() throws Exception {
    var plan =
        LaunchPlan.of("/missing", List.of("missing"))
            .commandSteps(
                NoNewPrivileges.program().then(Baseline.of(Arch.host()).filter().install()))
            .build();
    var e = assertThrows(KernelException.class, () -> Launcher.start(plan, StdioSet.inherit()));
    assertInstanceOf(ExecException.class, e);
    assertEquals(Errno.ENOENT, e.errno());
  }
}
