package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** Runs scripts in a root of their own. */
final class Inside {
  static final String PYTHON = "/usr/bin/python3";

  /** What a command printed on both streams, and its status. */
  record Result(int code, String output) {}

  private Inside() {}

  static NamespacePolicy namespaces() {
    return NamespacePolicy.builder().add(Namespace.USER, Namespace.MOUNT, Namespace.PID).build();
  }

  static void assumeAvailable() throws IOException, InterruptedException {
    try {
      sh(SetupProgram.empty(), SetupProgram.empty(), "true");
    } catch (SetupException e) {
      throw new TestAbortedException(e.toString(), e);
    }
  }

  /**
   * {@return whether a launch can have clocks of its own} Before Linux 6.2, the kernel refuses a
   * child that shares memory with a process of other clocks, as a launch begins.
   */
  static boolean canHaveClocks() throws IOException, InterruptedException {
    NamespacePolicy policy = namespaces().toBuilder().add(Namespace.TIME).build();
    try {
      run(policy, SetupProgram.empty(), SetupProgram.empty(), shell("true"));
      return true;
    } catch (SetupException e) {
      if (e.errno() == Errno.EINVAL) {
        return false;
      }
      throw e;
    }
  }

  /** {@return the names in the root directory that programs need}; not every machine has lib64 */
  static List<String> toolNames() {
    return Stream.of("usr", "bin", "sbin", "lib", "lib64")
        .filter(name -> Files.exists(Path.of("/" + name), LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** A root with what programs need. */
  static RootFilesystem.Builder tools() {
    RootFilesystem.Builder root = RootFilesystem.empty();
    for (String name : toolNames()) {
      Path path = Path.of("/" + name);
      try {
        if (Files.isSymbolicLink(path)) {
          root.link(path, Files.readSymbolicLink(path).toString());
        } else {
          root.bind(BindMount.readOnly(path, path));
        }
      } catch (IOException e) {
        throw new TestAbortedException(e.toString(), e);
      }
    }
    return root;
  }

  static Result sh(SetupProgram root, String script, Object... arguments)
      throws IOException, InterruptedException {
    return sh(root, Capabilities.dropAll(true), script, arguments);
  }

  static Result sh(SetupProgram init, SetupProgram command, String script, Object... arguments)
      throws IOException, InterruptedException {
    return run(namespaces(), init, command, shell(script, arguments));
  }

  private static List<String> shell(String script, Object... arguments) {
    var argv = new ArrayList<>(List.of("/bin/sh", "-c", "exec 2>&1; " + script, "sh"));
    for (Object argument : arguments) {
      argv.add(argument.toString());
    }
    return argv;
  }

  static Result sh(Made root, String script, Object... arguments)
      throws IOException, InterruptedException {
    return run(root, Capabilities.dropAll(true), shell(script, arguments));
  }

  static Result python(Made root, String script, Object... arguments)
      throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of(PYTHON))) {
      throw new TestAbortedException("no " + PYTHON);
    }
    var argv = new ArrayList<>(List.of(PYTHON, "-Ic", script));
    for (Object argument : arguments) {
      argv.add(argument.toString());
    }
    return run(root, Capabilities.dropAll(true), argv);
  }

  static Result run(
      NamespacePolicy policy, SetupProgram init, SetupProgram command, List<String> argv)
      throws IOException, InterruptedException {
    boolean pid = policy.namespaces().contains(Namespace.PID);
    return run(
        plan(command, argv)
            .supervision(pid ? Supervision.PID_NAMESPACE : Supervision.NONE)
            .launcherSteps(policy.launcherProgram())
            .initSteps(init));
  }

  static Result run(Made root, SetupProgram command, List<String> argv)
      throws IOException, InterruptedException {
    LaunchPlan.Builder plan = plan(command, argv);
    root.applyTo(plan);
    return run(plan);
  }

  private static LaunchPlan.Builder plan(SetupProgram command, List<String> argv) {
    return LaunchPlan.of(argv.getFirst(), argv)
        .variable("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .directory("/")
        .commandSteps(command);
  }

  private static Result run(LaunchPlan.Builder plan) throws IOException, InterruptedException {
    var stdio = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
    try (Launched launched = Launcher.start(plan.build(), stdio);
        var output = new FdInputStream(launched.stream(1).orElseThrow())) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      return new Result(launched.await().shellCode(), text);
    }
  }
}
