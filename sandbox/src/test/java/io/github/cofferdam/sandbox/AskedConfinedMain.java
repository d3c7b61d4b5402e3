package io.github.cofferdam.sandbox;

import static io.github.cofferdam.seccomp.Argument.arg;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.LandlockSupport;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;

/**
 * A virtual machine in which all that a run asks its host for is first asked by threads that may
 * not know. Prints how the same runs end after that.
 */
final class AskedConfinedMain {
  private static final String SCRIPT =
      "grep CapBnd /proc/self/status; chmod 666 /proc/self/fd/0 && echo changed;"
          + " for file in keys timer_list; do cat /proc/$file | head -c 1 | wc -c; done; :";

  private AskedConfinedMain() {}

  /** Takes isolation, workspace, and how those are confined that ask before. */
  public static void main(String[] args) throws Exception {
    Isolation isolation = Isolation.valueOf(args[0]);
    Path workspace = Path.of(args[1]);
    switch (args[2]) {
      case "layer" -> inThread(() -> restrict(workspace, "/usr"), isolation, workspace);
      case "options" -> inThread(() -> restrict(workspace, "/proc"), isolation, workspace);
      case "filter" -> inThread(AskedConfinedMain::filter, isolation, workspace);
      default -> {}
    }
    System.out.print(runs(isolation, workspace));
  }

  private static void restrict(Path workspace, String also) throws Exception {
    LandlockPolicy.builder()
        .readClasses()
        .readExecuteIfPresent(Path.of("/usr"))
        .readExecuteIfPresent(Path.of(also))
        .readWrite(Path.of(System.getProperty("java.io.tmpdir")))
        .readWrite(workspace)
        .device(Path.of("/dev/null"))
        .build()
        .on(LandlockSupport.probe())
        .restrictThisThread();
  }

  private static void filter() throws Exception {
    SeccompFilter.denyList(Arch.host())
        .on(List.of("open_tree", "mount_setattr", "statfs", "faccessat"), Action.errno(Errno.EPERM))
        .on(
            "prctl",
            Rule.when(arg(0).asInt().eq(Uapi.PR_CAPBSET_READ()))
                .then(Action.errno(Errno.EPERM))
                .otherwise(Action.allow()))
        .build()
        .installOnThisThread();
  }

  private interface Confining {
    void apply() throws Exception;
  }

  /** What comes of the runs in there does not matter. */
  private static void inThread(Confining confining, Isolation isolation, Path workspace)
      throws Exception {
    var task =
        new FutureTask<Void>(() -> {
          confining.apply();
          runs(isolation, workspace);
          return null;
        });
    Thread.ofPlatform().start(task).join();
    task.get();
  }

  private static String runs(Isolation isolation, Path workspace) throws Exception {
    return run(policy(isolation, Mode.READONLY), workspace)
        + run(policy(isolation, Mode.WORKSPACE_WRITE), workspace);
  }

  private static Policy policy(Isolation isolation, Mode mode) {
    return Policy.builder()
        .isolation(isolation)
        .mode(mode)
        .enforcement(Protection.VIRTUAL_MACHINE, Requirement.REQUIRE)
        .build();
  }

  private static String run(Policy policy, Path workspace) throws Exception {
    Outcome outcome =
        Sandbox.of(policy)
            .command("/bin/sh", "-c", SCRIPT)
            .directory(workspace)
            .parentEnvironment(Sandboxed.ENVIRONMENT)
            .captureOutput()
            .run();
    return outcome.ending()
        + "\n"
        + outcome.output().map(CapturedOutput::out).orElse("")
        + outcome.enforcement().map(Object::toString).orElse("")
        + "\n";
  }
}
