package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the running kernel does with several filters, and with actions that nobody waits for. */
@Tag("kernel")
final class StackedFiltersTest {
  private static final int GETPPID = Syscall.number("getppid");

  private static SeccompFilter filter(Action onGetppid) {
    return SeccompFilter.denyList(Arch.host()).on("getppid", onGetppid).build();
  }

  /** What getppid gives behind filters, the first one first. */
  private static long behind(Action... actions) throws Exception {
    try (var thread = new ConfinedThread()) {
      return thread.run(() -> {
        for (Action action : actions) {
          filter(action).installOnThisThread();
        }
        return Syscall.call(GETPPID);
      });
    }
  }

  @Test
  void nobodyWaitsForIt() throws Exception {
    assertEquals(-Errno.ENOSYS.number(), behind(Action.userNotification()));
    assertEquals(-Errno.ENOSYS.number(), behind(Action.trace(7)));
  }

  @Test
  void theStrictestWins() throws Exception {
    Action eperm = Action.errno(Errno.EPERM);
    long parent = behind(Action.allow());
    assertTrue(parent > 0);
    assertEquals(parent, behind(Action.allow(), Action.log(), Action.allow()));
    var milder = List.of(Action.allow(), Action.log(), Action.trace(1), Action.userNotification());
    for (Action mild : milder) {
      assertEquals(-1, behind(eperm, mild), mild::toString);
      assertEquals(-1, behind(mild, eperm), mild::toString);
    }
    assertEquals(-Errno.ENOSYS.number(), behind(Action.trace(1), Action.log()));
  }

  @Test
  void ofEqualOnesTheNewestSpeaks() throws Exception {
    assertEquals(-33, behind(Action.errno(Errno.EPERM), Action.errno(Errno.EDOM)));
    assertEquals(-1, behind(Action.errno(Errno.EDOM), Action.errno(Errno.EPERM)));
  }

  /** A listener is not even asked for what another filter refuses. */
  @Test
  void anErrorBeatsAListener() throws Exception {
    try (var thread = new ConfinedThread();
        Listener listener =
            thread.run(() -> filter(Action.userNotification()).installOnThisThreadWithListener())) {
      Future<Long> before = thread.call("getppid");
      listener.receive(Duration.ofSeconds(60)).orElseThrow().answerValue(17);
      assertEquals(17, ConfinedThread.get(before));
      thread.run(() -> {
        filter(Action.errno(Errno.EDOM)).installOnThisThread();
        return 0;
      });
      assertEquals(-33, ConfinedThread.get(thread.call("getppid")));
      assertEquals(Optional.empty(), listener.receive(Duration.ZERO));
    }
  }

  /** Signals and deaths, which a virtual machine would not survive. */
  @Test
  void aTrapBeatsAnErrorAndDeathBeatsATrap() throws Exception {
    assertEquals(31, signalOfShell(Action.errno(Errno.EPERM), Action.trap()));
    assertEquals(31, signalOfShell(Action.trap(), Action.killProcess()));
    assertEquals(31, signalOfShell(Action.killThread(), Action.errno(Errno.EPERM)));
    assertEquals(0, signalOfShell(Action.errno(Errno.EPERM), Action.userNotification()));
  }

  private static int signalOfShell(Action... actions) throws Exception {
    SetupProgram steps = NoNewPrivileges.program();
    for (Action action : actions) {
      steps = steps.then(SeccompFilter.denyList(Arch.host()).on("umask", action).build().install());
    }
    return Command.run(steps, Path.of("/"), "/bin/sh", "-c", "umask").exit().signal();
  }

