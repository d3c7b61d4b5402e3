package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Execution from memory, tried. */
@Tag("kernel")
class MemoryExecutionTest {
  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
  }

  @Test
  void itIsRefusedOnlyWhereSomethingForbidsItAndNothingIsLeftBehind() throws Exception {
    Path file = Path.of("/proc/sys/vm/memfd_noexec");
    // The whole number is its first digit.
    String setting = Files.exists(file) ? Files.readString(file).strip() : "0";
    List<Long> before = children();
    assertEquals(setting.equals("2"), MemoryExecution.refusal().isPresent());
    assertEquals(before, children());
  }
}
