package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ErrnoTest {

  @Test
  void numbersAreThoseOfTheGeneratedConstants() throws Exception {
    int compared = 0;
    List<String> wrong = new ArrayList<>();
    for (Errno errno : Errno.values()) {
      try {
        var constant = (int) Uapi.class.getMethod(errno.name()).invoke(null);
        compared++;
        if (constant != errno.number()) {
          wrong.add(errno + " is " + errno.number() + ", generated " + constant);
        }
      } catch (NoSuchMethodException e) {
        // Not among the generated symbols.
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(compared >= 20, "only " + compared + " error numbers compared");
  }

  @Test
  void everyNumberHasItsOwnError() {
    for (Errno errno : Errno.values()) {
      if (errno != Errno.UNKNOWN) {
        assertEquals(errno, Errno.of(errno.number()));
      }
    }
    assertEquals(133, Errno.values().length - 1 + 2, "1 to 133 without 41 and 58");
  }

  @Test
  void numbersOutsideTheTableAreUnknown() {
    for (int number : new int[] {Integer.MIN_VALUE, -1, 0, 41, 58, 134, 4095, Integer.MAX_VALUE}) {
      assertEquals(Errno.UNKNOWN, Errno.of(number), () -> "number " + number);
    }
  }

  @Test
  void resultsAreErrorsInTheKernelsRangeOnly() {
    assertEquals(Optional.empty(), Errno.ofResult(0));
    assertEquals(Optional.empty(), Errno.ofResult(1));
    assertEquals(Optional.empty(), Errno.ofResult(-4096));
    assertEquals(Optional.empty(), Errno.ofResult(Long.MIN_VALUE));
    assertEquals(Optional.of(Errno.EPERM), Errno.ofResult(-1));
    assertEquals(Optional.of(Errno.UNKNOWN), Errno.ofResult(-4095));
    assertTrue(Syscall.isError(-4095));
    assertFalse(Syscall.isError(-4096));
  }

  @Test
  void textsAreThoseOfTheCLibrary() throws Exception {
    var strerror = new CLibraryTexts();
    for (Errno errno : Errno.values()) {
      if (errno != Errno.UNKNOWN) {
        assertEquals(strerror.text(errno.number()), errno.text(), errno::name);
      }
    }
  }

  @Test
  void exceptionsSayWhatFailedAndWhy() {
    var e =
        assertThrows(
            KernelException.class,
            () -> Syscall.check(-Errno.EACCES.number(), "openat", "open /etc/shadow"));
    assertEquals("cannot open /etc/shadow: openat: Permission denied (EACCES)", e.getMessage());
    assertEquals("openat", e.syscall());
    assertEquals(Errno.EACCES, e.errno());
    assertEquals("open /etc/shadow", e.doing());
  }

  /** What strerror_r(3), the variant of POSIX, writes. */
  private static final class CLibraryTexts {
    private final Libc function = Libc.function("__xpg_strerror_r");

    String text(int number) {
      try (var arena = java.lang.foreign.Arena.ofConfined()) {
        var buffer = arena.allocate(256);
        assertEquals(0, function.call(number, buffer.address(), buffer.byteSize()));
        return buffer.getString(0);
      }
    }
  }
}
