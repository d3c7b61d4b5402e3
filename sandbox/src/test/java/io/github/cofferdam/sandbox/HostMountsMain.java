package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.TreeLimit;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Runs one script, and says what was made of it: for a virtual machine with mounts of its own. The
 * parameters are isolation, directory, script, and the policy as {@code key=value}.
 */
final class HostMountsMain {
  private HostMountsMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("begun");
    Isolation isolation = Isolation.valueOf(arguments[0]);
    Policy.Builder policy = Policy.builder().isolation(isolation);
    for (String argument : List.of(arguments).subList(3, arguments.length)) {
      String[] entry = argument.split("=", 2);
      String value = entry[1];
      switch (entry[0]) {
        case "tools" -> {
          policy = Attempts.tools(isolation);
          if (!value.isEmpty()) {
            policy.readExecute(value);
          }
        }
        case "mode" -> policy.mode(Mode.valueOf(value));
        case "workspace" -> policy.mode(Mode.WORKSPACE_WRITE).workspace(value);
        case "blocked" -> policy.blocked(value);
        case "ro" -> policy.readOnly(value);
        case "rw" -> policy.readWrite(value);
        case "bind" -> policy.bind(value, "/mnt", true);
        case "log" -> policy.audit(AuditSettings.to(value));
        case "memory" -> policy.limit(TreeLimit.MEMORY, Long.parseLong(value));
        default -> policy.enforcement(Protection.valueOf(entry[0]), Requirement.valueOf(value));
      }
    }
    Outcome outcome =
        Sandbox.of(policy.build())
            .command(List.of("/bin/sh", "-c", arguments[2]))
            .directory(Path.of(arguments[1]))
            .parentEnvironment(Map.of("PATH", "/usr/bin:/bin"))
            .mergeStderr()
            .captureOutput()
            .run();
    System.out.println(outcome.ending());
    System.out.println(outcome.output().map(CapturedOutput::out).orElse(""));
    // No JSON: the class path of another user may lack the library.
    outcome
        .enforcement()
        .ifPresent(report ->
            report
                .protections()
                .forEach(each ->
                    System.out.println(
                        each.protection() + " " + each.state() + ": " + each.detail())));
  }
}
