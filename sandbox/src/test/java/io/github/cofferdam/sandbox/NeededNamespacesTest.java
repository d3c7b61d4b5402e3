package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where namespaces cannot be had, a run that needs them is refused in words that say why. */
@Tag("kernel")
class NeededNamespacesTest {
  private static final Path UNSHARE = Path.of("/usr/bin/unshare");

  @TempDir private Path temporary;

  /** What {@link RefusalMain} prints in a user namespace with a limit of its own. */
  private String withMaximum(String kind, int most, String... arguments) throws Exception {
    assumeTrue(Files.isExecutable(UNSHARE), "no " + UNSHARE);
    String file = "/proc/sys/user/max_" + kind + "_namespaces";
    List<String> enter =
        List.of(
            UNSHARE.toString(),
            "-Ur",
            "/bin/sh",
            "-c",
            "echo \"$1\" >\"$2\" || exit 77; shift 2; exec \"$@\"",
            "sh");
    var command = new ArrayList<>(enter);
    command.addAll(List.of(Integer.toString(most), file, "true"));
    int possible = new ProcessBuilder(command).start().waitFor();
    assumeTrue(possible == 0, "no user namespace with a " + file + " that can be written");
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
    command = new ArrayList<>(enter);
    command.addAll(List.of(Integer.toString(most), file));
    command.addAll(ChildMachine.builder(RefusalMain.class, temporary, arguments).command());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  @ParameterizedTest
  @CsvSource({
    "user, STRICT",
    "user, BEST_EFFORT",
    "pid, STRICT",
    "mnt, BEST_EFFORT",
    "net, STRICT",
    "ipc, STRICT",
    "uts, BEST_EFFORT"
  })
  void aSwitchThatIsOffIsNamed(String kind, String level) throws Exception {
    String end = withMaximum(kind, 0, "NAMESPACE", level, "none");
    assertTrue(end.startsWith("refused isolation = \"namespace\" needs namespaces"), end);
    assertTrue(end.contains("sysctl user.max_" + kind + "_namespaces is 0"), end);
    assertTrue(end.contains("sysctl user.max_" + kind + "_namespaces=10000"), end);
    assertTrue(end.endsWith("Or without them: isolation = \"basic\""), end);
  }

  @Test
  void aLoopbackOfOnesOwnNeedsThemToo() throws Exception {
    String end = withMaximum("net", 0, "BASIC", "BEST_EFFORT", "loopback");
    assertTrue(end.startsWith("refused allow_loopback needs namespaces"), end);
    assertTrue(end.contains("user.max_net_namespaces is 0"), end);
  }

  /** The others are not needed, and not asked for. */
  @Test
  void whoNeedsNoneIsNotRefused() throws Exception {
    String end = withMaximum("user", 0, "BASIC", "BEST_EFFORT", "none");
    assertEquals("exited", end);
  }

  /** One user namespace is all that a sandbox takes. */
  @Test
  void aLimitThatIsNotReachedIsNone() throws Exception {
    String end = withMaximum("user", 1, "NAMESPACE", "BEST_EFFORT", "none");
    assertEquals("exited", end);
  }

  private List<String> lines(String... arguments) throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    Process process =
        ChildMachine.builder(RefusalMain.class, temporary, arguments)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }

  /** Which one it was stands in the report. */
  @Test
  void autoTakesNamespaces() throws Exception {
    String end = lines("AUTO", "BEST_EFFORT", "none").getFirst();
    assertTrue(end.startsWith("exited namespace namespaces: enforced (user, pid, "), end);
  }

  /** And why there are none, if there are none. */
  @ParameterizedTest
  @ValueSource(strings = {"user", "pid", "mnt", "net", "ipc", "uts"})
  void autoTakesBasicWhereTheHostGivesNone(String kind) throws Exception {
    String end = withMaximum(kind, 0, "AUTO", "BEST_EFFORT", "none");
    assertTrue(end.startsWith("exited basic namespaces: not_asked (isolation = auto has "), end);
    assertTrue(end.contains("sysctl user.max_" + kind + "_namespaces is 0"), end);
  }

  /** What a run does not take is not asked for. */
  @Test
  void whoHasTheNetworkNeedsNoNetworkNamespace() throws Exception {
    String end = withMaximum("net", 0, "AUTO", "BEST_EFFORT", "full");
    assertTrue(end.startsWith("exited namespace namespaces: enforced (user, pid, "), end);
  }

