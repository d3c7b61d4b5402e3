package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who made a call, whatever it calls itself. */
@Tag("kernel")
class ProgramTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final int PR_SET_NAME = 15;

  private static final String SCRIPT =
      """
      import ctypes, sys
      ctypes.CDLL(None).prctl(%d, b'x\\rTgid:\\t1', 0, 0, 0)
      print('there', flush=True)
      sys.stdin.read()
      """
          .formatted(PR_SET_NAME);

  @Test
  void aNameIsNoNumber() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
    Process process = new ProcessBuilder(PYTHON, "-Ic", SCRIPT).start();
    try (BufferedReader output = process.inputReader()) {
      assertEquals("there", output.readLine());
      Program program = Program.of(Math.toIntExact(process.pid()));
      assertEquals(process.pid(), program.pid());
      assertEquals(Path.of(PYTHON).toRealPath().toString(), program.file());
    } finally {
      process.outputWriter().close();
      process.waitFor();
    }
  }
}
