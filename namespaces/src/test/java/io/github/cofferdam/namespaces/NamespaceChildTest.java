package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this machine's kernel makes of a policy in a child. */
@Tag("kernel")
class NamespaceChildTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final String CAPABILITIES = "grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status";

  private static final String SERVER_AND_CLIENT =
      """
      import socket
      s = socket.create_server(('127.0.0.1', 0))
      c = socket.create_connection(s.getsockname(), 30)
      a, _ = s.accept()
      c.sendall(b'hello')
      print(a.recv(5).decode())
      """;

  private record Result(int code, String output) {}

  @BeforeAll
  static void needUserNamespaces() throws Exception {
    try {
      sh(NamespacePolicy.builder().add(Namespace.USER).build(), SetupProgram.empty(), "true");
    } catch (SetupException e) {
      assumeTrue(false, e::toString);
    }
  }

  private static long euid() {
    return Syscall.call(Syscall.number("geteuid"));
  }

  private static long egid() {
    return Syscall.call(Syscall.number("getegid"));
  }

  private static NamespacePolicy.Builder with(Namespace... namespaces) {
    return NamespacePolicy.builder().add(Namespace.USER).add(namespaces);
  }

  /** A user of the namespace who may do everything in it. */
  private static NamespacePolicy.Builder asRoot(Namespace... namespaces) {
    return with(namespaces).uidMap(IdMap.single(0, euid())).gidMap(IdMap.single(0, egid()));
  }

  private static Result sh(NamespacePolicy policy, String script, Object... arguments)
      throws IOException, InterruptedException {
    return sh(policy, SetupProgram.empty(), script, arguments);
  }

  private static Result sh(
      NamespacePolicy policy, SetupProgram after, String script, Object... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(policy, after, command);
  }

  private static Result run(NamespacePolicy policy, SetupProgram after, List<String> command)
      throws IOException, InterruptedException {
    boolean pid = policy.namespaces().contains(Namespace.PID);
    LaunchPlan plan =
        LaunchPlan.of(command.getFirst(), command)
            .variable("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .directory("/")
            .supervision(pid ? Supervision.PID_NAMESPACE : Supervision.NONE)
            .launcherSteps(policy.launcherProgram())
            .initSteps(pid ? RootFilesystem.unchanged().build().program() : SetupProgram.empty())
            .commandSteps(after)
            .build();
    var stdio = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
    try (Launched launched = Launcher.start(plan, stdio);
        var output = new FdInputStream(launched.stream(1).orElseThrow())) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      return new Result(launched.await().shellCode(), text);
    }
  }

  private static void assertPrints(String expected, Result result) {
    assertEquals(new Result(0, expected), result);
  }

  private static String namespaceOf(String kind) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
  }

  @Test
  void idsMapToThemselves() throws Exception {
    assertPrints(euid() + "\n" + egid() + "\n", sh(with().build(), "id -u; id -g"));
  }

  @Test
  void idsMapToOthers() throws Exception {
    NamespacePolicy policy =
        with().uidMap(IdMap.single(1000, euid())).gidMap(IdMap.single(1001, egid())).build();

    assertPrints("1000\n1001\n", sh(policy, "id -u; id -g"));
    Result map = sh(policy, "cat /proc/self/uid_map /proc/self/setgroups");
    assertEquals(
        List.of("1000", Long.toString(euid()), "1", "deny"),
        List.of(map.output().strip().split("\\s+")));
  }

  @Test
  void filesBelongToTheUserOutside(@TempDir Path directory) throws Exception {
    NamespacePolicy policy = with().uidMap(IdMap.single(1000, euid())).build();

    assertPrints("1000\n", sh(policy, "touch $1/f && stat -c %u $1/f", directory));
    assertEquals((int) euid(), Files.getAttribute(directory.resolve("f"), "unix:uid"));
  }

  @Test
  void onlyTheNamespacesAskedForAreNew() throws Exception {
    String list = "for n in user mnt net ipc uts pid; do readlink /proc/self/ns/$n; done";

    String[] one = sh(with(Namespace.IPC).build(), list).output().split("\n", -1);
    assertNotEquals(namespaceOf("user"), one[0]);
    assertEquals(namespaceOf("mnt"), one[1]);
    assertEquals(namespaceOf("net"), one[2]);
    assertNotEquals(namespaceOf("ipc"), one[3]);
    assertEquals(namespaceOf("uts"), one[4]);
    assertEquals(namespaceOf("pid"), one[5]);

    EnumSet<Namespace> possible = EnumSet.allOf(Namespace.class);
    if (!Inside.canHaveClocks()) {
      possible.remove(Namespace.TIME);
    }
    String[] all =
        sh(with(possible.toArray(Namespace[]::new)).build(), list).output().split("\n", -1);
    assertNotEquals(namespaceOf("mnt"), all[1]);
    assertNotEquals(namespaceOf("net"), all[2]);
    assertNotEquals(namespaceOf("uts"), all[4]);
    assertNotEquals(namespaceOf("pid"), all[5]);
  }

  @Test
  void theHostNameIsTheSandboxsOwn() throws Exception {
    Path hostName = Path.of("/proc/sys/kernel/hostname");
    String before = Files.readString(hostName);

    assertPrints(
        "cofferdam-test\n", sh(with(Namespace.UTS).hostname("cofferdam-test").build(), "uname -n"));
    assertEquals(before, Files.readString(hostName));
    assertPrints(before, sh(with(Namespace.UTS).build(), "uname -n"));
  }

  @Test
  void aNewNetworkHasALoopbackOnly() throws Exception {
    Result devices =
        sh(with(Namespace.NETWORK).build(), "sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' /proc/net/dev");

    assertPrints("lo\n", devices);
  }

  @Test
  void theLoopbackWorksIfAskedFor() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    List<String> command = List.of(PYTHON, "-Ic", SERVER_AND_CLIENT);

    assertPrints(
        "hello\n",
        run(with(Namespace.NETWORK).loopback(true).build(), SetupProgram.empty(), command));
    Result without = run(with(Namespace.NETWORK).build(), SetupProgram.empty(), command);
    assertTrue(without.output().contains("Network is unreachable"), without::toString);
  }

  @Test
  void theSandboxSeesOnlyItsOwnProcesses() throws Exception {
    Result processes =
        sh(
            with(Namespace.PID, Namespace.MOUNT).build(),
            "echo $$; for p in /proc/[0-9]*; do echo ${p#/proc/}; done");

    // Init is 1; the shell that lists is 2, and nobody else is there.
    assertPrints("2\n1\n2\n", processes);
  }

  @Test
  void orphansGoToInitAndLeaveNoZombies() throws Exception {
    assertPrints(
        "2\n",
        sh(
            with(Namespace.PID, Namespace.MOUNT).build(),
            """
            for i in 1 2 3 4 5 6 7 8 9 10; do (true & true & true &); done
            n=9
            for try in $(seq 1 500); do
              n=0
              for p in /proc/[0-9]*; do n=$((n + 1)); done
              test $n = 2 && break
              sleep 0.02
            done
            echo $n
            """));
  }

  @Test
  void mountsStayInside(@TempDir Path directory) throws Exception {
    Path real = directory.toRealPath();

    Result inside =
        sh(
            asRoot(Namespace.MOUNT).build(),
            "mount -t tmpfs none $1 && touch $1/f && grep -c \" $1 \" /proc/self/mountinfo",
            real);

    assertPrints("1\n", inside);
    String host = Files.readString(Path.of("/proc/self/mountinfo"));
    assertFalse(host.contains(real.toString()));
    assertFalse(Files.exists(real.resolve("f")));
  }

  @Test
  void theNewProcDoesNotReplaceTheHosts() throws Exception {
    long before = procMounts();

    assertPrints("", sh(with(Namespace.PID, Namespace.MOUNT).build(), "true"));
    assertEquals(before, procMounts());
  }

  private static long procMounts() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return lines.filter(line -> line.contains(" /proc ")).count();
    }
  }

  @Test
  void aUserOfTheNamespaceHoldsCapabilitiesUntilTheyAreDropped() throws Exception {
    Result held = sh(asRoot().build(), CAPABILITIES);
    assertFalse(isZero(held, "CapEff"), held::toString);

    // The shell executes grep as user id 0: that must bring nothing back.
    Result dropped = sh(asRoot().build(), Capabilities.dropAll(true), CAPABILITIES);
    for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
      assertTrue(isZero(dropped, set), dropped::toString);
    }
  }

  private static boolean isZero(Result result, String set) {
    return result.output().contains(set + ":\t0000000000000000\n");
  }

  @Test
  void whoHasDroppedCapabilitiesCannotMount() throws Exception {
    Result mount =
        sh(asRoot(Namespace.MOUNT).build(), Capabilities.dropAll(true), "mount -t tmpfs none /mnt");

    assertTrue(mount.code() != 0, mount::toString);
  }

  @Test
  void droppingOnlyTheSetsWorksWithoutPrivilege() throws Exception {
    assumeTrue(euid() != 0, "only for the run as an unprivileged user");
    Result dropped =
        sh(NamespacePolicy.builder().build(), Capabilities.dropAll(false), CAPABILITIES);

    assertEquals(
        "CapInh CapPrm CapEff CapAmb",
        dropped
            .output()
            .lines()
            .filter(line -> line.endsWith(":\t0000000000000000"))
            .map(line -> line.substring(0, 6))
            .collect(Collectors.joining(" ")));
  }

  @Test
  void aRefusedNamespaceNamesItself() {
    NamespacePolicy policy = NamespacePolicy.builder().add(Namespace.UTS).build();
    LaunchPlan plan =
        LaunchPlan.of("/bin/true", List.of("true"))
            .launcherSteps(Capabilities.dropAll(false).then(policy.launcherProgram()))
            .build();

    var e = assertThrows(SetupException.class, () -> startAndClose(plan));

    assertEquals("unshare", e.syscall());
    assertEquals(Errno.EPERM, e.errno());
    assertTrue(e.toString().contains("CLONE_NEWUTS"), e::toString);
  }

  @Test
  void aRefusedMapNamesItself() {
    assumeTrue(euid() != 0, "only for the run as an unprivileged user");
    LaunchPlan plan =
        LaunchPlan.of("/bin/true", List.of("true"))
            .launcherSteps(with().uidMap(IdMap.single(0, 0)).build().launcherProgram())
            .build();

    var e = assertThrows(SetupException.class, () -> startAndClose(plan));

    assertEquals("write", e.syscall());
    assertTrue(e.toString().contains("/proc/self/uid_map"), e::toString);
    assertTrue(e.call().contains("0 0 1"), e::call);
  }

  private static void startAndClose(LaunchPlan plan) throws IOException {
    Launcher.start(plan, new StdioSet(Stdio.discard(), Stdio.discard(), Optional.empty())).close();
  }
}
