package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** An option replaces what the file says; lists grow. */
class PolicyOptionsTest {
  private static final String FILE =
      """
      [sandbox]
      mode = "workspace-write"
      workspace = "/srv"

      [filesystem]
      read_only = ["/usr"]
      read_write = ["/var/tmp"]
      blocked = ["/srv/secret"]

      [network]
      allow_network = true
      allow_unix_sockets = true
      log_network = true

      [[network.command_rules]]
      pattern = "rm"
      destructive = true

      [audit]
      enabled = true
      log_file = "/old.log"
      log_level = "warn"
      log_commands = false

      [limits]
      open_files = 10
      core_file = 0

      [environment]
      pass = ["OLD"]
      block = ["NOT_*"]
      set = { A = "1", B = "2" }

      [enforcement]
      level = "strict"
      truncate = "prefer"

      [timeout]
      wall = "5m"
      """;

  @TempDir private Path directory;

  private static Policy policy(String... options) throws Exception {
    var args = new ArrayList<>(List.of(options));
    args.add("true");
    var commandLine = new CommandLine(new RunCommand(false).spec());
    return new PolicyOptions(commandLine.parseArgs(args.toArray(String[]::new))).policy();
  }

  private Policy overFile(String... options) throws Exception {
    Path file = directory.resolve("policy.toml");
    Files.writeString(file, FILE);
    var args = new ArrayList<>(List.of("--policy", file.toString()));
    args.addAll(List.of(options));
    Policy policy = policy(args.toArray(String[]::new));
    assertEquals(FILE, Files.readString(file), "policy files are never written");
    return policy;
  }

  @Test
  void withoutOptionsTheClosedDefault() throws Exception {
    Policy policy = policy();
    assertEquals(Policy.builder().build(), policy);
    assertEquals(Mode.READONLY, policy.mode());
    assertEquals(Network.Access.NONE, policy.network().access());
  }

  @Test
  void withoutOptionsTheFile() throws Exception {
    assertEquals(Policy.parse(FILE, "p"), overFile());
  }

  @Test
  void singleValuesReplace() throws Exception {
    Policy policy =
        overFile(
            "--mode=readonly",
            "--workspace=/opt",
            "--net=loopback",
            "--isolation=namespace",
            "--timeout=1500ms",
            "--enforcement=best-effort");
    assertEquals(Mode.READONLY, policy.mode());
    assertEquals(Optional.of("/opt"), policy.workspace());
    assertEquals(Network.Access.LOOPBACK, policy.network().access());
    assertEquals(Isolation.NAMESPACE, policy.isolation());
    assertEquals(Optional.of(Duration.ofMillis(1500)), policy.timeout().wall());
    assertEquals(Enforcement.Level.BEST_EFFORT, policy.enforcement().level());
  }

  @Test
  void whatIsNotNamedStays() throws Exception {
    Policy file = Policy.parse(FILE, "p");
    Policy policy = overFile("--net=none", "--enforcement=best-effort");
    assertTrue(policy.network().allowUnixSockets());
    assertTrue(policy.network().logNetwork());
    assertEquals(file.network().commandRules(), policy.network().commandRules());
    assertEquals(file.enforcement().overrides(), policy.enforcement().overrides());
    assertEquals(file.audit(), policy.audit());
    assertEquals(file.limits(), policy.limits());
    assertEquals(file.timeout(), policy.timeout());
  }

  @Test
  void pathListsGrow() throws Exception {
    Policy policy =
        overFile(
            "--ro=/lib",
            "--ro",
            "/lib64",
            "--rx=/bin",
            "--rw=/dev/shm",
            "--overlay=~/.m2/repository",
            "--overlay",
            "~/.npm?",
            "--block=/x",
            "--block=/y");
    assertEquals(List.of("/usr", "/lib", "/lib64"), policy.filesystem().readOnly());
    assertEquals(List.of("/bin"), policy.filesystem().readExecute());
    assertEquals(List.of("/var/tmp", "/dev/shm"), policy.filesystem().readWrite());
    assertEquals(List.of("~/.m2/repository", "~/.npm?"), policy.filesystem().overlay());
    assertEquals(List.of("/srv/secret", "/x", "/y"), policy.filesystem().blocked());
  }