  /** A thread's filter is that thread's, whichever comes first. */
  @Test
  void whatIsAroundOneThreadDecidesForThatOneAlone() throws Exception {
    List<String> around = List.of("EPERM", "free", "ENOSYS", "free", "EPERM", "free");
    var arguments = new ArrayList<>(List.of("AUTO", "BEST_EFFORT", "none"));
    arguments.addAll(around);
    List<String> ends = lines(arguments.toArray(String[]::new));
    assertEquals(around.size(), ends.size(), ends::toString);
    for (int i = 0; i < ends.size(); i++) {
      String end = ends.get(i);
      boolean free = around.get(i).equals("free");
      assertTrue(end.startsWith(free ? "exited namespace " : "exited basic "), end);
      assertEquals(!free, end.contains("a seccomp filter stands around"), end);
    }
  }

  /** That passes, and must not be a way to have another's run get less. */
  @Test
  void tooManyNamespacesAreNoReasonToRunWithLess() throws Exception {
    List<String> ends = lines("AUTO", "BEST_EFFORT", "none", "ENOSPC", "EAGAIN", "free");
    assertTrue(
        ends.get(0).startsWith("refused isolation = \"auto\" (namespace) needs"), ends::toString);
    assertTrue(ends.get(1).startsWith("setup_failed "), ends::toString);
    assertTrue(ends.get(2).startsWith("exited namespace "), ends::toString);
  }

  @Test
  void whatOnlyNamespacesCanCarryOutIsRefusedWithoutThem() throws Exception {
    String end = withMaximum("uts", 0, "AUTO", "BEST_EFFORT", "own-name");
    assertTrue(end.startsWith("refused isolation.hostname needs namespaces"), end);
    assertTrue(end.endsWith("Or without them: leave it out"), end);
  }

  private static <T> T behind(SeccompFilter filter, Callable<T> callable) throws Exception {
    var task =
        new FutureTask<>(() -> {
          NoNewPrivileges.program().then(filter.install()).run();
          return callable.call();
        });
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    return task.get();
  }

  private static String refusal(Errno errno, Enforcement.Level level) throws Exception {
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.host()).on("unshare", Action.errno(errno)).build();
    Policy policy =
        Policy.builder()
            .isolation(Isolation.NAMESPACE)
            .enforcement(Enforcement.DEFAULT.withLevel(level))
            .build();
    Sandboxed.assumeLandlockSuffices(policy);
    Outcome outcome = behind(filter, () -> Sandboxed.sh(policy, Path.of("/"), "echo it ran"));
    return assertInstanceOf(Ending.Refused.class, outcome.ending()).reason();
  }

  /** As every other refusal. */
  @Test
  void aRefusalIsInTheAuditLog() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    Path log = temporary.toRealPath().resolve("log");
    SeccompFilter filter =
        SeccompFilter.denyList(Arch.host()).on("unshare", Action.errno(Errno.EPERM)).build();
    Policy policy = Policy.builder().hostname("other").audit(AuditSettings.to(log)).build();
    SandboxCommand command = Sandbox.of(policy).command("/bin/true").directory(Path.of("/"));

    Outcome outcome = behind(filter, command::run);

    String reason = assertInstanceOf(Ending.Refused.class, outcome.ending()).reason();
    assertTrue(reason.startsWith("isolation.hostname needs namespaces"), reason);
    String written = Files.readString(log);
    assertTrue(written.contains("run.refused"), written);
    assertTrue(written.contains("isolation.hostname needs namespaces"), written);
  }

  /** As a container's filter, or Cofferdam's own, does it. */
  @ParameterizedTest
  @EnumSource
  void aFilterAroundThisProcessIsNamed(Enforcement.Level level) throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    for (Errno errno : List.of(Errno.EPERM, Errno.ENOSYS)) {
      String reason = refusal(errno, level);
      assertTrue(reason.contains("this is inside a sandbox: a seccomp filter stands"), reason);
      assertTrue(reason.contains("allow unshare"), reason);
      assertTrue(reason.contains(errno.name()), reason);
    }
  }

  /** Nothing of it is kept: without the filter it works again. */
  @Test
  void aRefusalIsForgotten() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    refusal(Errno.EPERM, Enforcement.Level.STRICT);
    Sandboxed.assertPrints(
        "it ran\n",
        Sandboxed.sh(
            Policy.builder().isolation(Isolation.NAMESPACE).build(), Path.of("/"), "echo it ran"));
  }
}
