package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.assertAll;
import static io.github.cofferdam.sandbox.Attempts.number;
import static io.github.cofferdam.sandbox.Attempts.tools;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Attempts on terminals, descriptors and what is inherited, each with the number that it has in the
 * collection beside the project; {@link AttemptsCoverageTest} sees to it that none is left out.
 */
@Tag("kernel")
@FirstAndLaterRuns
class StreamAttemptsTest {
  @TempDir private Path temporary;
  private Path work;

  @BeforeEach
  void realPath() throws IOException {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        readonly().isolation(isolation).build(),
        workspace().isolation(isolation).build(),
        fullAccess().isolation(isolation).build());
  }

  /** IO-01. */
  @ParameterizedTest
  @EachIsolation
  void nothingIsTypedIntoATerminal(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : policies(isolation)) {
      // TIOCSTI and TIOCLINUX, with upper halves that the kernel ignores.
      assertAll(
          "EPERM",
          Attempts.confined(
              policy,
              work,
              """
              key = ctypes.create_string_buffer(b'x')
              for command in (0x5412, 0x541c, 0x100005412, 0xdeadbeef0000541c):
                  attempt(hex(command), lambda: call(int(sys.argv[1]), 0, command, key))
              """,
              number("ioctl")));
    }
  }

  /** IO-03. */
  @ParameterizedTest
  @EachIsolation
  void thereIsNoControllingTerminal(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : policies(isolation)) {
      Map<String, String> results =
          Attempts.confined(
              policy,
              work,
              """
              attempt('tty', lambda: os.close(os.open('/dev/tty', os.O_RDWR)))
              attempt('leader', lambda: os.getsid(0) == os.getpid())
              attempt('terminal', lambda: read('/proc/self/stat').rsplit(')')[1].split()[4])
              """);
      assertTrue(
          Set.of("ENXIO", "EACCES", "ENOENT", "EPERM").contains(results.get("tty")),
          results::toString);
      assertEquals("ok True", results.get("leader"), results::toString);
      assertEquals("ok 0", results.get("terminal"), results::toString);
    }
  }

  /** IO-04: what is kept for people to read is encoded; output passes as it is. */
  @ParameterizedTest
  @EachIsolation
  void escapesDoNotReachTheLogOrTheReport(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path log = temporary.resolve("audit.jsonl");
    Policy policy = readonly().isolation(isolation).audit(AuditSettings.to(log.toString())).build();
    String escape = "\u001b]52;c;ZXZpbA==\u0007\u009b31m";

    Outcome ran = Sandboxed.run(policy, work, List.of("printf", "%s", escape));
    Outcome missing = Sandboxed.run(policy, work, List.of("no-" + escape));

    assertEquals(escape, text(ran));
    String written = Files.readString(log) + ran.toJson() + missing.toJson();
    assertTrue(written.contains("]52;c;ZXZpbA=="), written);
    for (int i = 0; i < written.length(); i++) {
      assertFalse(Character.isISOControl(written.charAt(i)) && written.charAt(i) != '\n', written);
    }
  }

  /** IO-07. */
  @ParameterizedTest
  @EachIsolation
  void aWorkingDirectoryIsNoGrant(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path outside = Files.createDirectory(temporary.toRealPath().resolve("outside"));
    Files.writeString(outside.resolve("file"), "secret");

    Outcome outcome =
        Sandboxed.sh(
            tools(isolation).build(),
            outside,
            "ls .; cat file; cat /proc/self/cwd/file; cat ../outside/file; cat $OLDPWD/file");

    // Where it does not even exist, the command is not run.
    assertFalse(outcome.success(), outcome::toJson);
    assertFalse(text(outcome).contains("secret"), () -> text(outcome));
    assertFalse(text(outcome).lines().anyMatch("file"::equals), () -> text(outcome));
  }

  /** IO-08. */
  @ParameterizedTest
  @EachIsolation
  void noDescriptorIsHandedOver(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path path = work.resolve("socket");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      server.configureBlocking(false);
      for (Policy policy : policies(isolation)) {
        assertAll(
            "EPERM",
            Attempts.confined(
                policy,
                work,
                """
                import socket
                def connect():
                    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    client.connect(sys.argv[1])
                    socket.send_fds(client, [b'x'], [0])
                attempt('connect', connect)
                attempt('datagram', lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
                attempt('pair', lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
                """,
                path));
        assertEquals(null, server.accept());
      }
      String connect =
          """
          import socket
          attempt('connect', lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[1]))
          """;
      assertEquals("ok None", Attempts.free(work, connect, path).get("connect"));
    }
  }

  /** IO-15: these are this process's own, save for the name of the host in a namespace. */
  @ParameterizedTest
  @EachIsolation
  void whatIsInheritedIsAsDocumented(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        def mask():
            old = os.umask(0)
            os.umask(old)
            return old
        attempt('umask', mask)
        attempt('nice', lambda: os.nice(0))
        attempt('oom', lambda: read('/proc/self/oom_score_adj'))
        attempt('locale', lambda: os.environ.get('LC_ALL'))
        attempt('host', lambda: os.uname().nodename)
        """;

    Map<String, String> inside =
        Attempts.confined(readonly().isolation(isolation).build(), work, script);
    Map<String, String> outside = Attempts.free(work, script);

    String host = inside.remove("host");
    String own = outside.remove("host");
    outside.put("locale", "ok None");
    assertEquals(outside, inside);
    assertEquals(isolation == Isolation.NAMESPACE ? "ok sandbox" : own, host);
  }
}
