package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.DnsServer;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRefusal;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people use gets to a host that is allowed, by its name, and nowhere else; and says what it
 * says of any host that cannot be reached. No program is told of a proxy.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class NetworkProgramsTest {
  private static final String HOST = "allowed.example.org";

  /** There as well, for who may ask for it. */
  private static final String OTHER = "other.example.org";

  private Path temporary;
  private NetworkServers servers;
  private NameServerOfTest names;

  @BeforeAll
  void start(@TempDir(factory = VisibleDirectory.class) Path directory) throws Exception {
    temporary = directory.toRealPath();
    Path files = Files.createDirectory(temporary.resolve("files"));
    Files.writeString(files.resolve("hello"), "hello from the server\n");
    makeRepository(files.resolve("repository.git"));
    servers = new NetworkServers(HOST, files, Files.createDirectory(temporary.resolve("keys")));
    names = new NameServerOfTest(Map.of(HOST, "127.0.0.1", OTHER, "127.0.0.1"));
  }

  /** For clients of any server that has files; the tests for git are skipped where it is not. */
  private void makeRepository(Path repository) throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin/git"))) {
      return;
    }
    String script =
        """
        set -e
        git init -q made
        cd made
        echo hello from the server > hello
        git add hello
        git -c user.name=Test -c user.email=test@example.org commit -qm made
        git clone -q --bare . "$1"
        git -C "$1" update-server-info
        """;
    Process process =
        new ProcessBuilder("/bin/sh", "-c", script, "sh", repository.toString())
            .directory(workspace().toFile())
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  @AfterAll
  void stop() throws Exception {
    servers.close();
    names.close();
  }

  private Policy policy(Isolation isolation, NetworkRefusal refusal) {
    var rules = new ArrayList<NetworkRule>();
    for (int port : List.of(servers.http(), servers.https(), servers.datagrams())) {
      rules.add(NetworkRule.parse(HOST + ":" + port));
    }
    return Sandboxed.readonly()
        .mode(Mode.WORKSPACE_WRITE)
        .isolation(isolation)
        .network(
            Network.DEFAULT
                .withAllow(rules)
                .withPrivateAddresses(true)
                .withDns(List.of(DnsServer.parse("127.0.0.1:" + names.port())))
                .withRefusal(refusal))
        .build();
  }

  private Path workspace() throws Exception {
    return Files.createTempDirectory(temporary, "work-");
  }

  private static Stream<Arguments> everyWay(List<?> first) {
    return first.stream()
        .flatMap(each -> Sandboxed.ISOLATIONS.stream().map(way -> Arguments.of(each, way)));
  }

  static Stream<Arguments> programs() {
    return everyWay(NetworkProgram.ALL);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void aProgramReachesWhatIsAllowedAndNothingElse(NetworkProgram program, Isolation isolation)
      throws Exception {
    Sandboxed.assumeAvailable(isolation);
    program.assumeThere();
    int port = program.secure() ? servers.https() : servers.http();

    String reached = run(program, isolation, NetworkRefusal.PERMISSION_DENIED, HOST, port);
    assertTrue(reached.contains("hello from the server"), reached);

    for (NetworkRefusal refusal : NetworkRefusal.values()) {
      String refused = run(program, isolation, refusal, HOST, servers.forbidden());
      assertFalse(refused.contains("hello"), refused);
      assertTrue(refused.contains(program.refused(refusal)), refused);
    }

    // A name that was not asked for lends its address nothing.
    String unnamed = run(program, isolation, NetworkRefusal.PERMISSION_DENIED, "127.0.0.1", port);
    assertFalse(unnamed.contains("hello from"), unnamed);
    assertTrue(unnamed.contains(program.refused(NetworkRefusal.PERMISSION_DENIED)), unnamed);

    String unknown = run(program, isolation, NetworkRefusal.PERMISSION_DENIED, OTHER, port);
    assertFalse(unknown.contains("hello from"), unknown);
    assertTrue(unknown.contains(program.unknown()), unknown);
    assertFalse(names.asked().contains(OTHER), () -> names.asked().toString());
    assertEquals(0, servers.strangers());
  }

  private String run(
      NetworkProgram program, Isolation isolation, NetworkRefusal refusal, String host, int port)
      throws Exception {
    Outcome outcome =
        Sandboxed.sh(
            policy(isolation, refusal),
            workspace(),
            program.script(),
            host,
            port,
            servers.certificate());
    assertTrue(outcome.ending() instanceof Ending.Exited, () -> outcome.toJson());
    return Sandboxed.text(outcome);
  }

  private Map<String, String> java(
      Isolation isolation, NetworkRefusal refusal, String host, int port, int datagrams)
      throws Exception {
    Path classes = workspace();
    String file = NetworkClientMain.class.getName().replace('.', '/') + ".class";
    Path copy = classes.resolve(file);
    Files.createDirectories(Objects.requireNonNull(copy.getParent()));
    try (InputStream in =
        Objects.requireNonNull(getClass().getClassLoader().getResourceAsStream(file))) {
      Files.copy(in, copy);
    }
    Outcome outcome =
        Sandboxed.run(
            policy(isolation, refusal),
            workspace(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                classes.toString(),
                NetworkClientMain.class.getName(),
                host,
                Integer.toString(port),
                Integer.toString(datagrams)));
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> Sandboxed.text(outcome));
    var lines = new TreeMap<String, String>();
    Sandboxed.text(outcome)
        .lines()
        .forEach(line -> {
          int colon = line.indexOf(": ");
          lines.put(line.substring(0, colon), line.substring(colon + 2));
        });
    return lines;
  }

  @ParameterizedTest
  @EachIsolation
  void javaReachesWhatIsAllowedAndNothingElse(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    var denied = NetworkRefusal.PERMISSION_DENIED;
    java(isolation, denied, HOST, servers.http(), servers.datagrams())
        .forEach((way, said) -> assertEquals(reached(way), said, way));
    for (NetworkRefusal refusal : NetworkRefusal.values()) {
      Map<String, String> refused =
          java(isolation, refusal, HOST, servers.forbidden(), servers.forbiddenDatagrams());
      assertEquals("127.0.0.1", refused.remove("InetAddress"));
      refused.forEach((way, said) -> assertEquals(refused(way, refusal), said, way));
    }
    // A name that was not asked for lends its address nothing.
    Map<String, String> unnamed =
        java(isolation, denied, "127.0.0.1", servers.http(), servers.datagrams());
    assertEquals("127.0.0.1", unnamed.remove("InetAddress"));
    unnamed.forEach((way, said) -> assertEquals(refused(way, denied), said, way));

    java(isolation, denied, OTHER, servers.http(), servers.datagrams())
        .forEach((way, said) -> assertTrue(said.startsWith(unknown(way)), way + ": " + said));
    assertFalse(names.asked().contains(OTHER), () -> names.asked().toString());
    assertEquals(0, servers.strangers());
  }

  private static String reached(String way) {
    if (way.equals("InetAddress")) {
      return "127.0.0.1";
    }
    return way.startsWith("Datagram") ? "datagram" : "hello from the server";
  }

  /** Java takes EACCES for a trouble with its own address. */
  private static String refused(String way, NetworkRefusal refusal) {
    if (refusal == NetworkRefusal.CONNECTION_REFUSED && !way.startsWith("Datagram")) {
      return "java.net.ConnectException: Connection refused";
    }
    return "java.net."
        + (way.equals("HttpClient") ? "ConnectException" : "BindException")
        + ": Permission denied";
  }

  private static String unknown(String way) {
    return switch (way) {
      case "HttpClient" -> "java.net.ConnectException of java.net.ConnectException";
      case "SocketChannel", "SocketChannel, non-blocking", "AsynchronousSocketChannel" ->
          "java.nio.channels.UnresolvedAddressException";
      // More words follow, the first time that it is asked for.
      default -> "java.net.UnknownHostException: " + OTHER;
    };
  }
}
