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
import io.github.cofferdam.policy.PolicyPath;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;

/**
 * A virtual machine in which all that a run asks its host for is first asked by threads that may
 * not know. Prints how the same runs end after that.
 */
final class AskedConfinedMain {
  private static final String SCRIPT =
      "grep CapBnd /proc/self/status; chmod 666 /proc/self/fd/0 && echo changed;"
          + " for file in keys timer_list; do cat /proc/$file | head -c 1 | wc -c; done;"
          + " cat /proc/sys/user/max_user_namespaces";

  private AskedConfinedMain() {}

  /**
   * Takes isolation, two workspaces, of which an option names the first, and how those are confined
   * that ask before: by a layer, or by a filter that refuses a call.
   */
  public static void main(String[] args) throws Exception {
    Isolation isolation = Isolation.valueOf(args[0]);
    Path workspace = Path.of(args[1]);
    Path other = Path.of(args[2]);
    switch (args[3]) {
      case "none" -> {}
      case "layer" -> inThread(() -> restrict(workspace, "/usr"), isolation, workspace, other);
      case "options" -> inThread(() -> restrict(workspace, "/proc"), isolation, workspace, other);
      default -> inThread(() -> filter(args[3]), isolation, workspace, other);
    }
    System.out.print(runs(isolation, workspace, other));
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

  private static void filter(String call) throws Exception {
    Action refused = Action.errno(Errno.EPERM);
    SeccompFilter.denyList(Arch.host())
        .on(
            call,
            call.equals("prctl")
                ? Rule.when(arg(0).asInt().eq(Uapi.PR_CAPBSET_READ()))
                    .then(refused)
                    .otherwise(Action.allow())
                : Rule.always(refused))
        .build()
        .installOnThisThread();
  }

  private interface Confining {
    void apply() throws Exception;
  }

  /** What comes of the runs in there does not matter. */
  private static void inThread(Confining confining, Isolation isolation, Path workspace, Path other)
      throws Exception {
    var task =
        new FutureTask<Void>(() -> {
          confining.apply();
          try {
            runs(isolation, workspace, other);
          } catch (SandboxException e) {
            // Refused: it has asked all the same.
          }
          return null;
        });
    Thread.ofPlatform().start(task).join();
    task.get();
  }

  private static String runs(Isolation isolation, Path workspace, Path other) throws Exception {
    Policy written = policy(isolation, Mode.WORKSPACE_WRITE);
    boolean trees =
        Sandbox.of(written)
            .command("true")
            .directory(other)
            .dryRun()
            .steps()
            .toString()
            .contains("open_tree");
    return run(policy(isolation, Mode.READONLY), workspace)
        + run(written, workspace)
        + run(written, other)
        + "mounts as trees: "
        + trees
        + "\nhome: "
        + PolicyPath.home()
        + "\n";
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
