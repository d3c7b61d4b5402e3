package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people use it for: real programs that cannot do what the policy does not say. */
@Tag("kernel")
class ConfinementTest {
  private static final String READONLY = example("readonly.toml");
  private static final String WORKSPACE_WRITE = example("workspace-write.toml");

  @TempDir private Path directory;
  private Path workspace = Path.of("unset");
  private Path outside = Path.of("unset");

  @BeforeEach
  void makeDirectories() throws IOException {
    // The shell's idea of where it is must not depend on links.
    workspace = Files.createDirectory(directory.toRealPath().resolve("workspace"));
    outside = Files.createDirectory(directory.toRealPath().resolve("outside"));
  }

  private static String example(String name) {
    return Cofferdam.ROOT.resolve("examples").resolve(name).toString();
  }

  private Cofferdam.Result inWorkspace(String... args) {
    ProcessBuilder builder = Cofferdam.command(args).directory(workspace.toFile());
    builder.environment().put("HOME", outside.toString());
    return Cofferdam.run(builder);
  }

  private Cofferdam.Result shell(String script, String... options) {
    return Cofferdam.run(Cofferdam.shell(script, options).directory(workspace.toFile()));
  }

  private void git(String... args) throws Exception {
    var words = new ArrayList<>(List.of("git"));
    words.addAll(List.of(args));
    var builder = new ProcessBuilder(words).directory(workspace.toFile()).inheritIO();
    builder.environment().put("HOME", outside.toString());
    assertEquals(0, builder.start().waitFor());
  }