  @Test
  void theBudgetOfAllFiltersTogether() throws Exception {
    BpfInstruction allow =
        new BpfInstruction(BpfInstruction.RETURN, 0, 0, Action.allow().returnValue());
    // What the kernel translates to one instruction each; it would make two of every return.
    var program =
        new ArrayList<>(
            Collections.nCopies(
                BpfVerifier.MAX_INSTRUCTIONS - 1, new BpfInstruction(BpfInstruction.AND, 0, 0, 1)));
    program.add(allow);
    SetupProgram longest = new BpfProgram(program).install();
    try (var thread = new ConfinedThread()) {
      var failure =
          thread.run(() -> {
            NoNewPrivileges.program().run();
            assertEquals(
                -Errno.EINVAL.number(),
                RawProgram.install(Collections.nCopies(BpfVerifier.MAX_INSTRUCTIONS + 1, allow)));
            for (int i = 0; i < 7; i++) {
              longest.run();
            }
            assertEquals(7, ThreadStatus.ofThisThread().filters().orElse(7));
            Installation eighth = Installation.of(new BpfProgram(program));
            return assertThrows(
                InstallException.class, () -> Installation.call(eighth.step(), Kernel.host()));
          });
      assertEquals(Errno.ENOMEM, failure.errno());
      assertEquals(Refusal.BUDGET_USED_UP, failure.refusal());
    }
  }

  @Test
  void withoutNoNewPrivilegesOrdinaryUsersMayNot() throws Exception {
    assumeTrue(
        Syscall.call(Syscall.number("geteuid")) != 0, "root may install filters in any case");
    try (var thread = new ConfinedThread()) {
      var failure =
          thread.run(() ->
              assertThrows(
                  InstallException.class,
                  () ->
                      Installation.call(
                          Installation.of(filter(Action.allow()).program()).step(),
                          Kernel.host())));
      assertEquals(Errno.EACCES, failure.errno());
      assertEquals(Refusal.NEEDS_NO_NEW_PRIVILEGES, failure.refusal());
      assertTrue(
          String.valueOf(failure.getMessage()).contains("set no_new_privs"), failure::toString);
      // In a child as well.
      var child =
          assertThrows(
              SetupException.class,
              () -> Command.run(filter(Action.allow()).install(), Path.of("/"), "/bin/true"));
      assertEquals(Optional.of(Refusal.NEEDS_NO_NEW_PRIVILEGES), Refusal.of(child));
    }
  }

  /** A filter around this one that refuses seccomp(2), as a container's may. */
  @Test
  void anOuterFilterIsNamed() throws Exception {
    for (Errno errno : List.of(Errno.EPERM, Errno.ENOSYS)) {
      try (var thread = new ConfinedThread()) {
        thread.run(() -> {
          SeccompFilter.denyList(Arch.host())
              .on("seccomp", Action.errno(errno))
              .build()
              .installOnThisThread();
          var failure =
              assertThrows(
                  InstallException.class, () -> filter(Action.allow()).installOnThisThread());
          assertEquals(errno, failure.errno());
          assertTrue(
              List.of(Refusal.OUTER_FILTER, Refusal.CONTAINER_PROFILE).contains(failure.refusal()),
              failure::toString);
          SeccompSupport support = SeccompSupport.probe();
          assertEquals(Optional.of(errno), support.refusal());
          assertTrue(support.status().filtered());
          assertTrue(support.toString().contains("behind"), support::toString);
          return 0;
        });
      }
    }
  }

  @Test
  void errorsAreCappedAndZeroIsASuccess() throws Exception {
    try (var thread = new ConfinedThread()) {
      assertInstanceOf(Action.Fail.class, Action.of(0x0005_ffff));
      assertEquals(-4095, thread.run(() -> behindRaw(0x0005_ffff)));
    }
    try (var thread = new ConfinedThread()) {
      assertEquals(0, thread.run(() -> behindRaw(0x0005_0000)));
    }
  }

  /** getppid behind a program that answers it with a number. */
  private static long behindRaw(int answer) throws Exception {
    NoNewPrivileges.program().run();
    assertEquals(
        0,
        RawProgram.install(
            List.of(
                new BpfInstruction(BpfInstruction.LOAD, 0, 0, SeccompData.NUMBER),
                new BpfInstruction(BpfInstruction.JUMP_EQUAL, 0, 1, GETPPID),
                new BpfInstruction(BpfInstruction.RETURN, 0, 0, answer),
                new BpfInstruction(BpfInstruction.RETURN, 0, 0, Action.allow().returnValue()))));
    return Syscall.call(GETPPID);
  }
}
