package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Preset;
import java.nio.file.Path;
import java.util.Locale;

/** Runs scripts with presets, and says what became of each. */
final class PresetMain {
  private PresetMain() {}

  /** Takes isolation, whether caches are shared, directory, script, and the names of presets. */
  public static void main(String[] args) throws Exception {
    for (int i = 4; i < args.length; i++) {
      Policy.Builder policy =
          Policy.builder()
              .mode(Mode.WORKSPACE_WRITE)
              .isolation(Isolation.valueOf(args[0]))
              .shareCaches(Boolean.parseBoolean(args[1]));
      for (String name : args[i].split(",", -1)) {
        policy.presets(Preset.valueOf(name.toUpperCase(Locale.ROOT)));
      }
      Outcome outcome =
          Sandbox.of(policy.build())
              .command("/bin/sh", "-c", args[3])
              .directory(Path.of(args[2]))
              .mergeStderr()
              .captureOutput()
              .run();
      System.out.println("== " + args[i]);
      System.out.println(Sandboxed.text(outcome));
      outcome
          .enforcement()
          .ifPresent(
              report -> report.warnings().forEach(each -> System.out.println("warning: " + each)));
      System.out.println(outcome.ending());
    }
  }
}
