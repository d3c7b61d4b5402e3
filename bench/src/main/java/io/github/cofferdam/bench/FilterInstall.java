package io.github.cofferdam.bench;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.sandbox.SeccompProfile;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.FilterCost;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long the kernel takes to install one profile, compiled by libseccomp as container engines use
 * it, by libseccomp with its binary tree, and by us: for x86_64 alone and with i386 and x32.
 *
 * <p>The system call alone counts. Each is made on a thread of its own, since filters stack up, and
 * the kernel makes use of what it knows of those before.
 */
public final class FilterInstall {
  private static final int DEFAULT_ROUNDS = 300;

  private FilterInstall() {}

  /** Runs the benchmark; arguments are the profile, OCI JSON, and the number of rounds. */
  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      System.err.println("Give the profile, such as /usr/share/containers/seccomp.json.");
      return;
    }
    SeccompProfile profile = SeccompProfile.load(Path.of(args[0]));
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : DEFAULT_ROUNDS;
    compare(profile, rounds, Arch.X86_64);
    compare(profile, rounds, Arch.X86_64, Arch.I386, Arch.X32);
  }

  private static void compare(SeccompProfile profile, int rounds, Arch... arches) throws Exception {
    SeccompFilter filter = profile.filter(SeccompProfile.Selection.host().forArches(arches));
    var turns = new TakingTurns();
    add(turns, "libseccomp, as it comes", LibSeccomp.compile(filter, 1), arches);
    add(turns, "libseccomp, binary tree", LibSeccomp.compile(filter, 2), arches);
    add(turns, "Cofferdam", filter.program(), arches);
    turns.run("install for " + filter.arches(), rounds);
  }

  private static void add(TakingTurns turns, String name, BpfProgram program, Arch... arches) {
    FilterCost cost = FilterCost.of(program, List.of(arches));
    SetupProgram install = program.install();
    turns.add(
        "%s (%d instructions, %.1f)".formatted(name, cost.instructions(), cost.average()),
        () -> {
          var task =
              new FutureTask<>(() -> {
                NoNewPrivileges.program().run();
                var nanos = new AtomicLong();
                install.run((step, values) -> {
                  long start = System.nanoTime();
                  long result = Kernel.host().call(step, values);
                  nanos.set(System.nanoTime() - start);
                  return result;
                });
                return nanos.get();
              });
          Thread.ofPlatform().start(task);
          return task.get();
        });
  }
}
