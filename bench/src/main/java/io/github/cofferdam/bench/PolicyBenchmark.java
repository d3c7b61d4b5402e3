package io.github.cofferdam.bench;

import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import io.github.cofferdam.sandbox.DryRun;
import io.github.cofferdam.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** From a policy's text to all that is needed to start a command under it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PolicyBenchmark {
  /** Kind of isolation. */
  @Param({"basic", "namespace"})
  public String isolation = "";

  private String text = "";
  private Sandbox sandbox = Sandbox.of(Policy.builder().build());

  /** One of its own: where this virtual machine's classes lie, no command may write. */
  private Path workspace = Path.of("/nonexistent");

  /** Writes the policy. */
  @Setup
  public void prepare() throws IOException {
    workspace = Files.createTempDirectory("cofferdam-bench-");
    text =
        """
        [sandbox]
        mode = "workspace-write"

        [isolation]
        type = "%s"

        [network]
        allow_loopback = true

        [filesystem]
        read_only = ["/etc", "/opt"]
        read_execute = ["/usr"]

        [environment]
        block = ["*_PROXY", "*_proxy"]

        [limits]
        open_files = 4096
        file_size = "4GiB"
        """
            .formatted(isolation);
    sandbox = Sandbox.of(parse());
  }

  /** Leaves nothing. */
  @TearDown
  public void remove() throws IOException {
    Files.delete(workspace);
  }

  /** Reads the text. */
  @Benchmark
  public Policy parse() throws PolicyException {
    return Policy.parse(text, "benchmark");
  }

  /** Works out every step of a start, without starting. */
  @Benchmark
  public DryRun prepareRun() throws IOException {
    return sandbox.command("/usr/bin/true").directory(workspace).dryRun();
  }
}
