package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.policy.CommandRule;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which namespaces the runs of one sandbox have in common, and when they have none. */
@Tag("kernel")
class SharedNamespacesTest {
  private static final String SHOW =
      "for n in user net uts mnt pid ipc; do readlink /proc/self/ns/$n; done";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path work;

  @BeforeEach
  void makeFiles() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    assumeTrue(
        NamespaceTemplate.canHold(RootFilesystem.empty().build()), "Linux < 5.12: nothing shared");
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    Files.writeString(work.resolve("file"), "mine\n");
  }

  private static Policy.Builder namespaced() {
    return readonly().isolation(Isolation.NAMESPACE);
  }

  private Outcome run(Sandbox sandbox, String script) throws Exception {
    return sandbox
        .command("/bin/sh", "-c", script)
        .directory(work)
        .parentEnvironment(ENVIRONMENT)
        .mergeStderr()
        .captureOutput()
        .run();
  }

  /** Which kinds of namespaces several runs have in common that live at the same time. */
  private Set<String> common(Policy policy) throws Exception {
    Sandbox sandbox = Sandboxed.of(policy);
    run(sandbox, "true");
    var common = new HashSet<String>();
    var processes = new ArrayList<SandboxProcess>();
    try {
      for (int i = 0; i < 3; i++) {
        SandboxProcess process =
            sandbox
                .command("/bin/sh", "-c", SHOW + "; read line")
                .directory(work)
                .parentEnvironment(ENVIRONMENT)
                .start();
        processes.add(process);
        var namespaces = new HashSet<String>();
        for (int kind = 0; kind < 6; kind++) {
          namespaces.add(process.inputReader().readLine());
        }
        if (i == 0) {
          common.addAll(namespaces);
        } else {
          common.retainAll(namespaces);
        }
      }
    } finally {
      for (SandboxProcess process : processes) {
        process.close();
      }
    }
    return common.stream()
        .map(namespace -> namespace.substring(0, namespace.indexOf(':')))
        .collect(Collectors.toSet());
  }

  @Test
  void fromTheSecondRunOnTheyHaveUsersHostNameAndAnEmptyNetworkInCommon() throws Exception {
    assertEquals(Set.of("user", "net", "uts"), common(namespaced().build()));
  }

  @Test
  void whoCanOpenASocketHasANetworkNamespaceOfItsOwn() throws Exception {
    for (Network network :
        List.of(
            Network.DEFAULT.withAccess(Network.Access.LOOPBACK),
            Network.DEFAULT.withUnixSockets(true))) {
      assertEquals(
          Set.of("user", "uts"), common(namespaced().network(network).build()), network::toString);
    }
  }

  @Test
  void aRuleThatForbidsTheNetworkHoldsForTheNextRunToo() throws Exception {
    CommandRule rule = new CommandRule("no-network", Optional.of(false), false);
    Network network =
        Network.DEFAULT
            .withAccess(Network.Access.FULL)
            .withUnixSockets(true)
            .withCommandRules(List.of(rule));
    Sandbox sandbox = Sandboxed.of(namespaced().network(network).build());
    String host = Files.readSymbolicLink(Path.of("/proc/self/ns/net")) + "\n";
    for (int i = 0; i < 3; i++) {
      assertEquals(host, text(run(sandbox, "readlink /proc/self/ns/net")));
    }
    for (int i = 0; i < 3; i++) {
      assertNotEquals(host, text(run(sandbox, "readlink /proc/self/ns/net; : no-network")));
      assertEquals(host, text(run(sandbox, "readlink /proc/self/ns/net")));
    }
  }

  @Test
  void whoKeepsACapabilityOrCountsItsProcessesHasAllOfItsOwn() throws Exception {
    assertEquals(Set.of(), common(namespaced().capability(Capability.NET_BIND_SERVICE).build()));
    Policy counting =
        namespaced()
            .limit(Resource.PROCESSES, Limit.of(50))
            // The kernel does not hold root to it.
            .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
            .build();
    assertEquals(Set.of(), common(counting));
    for (Resource counted :
        List.of(Resource.PENDING_SIGNALS, Resource.MESSAGE_QUEUES, Resource.LOCKED_MEMORY)) {
      assertEquals(
          Set.of(), common(namespaced().limit(counted, Limit.of(4096)).build()), counted::key);
    }
  }

  @Test
  void aDirectoryThatWasReplacedIsTheNewOne() throws Exception {
    Policy policy = workspace().isolation(Isolation.NAMESPACE).workspace(work.toString()).build();
    Sandbox sandbox = Sandboxed.of(policy);
    for (int i = 0; i < 6; i++) {
      Files.delete(work.resolve("file"));
      Files.delete(work);
      Files.createDirectory(work);
      Files.writeString(work.resolve("file"), "number " + i + "\n");
      // Twice with and once without a template that is out of date.
      for (int again = 0; again < 3; again++) {
        assertEquals("number " + i + "\n", text(run(sandbox, "cat file")));
      }
    }
  }

  @Test
  void whatComesToABlockedPathIsBlocked() throws Exception {
    Path secret = work.resolve("secret");
    Policy policy =
        workspace()
            .isolation(Isolation.NAMESPACE)
            .blocked(secret.toString())
            // A blocked path that is not there, and could be made, is not enforced in full.
            .enforcement(Enforcement.DEFAULT.withLevel(Enforcement.Level.BEST_EFFORT))
            .build();
    Sandbox sandbox = Sandboxed.of(policy);
    for (int i = 0; i < 3; i++) {
      assertTrue(text(run(sandbox, "cat secret")).contains("No such file"));
    }
    Files.writeString(secret, "secret\n");
    for (int i = 0; i < 3; i++) {
      assertTrue(text(run(sandbox, "cat secret")).contains("Permission denied"));
    }
  }

  /** Nothing can cover it then, and what was worked out when it was there does not hold. */
  @Test
  void aBlockedPathThatIsGoneIsNoLongerCalledBlocked() throws Exception {
    Path secret = Files.writeString(work.resolve("secret"), "secret\n");
    Policy policy =
        workspace()
            .isolation(Isolation.NAMESPACE)
            .workspace(work.toString())
            .blocked(secret.toString())
            .build();
    Sandbox sandbox = Sandboxed.of(policy);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 3; i++) {
        Outcome covered = run(sandbox, "cat secret 2>&1; true");
        assertTrue(covered.success() && !text(covered).contains("secret\n"), covered::toJson);
        assertEquals(ProtectionState.ENFORCED, filesystem(covered));
      }
      Files.delete(secret);
      for (int i = 0; i < 3; i++) {
        Outcome uncovered = run(sandbox, "true");
        assertNotEquals(ProtectionState.ENFORCED, filesystem(uncovered), uncovered::toJson);
        assertEquals(run(Sandboxed.of(policy), "true").ending(), uncovered.ending());
      }
      Files.writeString(secret, "secret\n");
    }
  }

  private static ProtectionState filesystem(Outcome outcome) {
    return outcome.enforcement().orElseThrow().of(Protection.FILESYSTEM).state();
  }

  /** What comes to its name may have the inode of what was blocked before. */
  @Test
  void aBlockedFileThatIsWrittenAnewStaysBlocked() throws Exception {
    Path secret = Files.writeString(work.resolve("secret"), "secret\n");
    Sandbox sandbox =
        Sandboxed.of(workspace().isolation(Isolation.NAMESPACE).blocked(secret.toString()).build());
    for (int i = 0; i < 12; i++) {
      assertTrue(text(run(sandbox, "cat secret")).contains("Permission denied"));
      if (i % 3 == 2) {
        for (int again = 0; again < 2; again++) {
          Path other = Files.writeString(work.resolve("other"), "secret " + again + "\n");
          Files.move(other, secret, StandardCopyOption.ATOMIC_MOVE);
        }
      }
    }
  }

  @Test
  void aBlockedDirectoryThatIsMadeAnewStaysBlocked() throws Exception {
    Path secrets = Files.createDirectory(work.resolve("secrets"));
    Sandbox sandbox =
        Sandboxed.of(
            workspace().isolation(Isolation.NAMESPACE).blocked(secrets.toString()).build());
    for (int i = 0; i < 12; i++) {
      assertTrue(text(run(sandbox, "ls secrets")).contains("Permission denied"));
      if (i % 3 == 2) {
        Files.delete(secrets);
        Files.createDirectory(secrets);
      }
    }
  }

  @Test
  void aBlockedFileThatWasRenamedAndLinkedBackStaysBlocked() throws Exception {
    Path secret = Files.writeString(work.resolve("secret"), "secret\n");
    Sandbox sandbox =
        Sandboxed.of(workspace().isolation(Isolation.NAMESPACE).blocked(secret.toString()).build());
    for (int i = 0; i < 12; i++) {
      assertTrue(text(run(sandbox, "cat secret")).contains("Permission denied"));
      if (i % 3 == 2) {
        Path other = Files.move(secret, work.resolve("other" + i));
        Files.createLink(secret, other);
        // With two names it would be refused.
        Files.delete(other);
      }
    }
  }

  @Test
  void onePairOfSocketsCannotBeSeenFromAnotherRun() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(Sandboxed.PYTHON)), "no " + Sandboxed.PYTHON);
    Sandbox sandbox = Sandboxed.of(namespaced().build());
    String script =
        """
        import socket
        one, other = socket.socketpair()
        one.bind('\\0here I am')
        """;
    for (int i = 0; i < 3; i++) {
      Outcome outcome =
          sandbox
              .command(Sandboxed.PYTHON, "-Ic", script)
              .directory(work)
              .parentEnvironment(ENVIRONMENT)
              .mergeStderr()
              .captureOutput()
              .run();
      assertTrue(text(outcome).contains("not permitted"), outcome::toJson);
    }
  }

  @Test
  void severalDirectoriesTakeTurns() throws Exception {
    Sandbox sandbox = Sandboxed.of(workspace().isolation(Isolation.NAMESPACE).build());
    var directories = new ArrayList<Path>();
    for (int i = 0; i < 7; i++) {
      Path directory = Files.createDirectory(work.resolveSibling("work" + i));
      Files.writeString(directory.resolve("file"), i + "\n");
      directories.add(directory);
    }
    long before = -1;
    for (int round = 0; round < 6; round++) {
      for (int i = 0; i < directories.size(); i++) {
        Outcome outcome =
            sandbox
                .command("/bin/cat", "file")
                .directory(directories.get(i))
                .parentEnvironment(ENVIRONMENT)
                .captureOutput()
                .run();
        assertEquals(i + "\n", text(outcome), outcome::toJson);
      }
      // At most four templates are kept.
      assertTrue(before < 0 || descriptors() <= before + 20, () -> "descriptors");
      before = before < 0 ? descriptors() : before;
    }
  }

  // ---------------------------------------------------------------- plans

  private LaunchPlan plan(Sandbox sandbox, Map<String, String> environment, String... argv)
      throws Exception {
    RunRequest request =
        sandbox
            .command(argv)
            .parentEnvironment(environment)
            .directory(work)
            .request(grants -> StdioSet.pipes(), true, report -> {});
    try (var resources = new RunResources(Optional.empty())) {
      return new RunPreparation(request, resources).prepare().plan();
    }
  }

  @Test
  void theSameRunHasTheSamePlan() throws Exception {
    Sandbox sandbox = Sandboxed.of(namespaced().build());
    LaunchPlan alone = plan(sandbox, ENVIRONMENT, "/bin/true");
    LaunchPlan first = plan(sandbox, ENVIRONMENT, "/bin/true");
    assertNotSame(alone, first);
    assertSame(first, plan(sandbox, ENVIRONMENT, "/bin/true"));
    assertNotSame(first, plan(sandbox, ENVIRONMENT, "/bin/true", "argument"));
    var other = new HashMap<>(ENVIRONMENT);
    other.put("LANG", "C.UTF-8");
    LaunchPlan last = plan(sandbox, other, "/bin/true");
    assertNotSame(first, last);
    assertSame(last, plan(sandbox, other, "/bin/true"));
  }

  @Test
  void eachRunHasItsOwnArgumentsAndEnvironment() throws Exception {
    Sandbox sandbox = Sandboxed.of(namespaced().build());
    for (int i = 0; i < 8; i++) {
      String value = Integer.toString(i / 2);
      var environment = new HashMap<>(ENVIRONMENT);
      environment.put("LC_ALL", value);
      Outcome outcome =
          sandbox
              .command("/bin/sh", "-c", "echo $LC_ALL $1", "sh", Integer.toString(i / 3))
              .directory(work)
              .parentEnvironment(environment)
              .captureOutput()
              .run();
      assertEquals(value + " " + i / 3 + "\n", text(outcome), outcome::toJson);
      assertTrue(outcome.enforcement().orElseThrow().unmet().isEmpty());
    }
  }

  /** Beneath what may be written, so that no mount is made of it and only Landlock knows it. */
  @Test
  void aGrantThatWasReplacedIsTheNewOneForLandlockToo() throws Exception {
    Path programs = Files.createDirectory(work.resolve("programs"));
    Policy policy =
        namespaced().readExecute("/", programs.toString()).readWrite(work.toString()).build();
    Sandbox sandbox = Sandboxed.of(policy);
    for (int i = 0; i < 3; i++) {
      assertEquals("done\n", text(run(sandbox, "ls programs && echo done")));
    }
    Files.move(programs, work.resolve("old"));
    Files.createDirectory(programs);
    for (int i = 0; i < 3; i++) {
      assertEquals("done\n", text(run(sandbox, "ls programs && echo done")));
    }
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    Sandbox sandbox = Sandboxed.of(namespaced().build());
    try (var pool = Executors.newFixedThreadPool(4)) {
      var tasks = new ArrayList<Callable<String>>();
      for (int i = 0; i < 40; i++) {
        tasks.add(() -> text(run(sandbox, "set -- /proc/[0-9]*; echo $#; ls -A /tmp; : > /tmp/x")));
      }
      for (var result : pool.invokeAll(tasks)) {
        assertEquals("2\n", result.get());
      }
    }
  }

  @Test
  void whatNobodyCanReachIsGivenBack() throws Exception {
    long before = descriptors();
    for (int i = 0; i < 5; i++) {
      Sandbox sandbox = Sandboxed.of(namespaced().build());
      run(sandbox, "true");
      run(sandbox, "true");
    }
    assertNotEquals(before, descriptors());
    for (int i = 0; i < 500 && descriptors() > before; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertFalse(descriptors() > before, () -> "not given back");
  }

  private static long descriptors() throws Exception {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
