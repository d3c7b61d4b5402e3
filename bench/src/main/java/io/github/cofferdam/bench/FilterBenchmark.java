package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.profiles.SeccompProfile;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Baseline;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A profile of a container engine, compiled by us and by libseccomp: how long that takes, what
 * deciding costs, and how long a program behind the filter takes from start to exit. Ratios between
 * the compilers within one run are what counts. {@link FilterInstall} looks at the kernel's part
 * alone.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FilterBenchmark {
  /** A compiler of filters. */
  public enum Compiler {
    /** This project. */
    COFFERDAM,
    /** libseccomp as it comes, and as container engines use it: one test after the other. */
    LIBSECCOMP_1,
    /** libseccomp's binary tree. */
    LIBSECCOMP_2
  }

  /** A compiler of filters. */
  @Param public Compiler compiler = Compiler.COFFERDAM;

  /** Stands for our own rules instead of a profile. */
  static final String BASELINE = "baseline";

  /** The profile: OCI JSON, or {@value #BASELINE}. */
  @Param("/usr/share/containers/seccomp.json")
  public String profile = "";

  /** Whose calls. */
  @Param({"X86_64", "X86_64,I386,X32"})
  public String arches = "";

  private SeccompFilter filter = SeccompFilter.denyList(Arch.host()).build();
  private BpfProgram program = filter.program();
  private SetupProgram install = SetupProgram.empty();
  private Path target = Path.of("");

  /** Reads the profile and compiles it. */
  @Setup
  public void compile() throws IOException {
    Arch[] all = List.of(arches.split(",", -1)).stream().map(Arch::valueOf).toArray(Arch[]::new);
    filter =
        profile.equals(BASELINE)
            ? Baseline.of(Arch.host()).filter()
            : SeccompProfile.load(Path.of(profile))
                .filter(SeccompProfile.Selection.host().forArches(all));
    program = compiled();
    install = NoNewPrivileges.program().then(program.install());
    target = StaticTarget.create();
  }

  /** Removes the program that is started. */
  @TearDown(Level.Trial)
  public void delete() throws IOException {
    Files.delete(target);
    Files.delete(Objects.requireNonNull(target.getParent()));
  }

  private BpfProgram compiled() {
    return switch (compiler) {
      case COFFERDAM -> filter.toBuilder().build().program();
      case LIBSECCOMP_1 -> LibSeccomp.compile(filter, 1);
      case LIBSECCOMP_2 -> LibSeccomp.compile(filter, 2);
    };
  }

  /** From rules to a program. */
  @Benchmark
  public BpfProgram build() {
    return compiled();
  }

  /** One decision, simulated: of a call that every program makes. */
  @Benchmark
  public Action decide() {
    return program.decide(Arch.host(), 0);
  }

  /** The program as text. */
  @Benchmark
  public String disassemble() {
    return program.toString();
  }

  /** From start to exit of a static program behind the filter. */
  @Benchmark
  public int installInChild() throws Exception {
    LaunchPlan plan =
        LaunchPlan.of(target.toString(), List.of("target")).commandSteps(install).build();
    try (Launched launched = Launcher.start(plan, StdioSet.inherit())) {
      return launched.await().status();
    }
  }
}
