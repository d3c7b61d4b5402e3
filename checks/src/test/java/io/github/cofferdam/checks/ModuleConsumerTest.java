package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody else's module that runs commands: it requires one module, and needs what that needs at
 * run time, and nothing else. All of it are modules, so that a runtime image can be linked.
 */
class ModuleConsumerTest {
  /** Classes of the jars that the modules need. */
  private static final List<String> THIRD_PARTY = List.of("tools.jackson.core.JsonParser");

  /** Far beyond what anything here takes. */
  private static final long PATIENCE_MINUTES = 5;

  @TempDir private Path directory;

  private record Ran(int status, String output) {}

  private static List<Path> modulePath() throws Exception {
    var path = new ArrayList<Path>();
    for (Path classes : Repository.classes(Repository.published())) {
      assumeTrue(
          Files.exists(classes.resolve("module-info.class")),
          "compiled without its module descriptor");
      // The command is not what somebody builds upon.
      if (!classes.equals(Repository.ROOT.resolve("cli/target/classes"))) {
        path.add(classes);
      }
    }
    for (String name : THIRD_PARTY) {
      path.add(Repository.jar(name));
    }
    return path;
  }

  private static String joined(List<Path> path) {
    return String.join(File.pathSeparator, path.stream().map(Path::toString).toList());
  }

  private Ran ran(Path program, List<String> arguments) throws Exception {
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.addAll(arguments);
    Path output = Files.createTempFile(directory, "ran", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    return new Ran(process.exitValue(), Repository.text(output).strip());
  }

  private String output(Path program, List<String> arguments) throws Exception {
    Ran ran = ran(program, arguments);
    assertEquals(0, ran.status(), ran.output());
    return ran.output();
  }

  private static Path tool(String name) {
    return Machine.jdk().resolve("bin").resolve(name);
  }

  /** Compiles a module with one program; {@return where its classes are} */
  private Path compiled(String program) throws Exception {
    Path module =
        Files.writeString(
            directory.resolve("module-info.java"),
            "module app {\n  requires io.github.cofferdam.sandbox;\n}\n");
    Path main =
        Files.writeString(
            Files.createDirectory(directory.resolve("app")).resolve("Main.java"), program);
    Path classes = directory.resolve("classes");
    assertEquals(
        "",
        output(
            tool("javac"),
            List.of(
                "-Xlint:all",
                "-Werror",
                "--module-path",
                joined(modulePath()),
                "-d",
                classes.toString(),
                module.toString(),
                main.toString())));
    return classes;
  }

  @Test
  void oneRequiresIsEnough() throws Exception {
    Path classes =
        compiled(
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
    assertEquals(
        "true",
        output(
            tool("java"),
            List.of(
                "--enable-native-access=io.github.cofferdam.bindings",
                "--module-path",
                joined(modulePath()) + File.pathSeparator + classes,
                "--module",
                "app/app.Main")));
  }

  @Test
  void nothingThatIsNeededIsAnAutomaticModule() throws Exception {
    for (var module : ModuleFinder.of(modulePath().toArray(Path[]::new)).findAll()) {
      assertFalse(module.descriptor().isAutomatic(), module::toString);
    }
  }

  /** Its policy is a file with a pattern, so that the libraries for both are in the image. */
  @Test
  void anImageOfItRunsConfinedCommands() throws Exception {
    Path jlink = tool("jlink");
    assumeTrue(Files.isExecutable(jlink), () -> "this JDK has no " + jlink);
    boolean modules = Files.isDirectory(Machine.jdk().resolve("jmods"));
    assumeTrue(
        modules || output(jlink, List.of("--help")).contains("run-time image enabled"),
        "this JDK has no jmods, and does not link without them");
    Path classes =
        compiled(
            """
            package app;

            import io.github.cofferdam.policy.Policy;
            import io.github.cofferdam.sandbox.Outcome;
            import io.github.cofferdam.sandbox.Sandbox;
            import java.nio.file.Path;

            public class Main {
              public static void main(String[] args) throws Exception {
                Policy policy = Policy.load(Path.of(args[0]));
                for (String script : new String[] {"echo it runs", "echo no >here", "rm -rf x"}) {
                  Outcome outcome =
                      Sandbox.of(policy)
                          .command("/bin/sh", "-c", script)
                          .directory(Path.of(args[0]).getParent())
                          .captureOutput()
                          .run();
                  System.out.println(
                      outcome.ending().getClass().getSimpleName() + " " + outcome.success() + " "
                          + outcome.output().map(all -> all.out().strip()).orElse(""));
                }
              }
            }
            """);
    Path image = directory.resolve("image");
    Ran linked =
        ran(
            jlink,
            List.of(
                "--module-path",
                joined(modulePath()) + File.pathSeparator + classes,
                "--add-modules",
                "app",
                "--add-options=--enable-native-access=io.github.cofferdam.bindings",
                "--output",
                image.toString()));
    // Without jmods, a distribution's own configuration files cannot be told from damage.
    assumeTrue(
        modules || !linked.output().contains("has been modified"), () -> "" + linked.output());
    assertEquals(0, linked.status(), linked.output());

    Reader.assumeHas("Landlock");
    Path policy =
        Files.writeString(
            Files.createDirectory(directory.resolve("work")).resolve("policy.toml"),
            """
            [sandbox]
            mode = "readonly"

            [[network.command_rules]]
            pattern = '\\brm\\s+-rf\\b'
            destructive = true
            """);
    assertEquals(
        """
        Exited true it runs
        Exited false\s
        Refused false\
        """,
        output(image.resolve("bin/java"), List.of("--module", "app/app.Main", policy.toString())));
    assertFalse(Files.exists(policy.resolveSibling("here")));
  }
}