  private void makeCheckout() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/git")), "no git");
    git("init", "-q");
    git("config", "user.name", "Test");
    git("config", "user.email", "test@example.invalid");
    Files.writeString(workspace.resolve("file"), "one\n");
    git("add", "file");
    git("commit", "-q", "-m", "first commit");
  }

  @Test
  void readonlyReadsACheckoutAndCannotChangeIt() throws Exception {
    makeCheckout();
    Cofferdam.Result log =
        inWorkspace("run", "--policy", READONLY, "--", "git", "log", "--oneline").expect(0);
    assertTrue(log.out().contains("first commit"), log.out());
    inWorkspace("run", "--policy", READONLY, "--", "git", "status").expect(0);
    Cofferdam.Result touch = inWorkspace("run", "--policy", READONLY, "--", "touch", "x").expect(1);
    assertTrue(
        touch.err().contains("Permission denied") || touch.err().contains("Read-only"),
        touch.err());
    assertFalse(Files.exists(workspace.resolve("x")));
    Cofferdam.Result commit =
        inWorkspace("run", "--policy", READONLY, "--", "git", "commit", "--allow-empty", "-m", "x");
    assertTrue(commit.status() != 0, commit::err);
  }

  /**
   * On every kernel: without namespaces, a command that may write may change modes and times, too.
   */
  @ParameterizedTest
  @ValueSource(strings = {"--net=none", "--tty"})
  void whatBestEffortDoesWithoutIsSaidBeforeTheCommandBegins(String where) {
    ProcessBuilder builder =
        Cofferdam.shell(
            "echo the command",
            where,
            "--isolation=basic",
            "--mode=workspace-write",
            "--enforcement=best-effort");
    Cofferdam.Result result =
        Cofferdam.run(builder.directory(workspace.toFile()).redirectErrorStream(true)).expect(0);

    List<String> lines = result.out().lines().toList();
    assertTrue(
        lines.getFirst().startsWith("cofferdam: warning: not enforced here: ")
            && lines.getFirst().contains("metadata"),
        result.out());
    assertEquals(List.of("the command"), lines.subList(1, lines.size()));
  }

  /** Nobody reads a warning that stands above everything. */
  @Test
  void theUsualPoliciesWarnOfNothing() {
    for (String policy : List.of(READONLY, WORKSPACE_WRITE)) {
      assertEquals("", inWorkspace("run", "--policy", policy, "--", "true").expect(0).err());
    }
  }

  @Test
  void workspaceWriteCommitsInTheWorkspaceAndNowhereElse() throws Exception {
    Cofferdam.Result trial = Cofferdam.run("run", "--isolation", "namespace", "--", "true");
    assumeTrue(trial.status() == 0, trial::err);
    makeCheckout();
    Files.writeString(workspace.resolve("file"), "two\n");
    inWorkspace("run", "--policy", WORKSPACE_WRITE, "--", "git", "commit", "-q", "-am", "second")
        .expect(0);
    Cofferdam.Result log =
        inWorkspace("run", "--policy", WORKSPACE_WRITE, "--", "git", "log", "--oneline").expect(0);
    assertEquals(2, log.out().lines().count(), log.out());
    String escapes =
        "for d in \"$HOME\" "
            + outside
            + " /etc /tmp /var/tmp /dev/shm; do"
            + " touch \"$d/cofferdam-escape\" 2>/dev/null && echo \"$d\"; done; true";
    // Two of them are its own, and not the host's.
    assertEquals(
        "/tmp\n/dev/shm\n",
        inWorkspace("run", "--policy", WORKSPACE_WRITE, "--", "sh", "-c", escapes).out());
    for (String host : List.of(outside.toString(), "/etc", "/tmp", "/var/tmp", "/dev/shm")) {
      assertFalse(Files.exists(Path.of(host, "cofferdam-escape")), host);
    }
    shell("echo x >\"$TMPDIR/own\" && cat \"$TMPDIR/own\"", "--policy", WORKSPACE_WRITE).expect(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void aBlockedWorkingDirectoryIsOneLine(String isolation) throws Exception {
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Path policy = directory.resolve("policy.toml");
    Files.writeString(
        policy, "[filesystem]\nblocked = ['.']\n[isolation]\ntype = '" + isolation + "'\n");
    for (List<String> options :
        List.of(
            List.of("--isolation", isolation, "--block", sub.toString()),
            List.of("--isolation", isolation, "--block", directory.toString()),
            List.of("--policy", policy.toString()))) {
      var words = new ArrayList<>(List.of("run"));
      words.addAll(options);
      words.addAll(List.of("--", "pwd"));
      ProcessBuilder here = Cofferdam.command(words.toArray(String[]::new)).directory(sub.toFile());
      Cofferdam.Result result = Cofferdam.run(here).expect(125);
      assertEquals("", result.out());
      assertEquals(1, result.err().lines().count(), result.err());
      assertTrue(
          result.err().startsWith("cofferdam: refused: the working directory " + sub + " "),
          result.err());
      assertTrue(result.err().contains(" is blocked (filesystem.blocked); begin in another"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "namespace"})
  void aServerIsOutOfReach(String isolation) throws Exception {
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(server.getLocalPort());
      Cofferdam.Result bash =
          inWorkspace(
              "run",
              "--isolation",
              isolation,
              "--",
              "bash",
              "-c",
              "exec 3<>/dev/tcp/127.0.0.1/" + port);
      assertTrue(bash.status() != 0 && bash.status() < 124, () -> bash.status() + bash.err());
      if (Files.isExecutable(Path.of("/usr/bin/curl"))) {
        Cofferdam.Result curl =
            inWorkspace(
                "run", "--isolation", isolation, "--", "curl", "-sS", "http://127.0.0.1:" + port);
        // Could not connect.
        curl.expect(7);
      }
      server.setSoTimeout(200);
      assertTrue(seesNothing(server), "the server was reached");
    }
  }

  @Test
  void theSameServerIsReachedWithFullNetwork() throws Exception {
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      inWorkspace(
              "run",
              "--net=full",
              "--",
              "bash",
              "-c",
              "exec 3<>/dev/tcp/127.0.0.1/" + server.getLocalPort())
          .expect(0);
      server.setSoTimeout(5000);
      assertFalse(seesNothing(server), "the server was not reached");
    }
  }

  private static boolean seesNothing(ServerSocket server) throws IOException {
    try {
      server.accept().close();
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    }
  }

  @Test
  void pathOptionsOpenWhatTheyName() throws Exception {
    Path readable = Files.writeString(outside.resolve("readable"), "r");
    Path writable = Files.createDirectory(outside.resolve("writable"));
    Path hidden = Files.writeString(outside.resolve("hidden"), "h");
    var options =
        new ArrayList<>(
            List.of("--ro", readable.toString(), "--rw", writable.toString(), "--rx", "/usr"));
    for (String path : List.of("/bin", "/lib", "/lib64")) {
      if (Files.exists(Path.of(path))) {
        options.add("--rx");
        options.add(path);
      }
    }
    options.add("--rx");
    options.add(workspace.toString());
    String[] all = options.toArray(String[]::new);
    shell("cat " + readable + " && echo x >" + writable + "/new", all).expect(0);
    assertTrue(Files.exists(writable.resolve("new")));
    Cofferdam.Result closed =
        shell(
            "cat " + hidden + "; echo x >" + readable + "; cat /etc/passwd; echo x >new; true",
            all);
    assertEquals("", closed.expect(0).out());
    assertEquals("r", Files.readString(readable));
    assertFalse(Files.exists(workspace.resolve("new")));
  }

  @Test
  void whatMayBeReadOnlyIsNotExecuted() throws Exception {
    Path script = Files.writeString(outside.resolve("script"), "#!/bin/sh\necho ran\n");
    assertTrue(script.toFile().setExecutable(true));
    shell(script.toString(), "--isolation=basic").expect(0);
    shell(
            script.toString(),
            "--isolation=basic",
            "--ro",
            outside.toString(),
            "--rx=/usr",
            "--rx=/bin",
            "--rx=/lib",
            "--rx=" + (Files.exists(Path.of("/lib64")) ? "/lib64" : "/lib"),
            "--rx=" + workspace)
        .expect(126);
  }

  @Test
  void blockedPathsStayClosedWithNamespaces() throws Exception {
    Path secret = Files.createDirectory(workspace.resolve("secret"));
    Files.writeString(secret.resolve("key"), "key");
    String[] options = {"--mode=workspace-write", "--isolation=namespace", "--block", "secret"};
    Cofferdam.Result read = shell("cat secret/key", options);
    assertEquals("", read.out());
    assertTrue(read.status() != 0, read::err);
    shell("echo x >secret/new", options);
    assertFalse(Files.exists(secret.resolve("new")));
  }

  /** What lies beside the path is granted then, and not what lies above it. */
  @Test
  void blockedPathsStayClosedWithoutNamespaces() throws Exception {
    Path secret = Files.createDirectory(workspace.resolve("secret"));
    Files.writeString(secret.resolve("key"), "key");
    Files.writeString(Files.createDirectory(workspace.resolve("open")).resolve("file"), "text");
    String[] options = {"--mode=workspace-write", "--isolation=basic", "--block", "secret"};
    Cofferdam.Result read = shell("cat open/file; echo x >open/new; cat secret/key", options);
    assertEquals("text", read.out());
    assertTrue(read.status() != 0, read::err);
    assertTrue(Files.exists(workspace.resolve("open/new")));
    shell("echo x >secret/new; echo x >new; mv secret moved", options);
    assertFalse(Files.exists(secret.resolve("new")));
    assertFalse(Files.exists(workspace.resolve("new")));
    assertTrue(Files.exists(secret.resolve("key")));
    // A second name of a blocked file leads around the block.
    Path file = Files.writeString(workspace.resolve("token"), "token");
    Files.createLink(workspace.resolve("open/link"), file);
    Cofferdam.Result linked = shell("true", "--mode=workspace-write", "--block", "token");
    linked.expect(125);
    assertTrue(linked.err().contains("the file has 2 names"), linked.err());
  }

  @Test
  void fullAccessWritesButStaysConfined() {
    Cofferdam.Result result =
        shell(
            "echo x >" + outside + "/written; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status",
            "--mode=full-access");
    assertEquals("NoNewPrivs:\t1\nSeccomp:\t2\n", result.expect(0).out());
    assertTrue(Files.exists(outside.resolve("written")));
  }
}
