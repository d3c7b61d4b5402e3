package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CallersJavaOptionsTest {
  @Test
  void whatTheScriptHasRenamedHasItsNameAgain() {
    assertEquals(
        Map.of("JAVA_TOOL_OPTIONS", "-Da=b", "_JAVA_OPTIONS", "", "OTHER", "x"),
        CallersJavaOptions.restored(
            Map.of(
                "COFFERDAM_CALLERS_JAVA_TOOL_OPTIONS",
                "-Da=b",
                "COFFERDAM_CALLERS__JAVA_OPTIONS",
                "",
                "OTHER",
                "x")));
  }
}
