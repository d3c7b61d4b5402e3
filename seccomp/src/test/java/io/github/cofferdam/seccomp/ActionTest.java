package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Errno;
import org.junit.jupiter.api.Test;

final class ActionTest {
  @Test
  void valuesAreTheKernels() {
    assertEquals(0x7fff0000, Action.allow().returnValue());
    assertEquals(0x7ffc0000, Action.log().returnValue());
    assertEquals(0x00030000, Action.trap().returnValue());
    assertEquals(0x00000000, Action.killThread().returnValue());
    assertEquals(0x80000000, Action.killProcess().returnValue());
    assertEquals(0x00050026, Action.errno(Errno.ENOSYS).returnValue());
  }

  @Test
  void valuesCanBeRead() {
    for (Action action : Action.Plain.values()) {
      assertEquals(action, Action.of(action.returnValue()));
    }
    assertEquals(Action.errno(Errno.EACCES), Action.of(Action.errno(Errno.EACCES).returnValue()));
    assertThrows(IllegalArgumentException.class, () -> Action.of(0x12345678));
    assertThrows(IllegalArgumentException.class, () -> Action.of(0x00050000));
  }

  @Test
  void anUnknownErrorCannotBeAnswered() {
    assertThrows(IllegalArgumentException.class, () -> Action.errno(Errno.UNKNOWN));
  }
}
