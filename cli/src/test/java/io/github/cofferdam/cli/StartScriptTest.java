package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script in the root, in a checkout with a Maven that makes empty jars, and a Java that says
 * how it was started.
 */
@Tag("kernel")
class StartScriptTest {
  @TempDir private Path folder;

  private Path checkout = Path.of("/");

  @BeforeEach
  void prepare() throws Exception {
    checkout = Files.createDirectory(folder.toRealPath().resolve("checkout"));
    for (String module : List.of("cli", "bench", "sandbox")) {
      source(module, Instant.now().minus(Duration.ofHours(1)));
    }
    file("checkout/pom.xml", "");
    Files.setLastModifiedTime(
        checkout.resolve("pom.xml"), FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    program("checkout/cofferdam", Files.readString(Cofferdam.ROOT.resolve("cofferdam")));
    file("jdk/release", "JAVA_VERSION=\"25.0.3\"\n");
    program("jdk/bin/java", "#!/bin/sh\nprintf '%s\\n' \"java $*\"\n");
    program(
        "bin/mvn",
        """
        #!/bin/sh
        echo "$*" >>../builds
        case "$*" in
          *'-pl cli '*) : >cli/target/cofferdam.jar ;;
          *'-pl bench '*) : >bench/target/bench.jar ;;
        esac
        """);
  }

  private void source(String module, Instant changed) throws Exception {
    Path source = file("checkout/" + module + "/src/main/java/Source.java", "");
    Files.setLastModifiedTime(source, FileTime.from(changed));
  }

  private Path file(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return Files.writeString(file, text);
  }

  private void program(String name, String text) throws Exception {
    Files.setPosixFilePermissions(file(name, text), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** What the last Java was started with. */
  private String start(String... args) throws Exception {
    var command = new ArrayList<String>();
    command.add(checkout.resolve("cofferdam").toString());
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
    Process process = builder.start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    assertEquals(0, process.exitValue(), output);
    return output.substring(output.lastIndexOf('\n') + 1);
  }

  /** The modules that were built since the last time. */
  private List<String> built() throws Exception {
    Path log = folder.resolve("builds");
    if (!Files.exists(log)) {
      return List.of();
    }
    List<String> modules =
        Files.readAllLines(log).stream()
            .map(line -> line.replaceAll(".*-pl (\\w+) .*", "$1"))
            .toList();
    Files.delete(log);
    return modules;
  }

  @Test
  void theCommandIsBuiltOnceAndStarted() throws Exception {
    String java = start("run", "--", "true");
    assertTrue(java.endsWith("cli/target/cofferdam.jar run -- true"), java);
    assertTrue(java.contains("-XX:AOTCache=" + checkout), java);
    assertEquals(List.of("cli"), built());
    start("doctor");
    assertEquals(List.of(), built());
  }

  @Test
  void theBenchmarkIsBuiltBesideTheCommand() throws Exception {
    String java = start("bench", "--quick", "--output", "two words");
    assertTrue(java.endsWith("bench/target/bench.jar --quick --output two words"), java);
    assertTrue(java.contains("-Dcofferdam.root=" + checkout + " "), java);
    assertFalse(java.contains("TieredStopAtLevel"), java);
    assertFalse(java.contains("AOTCache"), java);
    assertEquals(List.of("cli", "bench"), built());
    start("bench");
    start("run", "--", "true");
    assertEquals(List.of(), built());
  }

  @Test
  void onlyWhatHasChangedIsBuilt() throws Exception {
    start("bench");
    built();
    Instant later = Instant.now().plusSeconds(1);
    source("bench", later);
    start("run", "--", "true");
    assertEquals(List.of(), built());
    start("bench");
    assertEquals(List.of("bench"), built());
    source("bench", Instant.now().minusSeconds(60));
    source("sandbox", later);
    start("run", "--", "true");
    assertEquals(List.of("cli"), built());
  }
}
