package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs shell scripts in children that confine themselves before. */
final class Confined {
  /** What came of a script; error output is part of the output. */
  record Result(int code, String output) {}

  private Confined() {}

  /** {@return a policy that lets a shell and ordinary tools run} */
  static LandlockPolicy.Builder tools() {
    return LandlockPolicy.builder()
        .readExecute(Path.of("/usr"))
        .readExecuteIfPresent(Path.of("/bin"))
        .readExecuteIfPresent(Path.of("/lib"))
        .readExecuteIfPresent(Path.of("/lib64"))
        .readIfPresent(Path.of("/etc/ld.so.cache"))
        .device(Path.of("/dev/null"));
  }

  /** Runs a script whose parameters are {@code $1}, {@code $2}, ... */
  static Result sh(LandlockPolicy policy, String script, Object... arguments)
      throws IOException, InterruptedException {
    return sh(policy.on(Abi.current()), Supervision.NONE, script, arguments);
  }

  static Result sh(LandlockLayer layer, Supervision supervision, String script, Object... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(plan(layer, supervision, command.toArray(String[]::new)));
  }

  static LaunchPlan plan(LandlockLayer layer, Supervision supervision, String... command)
      throws IOException {
    SetupProgram supervisor =
        supervision == Supervision.SIGNAL_SCOPE
            ? confining(LandlockPolicy.signalScopeOnly().on(Abi.current()))
            : SetupProgram.empty();
    return LaunchPlan.of(command[0], List.of(command))
        .variable("PATH", "/usr/bin:/bin")
        .directory("/")
        .supervision(supervision)
        .launcherSteps(supervisor)
        .commandSteps(confining(layer))
        .build();
  }

  static Result run(LaunchPlan plan) throws IOException, InterruptedException {
    var stdio = new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty());
    try (Launched launched = Launcher.start(plan, stdio);
        var output = new FdInputStream(launched.stream(1).orElseThrow())) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      Exit exit = launched.await();
      return new Result(exit.shellCode(), text);
    }
  }

  private static SetupProgram confining(LandlockLayer layer) {
    return NoNewPrivileges.program().then(layer.program());
  }
}
