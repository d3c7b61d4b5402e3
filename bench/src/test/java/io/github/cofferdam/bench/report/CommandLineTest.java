package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CommandLineTest {
  @Test
  void itCouldBeTyped() {
    assertEquals("bwrap --ro-bind / /", CommandLine.of(List.of("bwrap", "--ro-bind", "/", "/")));
    assertEquals(
        "sh -c 'exec \"$0\"; it'\\''s' ''",
        CommandLine.of(List.of("sh", "-c", "exec \"$0\"; it's", "")));
    assertEquals("calls in words", CommandLine.of(List.of("calls in words")));
    assertEquals("", CommandLine.of(List.of()));
  }
}
