package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ProcessStatusTest {
  @Test
  void saysOfThisProcess() throws IOException {
    long pid = ProcessHandle.current().pid();
    assertEquals(Optional.of(pid), ProcessStatus.of(pid).number("Tgid"));
    assertEquals(Optional.empty(), ProcessStatus.of(pid).field("NoSuchLine"));
  }

  /** The kernel escapes \n and \\ in a name (fs/proc/array.c, proc_task_name), and nothing else. */
  @Test
  void aNameIsNoOtherLine() throws IOException {
    ProcessStatus status =
        ProcessStatus.parse(
            "Name:\tx\rTgid:\t1\u0085Tgid:\t2\nTgid:\t4711\nSigPnd:\t0000000000000004\n");
    assertEquals(Optional.of(4711L), status.number("Tgid"));
    assertEquals(Optional.of("0000000000000004"), status.field("SigPnd"));
    assertThrows(IOException.class, () -> status.number("Name"));
  }

  @Test
  void whoIsGoneIsNotThere() {
    assertThrows(IOException.class, () -> ProcessStatus.of(Integer.MAX_VALUE));
  }
}