  @Test
  void bindsGrowAndNamespacesAreFurnished() throws Exception {
    Policy policy =
        policy(
            "--isolation=namespace",
            "--bind=/srv/a:/a",
            "--bind",
            "/srv/b:/b:rw",
            "--bind=/srv/c:/c:ro",
            "--keep-capability=net_raw",
            "--keep-capability=CAP_CHOWN",
            "--hostname=box");

    assertEquals(
        List.of(
            new Filesystem.Bind("/srv/a", "/a", false),
            new Filesystem.Bind("/srv/b", "/b", true),
            new Filesystem.Bind("/srv/c", "/c", false)),
        policy.filesystem().bindMounts());
    assertEquals(Set.of(Capability.NET_RAW, Capability.CHOWN), policy.capabilities());
    assertEquals(Optional.of("box"), policy.hostname());
    for (String wrong :
        List.of("--bind=/a", "--bind=/a:b", "--bind=/a:/b:rx", "--bind=/a:/b:rw:x", "--bind=:/b")) {
      assertEquals(125, InProcess.run("run", wrong, "true").status(), wrong);
    }
    assertEquals(125, InProcess.run("run", "--keep-capability=all", "true").status());
    assertEquals(125, InProcess.run("run", "--hostname=a b", "true").status());
  }

  @Test
  void hostsGrowAndNarrow() throws Exception {
    Network listed =
        policy(
                "--allow-host=example.org:443",
                "--allow-host",
                "*.example.net",
                "--allow-host=[2001:db8::1]:22",
                "--deny-host=bad.example.net",
                "--allow-port=80",
                "--allow-port",
                "8000-8999",
                "--listen=8080",
                "--listen=*:9000")
            .network();

    assertEquals(Network.Access.LISTED, listed.access());
    assertEquals(
        "[example.org:443, *.example.net:80,8000-8999, [2001:db8::1]:22]",
        listed.allow().toString());
    assertEquals("[bad.example.net]", listed.deny().toString());
    assertEquals("[8080, *:9000]", listed.listen().toString());

    assertEquals("[*:443]", policy("--allow-port=443").network().allow().toString());
    Network listening = policy("--listen=8080").network();
    assertEquals(Network.Access.LISTED, listening.access());
    assertEquals(List.of(), listening.allow());
    assertEquals(
        "[*:443]", policy("--listen=8080", "--allow-port=443").network().allow().toString());
    assertEquals(Network.Access.FULL, policy("--listen=8080", "--net=full").network().access());
    Network nothing = policy("--net=listed").network();
    assertEquals(Network.Access.LISTED, nothing.access());
    assertEquals(List.of(), nothing.allow());
    assertEquals(Network.Access.LISTED, policy("--net=full", "--allow-host=a").network().access());
    assertTrue(policy("--net=loopback", "--allow-host=a").network().loopback());
    assertEquals(Network.Access.FULL, policy("--net=full", "--deny-host=a").network().access());
  }

  @Test
  void anOptionOpensAndClosesWhatAFileLists() throws Exception {
    Path file = directory.resolve("listed.toml");
    Files.writeString(file, "[network]\nallowed_hosts = [\"example.org\"]\n");
    String given = "--policy=" + file;

    assertEquals(
        "[example.org, example.net:443]",
        policy(given, "--allow-host=example.net:443").network().allow().toString());
    assertEquals(Network.DEFAULT, policy(given, "--net=none").network());
    assertEquals(
        Network.DEFAULT.withAccess(Network.Access.FULL), policy(given, "--net=full").network());
    assertEquals("[example.org]", policy(given, "--net=listed").network().allow().toString());
  }

  @Test
  void environmentGrowsAndReplacesByName() throws Exception {
    Policy policy = overFile("--env=NEW", "--env", "B=3=x", "--env", "C=");
    assertEquals(List.of("OLD", "NEW"), policy.environment().pass());
    assertEquals(List.of("NOT_*"), policy.environment().block());
    assertEquals(Map.of("A", "1", "B", "3=x", "C", ""), policy.environment().set());
  }

  @Test
  void limitsReplaceByName() throws Exception {
    Policy policy =
        overFile("--limit=open_files=20:30", "--limit", "file_size=1MiB", "--limit=memory=9");
    assertEquals(
        Map.of(
            Resource.OPEN_FILES, new Limit(20, 30),
            Resource.FILE_SIZE, Limit.of(1 << 20),
            Resource.CORE_FILE, Limit.of(0)),
        policy.limits());
    assertEquals(OptionalLong.of(9), policy.treeLimits().memory());
  }

  @Test
  void auditFileReplacesOnlyThePath() throws Exception {
    Policy policy = overFile("--audit=/new.log");
    assertEquals(Optional.of("/new.log"), policy.audit().logFile());
    assertEquals(Policy.parse(FILE, "p").audit().logLevel(), policy.audit().logLevel());
    assertFalse(policy.audit().logCommands());
    assertTrue(policy("--audit=a.log").audit().enabled());
  }

  @Test
  void optionsEndAtTheCommand() {
    InProcess result = InProcess.run("run", "--mode=nonsense", "true", "--mode=readonly");
    assertEquals(125, result.status());
    assertTrue(result.err().contains("nonsense"), result.err());
  }
}
