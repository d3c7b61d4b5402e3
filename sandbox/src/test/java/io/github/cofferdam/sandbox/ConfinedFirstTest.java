package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads that look after all commands do not inherit the walls of the one that needed them first.
 */
@Tag("kernel")
class ConfinedFirstTest {
  @ParameterizedTest
  @ValueSource(strings = {"helper", "layer", "filter"})
  void ownThreadsStayFree(String how, @TempDir Path temporary) throws Exception {
    Sandboxed.assumeLandlockSuffices(Policy.builder().build());
    Process machine =
        ChildMachine.builder(
                ConfinedFirstMain.class,
                temporary,
                how,
                Files.createDirectory(temporary.resolve("inside")).toRealPath().toString(),
                Files.createDirectory(temporary.resolve("outside")).toRealPath().toString())
            .redirectErrorStream(true)
            .start();
    var text = new String(machine.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals(0, machine.waitFor(), text);
    assertEquals("Exited[code=0]\nExited[code=0]\nleft: []\nconfined: []\n", text);
  }

  /**
   * What a thread was refused is not what this host has: the runs of others are as in a machine
   * where nobody had asked before.
   */
  @ParameterizedTest
  @CsvSource({
    "BASIC,layer",
    "BASIC,options",
    "BASIC,prctl",
    "BASIC,open_tree",
    "NAMESPACE,layer",
    "NAMESPACE,options",
    "NAMESPACE,prctl",
    "NAMESPACE,faccessat",
    "NAMESPACE,mount_setattr"
  })
  void whatWasRefusedToOneThreadIsAskedAgain(
      Isolation isolation, String how, @TempDir Path temporary) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Sandboxed.assumeLandlockSuffices(Policy.builder().build());
    Path workspace = Files.createDirectory(temporary.resolve("work"));
    Files.createDirectory(workspace.resolve("patch"));

    String free = asked(isolation, temporary, workspace, "none");
    String first = asked(isolation, temporary, workspace, how);

    assertEquals(free, first);
    // The option's directory is found, so something was compared.
    boolean refused = first.contains("virtual_machine: this virtual machine runs from ");
    assertEquals(isolation == Isolation.BASIC, refused, first);
    // A user without namespaces of his own has no bounding set to change, and is not said to.
    assertEquals(
        first.contains("user id 0 gives none"),
        first.contains("CapBnd:\t0000000000000000\n"),
        first);
    assertFalse(first.contains("changed"), first);
  }

  private static String asked(Isolation isolation, Path temporary, Path workspace, String how)
      throws Exception {
    ProcessBuilder builder =
        ChildMachine.builder(
            AskedConfinedMain.class,
            Files.createDirectories(temporary.resolve("tmp")),
            isolation.name(),
            workspace.toRealPath().toString(),
            Files.createDirectories(temporary.resolve("other")).toRealPath().toString(),
            how);
    var command = new ArrayList<>(builder.command());
    Path options =
        Files.writeString(
            temporary.resolve("options"),
            "--patch-module java.logging=" + workspace.resolve("patch") + "\n");
    command.addAll(1, List.of("-Duser.home=" + temporary, "@" + options));
    Process machine = builder.command(command).redirectErrorStream(true).start();
    var text = new String(machine.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, machine.waitFor(), text);
    return text;
  }
}
