package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody else's module that runs commands: it requires one module, and needs what that needs at
 * run time, and nothing else.
 */
class ModuleConsumerTest {
  private static final List<String> THIRD_PARTY =
      List.of("org.tomlj.Toml", "com.google.re2j.Pattern", "tools.jackson.core.JsonParser");

  @TempDir private Path directory;

  private static String modulePath() throws Exception {
    var path = new ArrayList<String>();
    for (Path classes : Repository.classes(Repository.published())) {
      path.add(classes.toString());
      assumeTrue(
          Files.exists(classes.resolve("module-info.class")) || classes.toString().endsWith(".jar"),
          "compiled without its module descriptor");
    }
    for (String name : THIRD_PARTY) {
      path.add(Repository.jar(name).toString());
    }
    return String.join(File.pathSeparator, path);
  }

  private static String java(String... arguments) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", arguments[0]).toString());
    command.addAll(List.of(arguments).subList(1, arguments.length));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), Repository.CHARSET).strip();
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  @Test
  void oneRequiresIsEnough() throws Exception {
    Path module =
        Files.writeString(
            directory.resolve("module-info.java"),
            "module app {\n  requires io.github.cofferdam.sandbox;\n}\n");
    Path program =
        Files.writeString(
            Files.createDirectory(directory.resolve("app")).resolve("Main.java"),
            """
            package app;

            import io.github.cofferdam.policy.Mode;
            import io.github.cofferdam.policy.Policy;
            import io.github.cofferdam.rlimit.Limit;
            import io.github.cofferdam.rlimit.Resource;
            import io.github.cofferdam.sandbox.DryRun;
            import io.github.cofferdam.sandbox.Sandbox;

            public class Main {
              public static void main(String[] args) throws Exception {
                Policy policy =
                    Policy.builder()
                        .mode(Mode.READONLY)
                        .limit(Resource.OPEN_FILES, Limit.of(64))
                        .build();
                DryRun run = Sandbox.of(policy).command("/bin/true").dryRun();
                System.out.println(run.enforcement().protections().size() > 10);
              }
            }
            """);
    String classes = directory.resolve("classes").toString();
    String modules = modulePath();

    assertEquals(
        "",
        java(
            "javac",
            "-Xlint:all",
            "-Werror",
            "--module-path",
            modules,
            "-d",
            classes,
            module.toString(),
            program.toString()));
    assertEquals(
        "true",
        java(
            "java",
            "--enable-native-access=io.github.cofferdam.bindings",
            "--module-path",
            modules + File.pathSeparator + classes,
            "--module",
            "app/app.Main"));
  }
}
