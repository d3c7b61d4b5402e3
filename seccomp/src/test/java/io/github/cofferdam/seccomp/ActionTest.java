package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Errno;
import java.util.Comparator;
import java.util.List;
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
    assertEquals(Action.trace(7), Action.of(0x7ff00007));
    assertEquals(Action.userNotification(), Action.of(0x7fc00000));
  }

  /** As kernel/seccomp.c treats what no careful program returns. */
  @Test
  void valuesOfCarelessProgramsAreReadAsTheKernelDoes() {
    assertEquals(Action.killProcess(), Action.of(0x12345678));
    assertEquals(Action.Plain.SKIP, Action.of(0x00050000));
    assertEquals(Action.errno(4095), Action.of(0x0005ffff));
    assertEquals(Action.allow(), Action.of(0x7fff1234));
  }

  @Test
  void theStrictestActionHasTheLowestPrecedence() {
    List<Action> strictestFirst =
        List.of(
            Action.killProcess(),
            Action.killThread(),
            Action.trap(),
            Action.errno(Errno.EPERM),
            Action.userNotification(),
            Action.trace(0),
            Action.log(),
            Action.allow());
    assertEquals(
        strictestFirst,
        strictestFirst.reversed().stream()
            .sorted(Comparator.comparingInt(Action::precedence))
            .toList());
  }

  @Test
  void whatCannotBeAnsweredCannotBeSaid() {
    assertThrows(IllegalArgumentException.class, () -> Action.errno(Errno.UNKNOWN));
    assertThrows(IllegalArgumentException.class, () -> Action.errno(0));
    assertThrows(IllegalArgumentException.class, () -> Action.errno(4096));
    assertThrows(IllegalArgumentException.class, () -> Action.trace(0x10000));
    assertThrows(IllegalArgumentException.class, () -> Action.trace(-1));
  }
}
