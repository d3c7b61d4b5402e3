package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written by hand about terminals, against this machine's kernel headers. */
class TerminalHeadersTest {
  private static Map<String, Integer> written() {
    var values = new LinkedHashMap<String, Integer>();
    values.put("TIOCSPTLCK", PseudoTerminal.TIOCSPTLCK);
    values.put("TIOCGPTN", PseudoTerminal.TIOCGPTN);
    values.put("TCSETSF", Terminal.TCSETSF);
    values.put("TCOOFF", Terminal.TCOOFF);
    values.put("TCOON", Terminal.TCOON);
    values.put("sizeof(struct termios)", TerminalModes.SIZE);
    values.put("__builtin_offsetof(struct termios, c_iflag)", TerminalModes.INPUT);
    values.put("__builtin_offsetof(struct termios, c_oflag)", TerminalModes.OUTPUT);
    values.put("__builtin_offsetof(struct termios, c_cflag)", TerminalModes.CONTROL);
    values.put("__builtin_offsetof(struct termios, c_lflag)", TerminalModes.LOCAL);
    values.put("__builtin_offsetof(struct termios, c_cc)", TerminalModes.CHARACTERS);
    values.put("IGNBRK", TerminalModes.IGNBRK);
    values.put("BRKINT", TerminalModes.BRKINT);
    values.put("PARMRK", TerminalModes.PARMRK);
    values.put("ISTRIP", TerminalModes.ISTRIP);
    values.put("INLCR", TerminalModes.INLCR);
    values.put("IGNCR", TerminalModes.IGNCR);
    values.put("ICRNL", TerminalModes.ICRNL);
    values.put("IXON", TerminalModes.IXON);
    values.put("OPOST", TerminalModes.OPOST);
    values.put("CSIZE", TerminalModes.CSIZE);
    values.put("CS8", TerminalModes.CS8);
    values.put("PARENB", TerminalModes.PARENB);
    values.put("ISIG", TerminalModes.ISIG);
    values.put("ICANON", TerminalModes.ICANON);
    values.put("ECHO", TerminalModes.ECHO);
    values.put("ECHONL", TerminalModes.ECHONL);
    values.put("IEXTEN", TerminalModes.IEXTEN);
    values.put("VEOF", TerminalModes.VEOF);
    values.put("VTIME", TerminalModes.VTIME);
    values.put("VMIN", TerminalModes.VMIN);
    // struct winsize: rows and columns come first
    values.put("sizeof(struct winsize)", 8);
    values.put("__builtin_offsetof(struct winsize, ws_row)", 0);
    values.put("__builtin_offsetof(struct winsize, ws_col)", 2);
    return values;
  }

  @Test
  void valuesAreTheSystems(@TempDir Path folder) throws Exception {
    Map<String, Integer> written = written();
    var source = new StringBuilder("#include <asm/termbits.h>\n#include <asm/ioctls.h>\n");
    // Also has struct winsize, but no second struct termios.
    source.append("#include <asm/termios.h>\n#include <stdio.h>\nint main(void) {\n");
    for (String expression : written.keySet()) {
      source.append("printf(\"%d\\n\", (int) (").append(expression).append("));\n");
    }
    Files.writeString(folder.resolve("probe.c"), source.append("return 0; }\n"));
    String compiler = run(folder, List.of("sh", "-c", "command -v gcc || command -v cc || true"));
    assumeTrue(!compiler.isBlank(), "neither gcc nor cc works here");

    run(folder, List.of(compiler.strip(), "-w", "-o", "probe", "probe.c"));
    List<String> values = run(folder, List.of(folder.resolve("probe").toString())).lines().toList();

    var system = new LinkedHashMap<String, Integer>();
    for (String expression : written.keySet()) {
      system.put(expression, Integer.valueOf(values.get(system.size())));
    }
    assertEquals(system, written);
  }

  private static String run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int status = process.waitFor();
    String text = Files.readString(output);
    assumeTrue(
        status == 0 || !text.contains("No such file"), () -> "no kernel or C headers: " + text);
    assertEquals(0, status, text);
    assertFalse(process.isAlive());
    return text;
  }
}
