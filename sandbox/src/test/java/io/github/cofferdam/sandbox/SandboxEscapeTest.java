package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.sh;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.Rlimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ways out that commands have tried elsewhere. */
@Tag("kernel")
@FirstAndLaterRuns
class SandboxEscapeTest {
  @TempDir private Path temporary;

  /** IO-05: descriptors without close-on-exec, also above 1023. */
  @ParameterizedTest
  @EachIsolation
  void inheritedDescriptorsAreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    long most = Rlimits.get(Resource.OPEN_FILES).soft();
    var open = new ArrayList<Fd>();
    int fcntl = Syscall.number("fcntl");
    try {
      for (int lowest : List.of(5, 100, 1023, 1024, 3000)) {
        if (most == -1 || most > lowest + 100) {
          // F_DUPFD gives a copy without close-on-exec.
          open.add(
              Fd.owning(Syscall.call(fcntl, 2, Uapi.F_DUPFD(), lowest), "fcntl", "copy stderr"));
        }
      }
      assertTrue(open.size() >= 2);

      // The fourth is the listed directory itself.
      assertPrints(
          "0\n1\n2\n3\n",
          sh(readonly().isolation(isolation).build(), temporary, "ls /proc/self/fd"));
    } finally {
      open.forEach(Fd::close);
    }
  }

  /** PR-07. */
  @ParameterizedTest
  @EachIsolation
  void processesOutsideCannotBeSignalled(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(
        isolation == Isolation.NAMESPACE || Abi.current().compareTo(Abi.V6) >= 0,
        "this kernel's Landlock is too old");

    Outcome outcome =
        sh(
            readonly().isolation(isolation).build(),
            temporary,
            "for s in 0 STOP KILL; do for p in $1 $PPID; do kill -$s $p && echo sent; done; done;"
                + " echo alive",
            ProcessHandle.current().pid());

    assertEquals(new Ending.Exited(0), outcome.ending());
    // In a process-id namespace, init drops signals of its own namespace; nothing comes of them.
    String text = text(outcome);
    assertTrue(text.endsWith("alive\n"), text);
    if (isolation == Isolation.BASIC) {
      assertEquals(0, text.lines().filter("sent"::equals).count(), text);
      assertEquals(6, text.lines().filter(line -> line.contains("ermitted")).count(), text);
    } else {
      assertTrue(text.contains("No such process") || text.contains("ermitted"), text);
    }
  }

  /** PR-09. */
  @ParameterizedTest
  @EachIsolation
  void killingEverybodyKillsTheSandboxOnly(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(
        isolation == Isolation.NAMESPACE || Abi.current().compareTo(Abi.V6) >= 0,
        "this kernel's Landlock is too old");
    String marker = marker();
    Process bystander = new ProcessBuilder("sleep", marker()).start();
    try {
      Outcome outcome =
          sh(
              readonly().isolation(isolation).build(),
              temporary,
              "setsid sleep $1 & sleep $1 & kill -9 -1; wait; echo alive",
              marker);

      assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
      assertTrue(text(outcome).endsWith("alive\n"), () -> text(outcome));
      assertTrue(bystander.isAlive());
      awaitProcesses(marker, 0);
    } finally {
      bystander.destroyForcibly().waitFor();
    }
  }

  /** PR-10. */
  @Test
  void setUserIdProgramsGiveNothing() throws Exception {
    assumeTrue(Sandboxed.isHostsRoot(), "needs root");
    Path id = Files.copy(Path.of("/usr/bin/id").toRealPath(), temporary.resolve("id"));
    Files.setAttribute(id, "unix:uid", 65534);
    Files.setAttribute(id, "unix:mode", 04755);
    Files.setAttribute(temporary, "unix:mode", 0755);
    Process plain = new ProcessBuilder(id.toString(), "-u").start();
    assumeTrue(
        new String(plain.getInputStream().readAllBytes(), StandardCharsets.UTF_8).equals("65534\n"),
        "set-user-id has no effect here");

    for (Mode mode : Mode.values()) {
      Policy policy = Policy.builder().mode(mode).network(Network.Access.FULL).build();
      assertPrints("0\n", Sandboxed.run(policy, temporary, List.of(id.toString(), "-u")));
    }
  }

  /** PR-11: whatever a policy allows, these stay. */
  @ParameterizedTest
  @EnumSource
  void theFloorHoldsInEveryMode(Mode mode) throws Exception {
    for (Network.Access access : List.of(Network.Access.NONE, Network.Access.FULL)) {
      Policy.Builder policy = Policy.builder().mode(mode).network(access);
      for (Protection protection : Protection.values()) {
        if (protection.mayBeOff()) {
          policy.enforcement(protection, Requirement.OFF);
        }
      }

      Outcome outcome =
          sh(
              policy.build(),
              temporary,
              "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; unshare -U true");

      assertTrue(text(outcome).startsWith("NoNewPrivs:\t1\nSeccomp:\t2\n"), () -> text(outcome));
      assertTrue(text(outcome).contains("not permitted"), () -> text(outcome));
    }
  }

  /** RS-13. */
  @ParameterizedTest
  @EachIsolation
  void orphansLeaveNoZombies(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Outcome outcome =
        python(
            readonly().isolation(isolation).build(),
            temporary,
            """
            import os, time
            for i in range(300):
                child = os.fork()
                if child == 0:
                    if os.fork() == 0: os._exit(0)
                    os._exit(0)
                os.waitpid(child, 0)
            def zombies():
                count = 0
                for name in os.listdir('/proc'):
                    if name.isdigit():
                        try:
                            fields = open('/proc/%s/stat' % name).read().rsplit(')', 1)[1].split()
                        except OSError:
                            continue
                        count += fields[0] == 'Z' and int(fields[1]) == os.getppid()
                return count
            for attempt in range(1000):
                if zombies() == 0: break
                time.sleep(0.02)
            print(zombies())
            """);

    assertPrints("0\n", outcome);
  }

  /** What the command runs under is not the virtual machine's: nothing has changed here. */
  @Test
  void theVirtualMachineStaysAsItIs() throws IOException, InterruptedException {
    List<String> before = confinement();

    assertPrints("", sh(readonly().build(), temporary, "true"));

    assertEquals(before, confinement());
  }

  private static List<String> confinement() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.matches("(NoNewPrivs|Seccomp|Cap...|Uid|Gid|SigBlk).*"))
        .toList();
  }
}
