package io.github.cofferdam.bench;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A Landlock layer with a handful of rules: from the policy to a confined thread. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LandlockBenchmark {
  private LandlockPolicy policy = LandlockPolicy.signalScopeOnly();
  private LandlockLayer layer;

  /** For JMH. */
  public LandlockBenchmark() {
    try {
      layer = policy.on(Abi.current());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Compiles the layer that is entered. */
  @Setup
  public void prepare() throws IOException {
    LandlockPolicy.Builder builder =
        LandlockPolicy.builder()
            .deviceIfPresent(Path.of("/dev/null"))
            .deviceIfPresent(Path.of("/dev/urandom"))
            .scope(Scope.SIGNAL, Scope.ABSTRACT_UNIX_SOCKET);
    for (String path : List.of("/usr", "/etc", "/opt", "/var", "/bin", "/lib", "/lib64", "/proc")) {
      builder.readExecuteIfPresent(Path.of(path));
    }
    policy = builder.build();
    layer = compile();
  }

  /** Looks the paths up, and writes the setup program. */
  @Benchmark
  public LandlockLayer compile() throws IOException {
    return policy.on(Abi.current());
  }

  /** What the next one takes without confining itself. */
  @Benchmark
  public int startThread() throws Exception {
    return ConfinedThreads.call(() -> 0);
  }

  /** Starts a thread that enters the layer; layers stack up, so each needs its own. */
  @Benchmark
  public int enterOnThread() throws Exception {
    return ConfinedThreads.call(() -> {
      LandlockRules.enter(layer);
      return 0;
    });
  }
}
