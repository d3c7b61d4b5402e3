package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
}
