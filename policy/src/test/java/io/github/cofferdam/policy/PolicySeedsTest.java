package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The policies of the documents that this project started from. */
class PolicySeedsTest {

  @Test
  void theTomlSampleOfSeed000ParsesUnmodified() throws IOException {
    String document = Files.readString(seed("000_a531aff4864ab8f9.txt"));
    int start = document.indexOf("```toml\n") + "```toml\n".length();
    String sample = document.substring(start, document.indexOf("```", start));

    Policy policy = Policy.parse(sample, "seed 000");

    assertEquals(
        Policy.builder()
            .mode(Mode.READONLY)
            .network(
                Network.DEFAULT
                    .withAccess(Network.Access.FULL)
                    .withCommandRules(
                        List.of(
                            new CommandRule("rm.*-rf", Optional.of(false), true),
                            new CommandRule("git pull", Optional.of(true), false))))
            .audit(
                AuditSettings.to("~/.stakpak/sandbox-audit.log")
                    .withLogFileAccess(true)
                    .withLogNetwork(true))
            .build(),
        policy);
  }

  @Test
  void theConfigurationOfSeed003IsAPolicyUnderItsOwnNames() throws PolicyException {
    Policy policy =
        Policy.parse(
            """
            [isolation]
            type = "namespace"

            [limits]
            virtual_memory_limit_bytes = 1_073_741_824
            cpu_time_limit_seconds = 300
            max_open_files = 1024
            max_file_size_bytes = 104_857_600
            max_processes = 16

            [network]
            allow_network = true
            allow_loopback = true
            allowed_hosts = ["api.openai.com"]
            allowed_ports = [80, 443]
            blocked_hosts = ["169.254.169.254"]
            dns_servers = ["8.8.8.8"]
            custom_iptables_rules = [
                "-A OUTPUT -d 10.0.0.0/8 -j REJECT"
            ]

            [filesystem]
            read_only_paths = ["/usr", "/lib"]
            read_write_paths = ["/tmp/sandbox"]
            blocked_paths = ["/proc", "/sys", "/dev"]

            [timeout]
            wall = 600
            """,
            "seed 003");

    assertEquals(Isolation.NAMESPACE, policy.isolation());
    assertEquals(
        Map.of(
            Resource.ADDRESS_SPACE, Limit.of(1L << 30),
            Resource.CPU_TIME, new Limit(300, 301),
            Resource.OPEN_FILES, Limit.of(1024),
            Resource.FILE_SIZE, Limit.of(100L << 20),
            Resource.PROCESSES, Limit.of(16)),
        policy.limits());
    assertEquals(
        Network.DEFAULT
            .withAllow(
                List.of(
                    NetworkRule.parse("api.openai.com")
                        .withPorts(List.of(PortRange.of(80), PortRange.of(443)))))
            .withLoopback(true)
            .withDeny(
                List.of(NetworkRule.parse("169.254.169.254"), NetworkRule.parse("10.0.0.0/8")))
            .withDns(List.of(DnsServer.parse("8.8.8.8"))),
        policy.network());
    assertEquals(
        Filesystem.DEFAULT
            .withReadOnly(List.of("/usr", "/lib"))
            .withReadWrite(List.of("/tmp/sandbox"))
            .withBlocked(List.of("/proc", "/sys", "/dev")),
        policy.filesystem());
    assertEquals(Optional.of(Duration.ofMinutes(10)), policy.timeout().wall());
  }

  /** The seeds stand beside the project, not in it: CI has them, another checkout may not. */
  private static Path seed(String name) {
    String root = System.getProperty("cofferdam.root");
    Path at = Path.of(root != null ? root : System.getProperty("user.dir")).toAbsolutePath();
    for (Path directory = at; directory != null; directory = directory.getParent()) {
      Path seed = directory.resolve("shared/seeds").resolve(name);
      if (Files.isReadable(seed)) {
        return seed;
      }
    }
    String message = "shared/seeds/" + name + " is not beside " + at + " nor above it";
    if ("true".equals(System.getenv("CI"))) {
      fail(message);
    }
    return abort(message + "; set -Dcofferdam.root");
  }
}
