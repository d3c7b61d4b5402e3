package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot work in this virtual machine says so each time, as an exception that is caught. */
class RefusedNativeAccessTest {
  @TempDir private Path temporary;

  private List<String> with(List<String> options, String... arguments) throws Exception {
    ProcessBuilder builder =
        ChildMachine.builder(RefusedNativeAccessMain.class, temporary, arguments);
    var command = new ArrayList<>(builder.command());
    command.removeIf(word -> word.startsWith("--enable-native-access"));
    command.addAll(1, options);
    Process process = builder.command(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }

  @Test
  void withoutPermissionForNativeAccess() throws Exception {
    List<String> said = with(List.of("--illegal-native-access=deny"), "all");
    assertEquals(12, said.size(), said::toString);
    for (String line : said) {
      assertTrue(
          line.contains(
              ": io.github.cofferdam.bindings.NativeAccessException: Cofferdam calls the Linux"
                  + " kernel through java.lang.foreign, and this virtual machine forbids it. Start"
                  + " it with --enable-native-access="),
          line);
    }
  }

  @Test
  void onAnotherArchitecture() throws Exception {
    List<String> said = with(List.of("-Dos.arch=riscv64", "--enable-native-access=ALL-UNNAMED"));
    assertEquals(8, said.size(), said::toString);
    for (String line : said) {
      assertTrue(
          line.endsWith(
              ": io.github.cofferdam.bindings.UnsupportedPlatformException: Cofferdam runs on Linux"
                  + " for x86_64 and aarch64; this is riscv64."),
          line);
    }
  }
}
