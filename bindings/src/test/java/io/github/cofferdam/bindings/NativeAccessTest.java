package io.github.cofferdam.bindings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a virtual machine without permission for native access says to the person who started it.
 */
class NativeAccessTest {
  private static final String DENY = "--illegal-native-access=deny";
  private static final String MESSAGE =
      "Cofferdam calls the Linux kernel through java.lang.foreign, and this virtual machine forbids"
          + " it. Start it with --enable-native-access=";

  @TempDir Path temporary;

  /** Makes one system call; runs in a virtual machine of its own. */
  public static final class Main {
    private Main() {}

    /** Prints the process id that the kernel gives. */
    public static void main(String[] args) {
      System.out.println("pid " + Syscall.call(Syscall.number("getpid")));
    }
  }

  @Test
  void onTheClassPathTheFlagNamesTheUnnamedModule() throws Exception {
    Finished denied = java(DENY, "-cp", classPath(), Main.class.getName());
    assertNotEquals(0, denied.status, denied.output);
    assertTrue(denied.output.contains(MESSAGE + "ALL-UNNAMED\n"), denied.output);

    Finished permitted =
        java(DENY, "--enable-native-access=ALL-UNNAMED", "-cp", classPath(), Main.class.getName());
    assertEquals(0, permitted.status, permitted.output);
    assertTrue(permitted.output.matches("pid \\d+\n"), permitted.output);
  }

  @Test
  void onTheModulePathTheFlagNamesTheModule() throws Exception {
    String module = "io.github.cofferdam.bindings";
    Path main = location(Syscall.class);
    if (!Files.exists(main.resolve("module-info.class"))) {
      org.junit.jupiter.api.Assumptions.abort("compiled without its module descriptor");
    }
    String[] run = {
      "--module-path", main.toString(),
      "--patch-module", module + "=" + location(Main.class),
      "--module", module + "/" + Main.class.getName()
    };
    Finished denied = java(DENY, run);
    assertNotEquals(0, denied.status, denied.output);
    assertTrue(denied.output.contains(MESSAGE + module + "\n"), denied.output);

    Finished permitted = java("--enable-native-access=" + module, run);
    assertEquals(0, permitted.status, permitted.output);
    assertTrue(permitted.output.matches("pid \\d+\n"), permitted.output);
  }

  private static String classPath() throws URISyntaxException {
    return location(Syscall.class) + ":" + location(Main.class);
  }

  private static Path location(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private record Finished(int status, String output) {}

  private Finished java(String first, String... more) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", first));
    command.addAll(List.of(more));
    Path output = Files.createTempFile(temporary, "java", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "java does not end");
    } finally {
      process.destroyForcibly();
    }
    return new Finished(process.exitValue(), Files.readString(output, UTF_8));
  }
}
