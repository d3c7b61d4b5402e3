package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {

  @Test
  void droppingTakesThePrivilegesFromUserIdZeroFirst() {
    assertEquals(
        """
        prctl(PR_SET_SECUREBITS, NOROOT|NO_SETUID_FIXUP|KEEP_CAPS_LOCKED|NO_CAP_AMBIENT_RAISE, all locked, 0, 0, 0)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        capset({_LINUX_CAPABILITY_VERSION_3, 0}, {effective=0, permitted=0, inheritable=0})
        """,
        Capabilities.dropAll(true).toString());
  }

  @Test
  void withoutPrivilegeTheSecureBitsStay() {
    assertEquals(
        """
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        capset({_LINUX_CAPABILITY_VERSION_3, 0}, {effective=0, permitted=0, inheritable=0})
        """,
        Capabilities.dropAll(false).toString());
  }

  @Test
  void theNumbersAreThoseOfTheKernel() {
    SetupProgram program = Capabilities.dropAll(true);
    Step bits = program.steps().getFirst();
    // linux/securebits.h: NOROOT 0, NO_SETUID_FIXUP 2, KEEP_CAPS 4 (only its lock),
    // NO_CAP_AMBIENT_RAISE 6; locks above
    assertEquals(28, ((Arg.Value) bits.args().getFirst()).value());
    assertEquals(0b1110_1111, ((Arg.Value) bits.args().get(1)).value());
    Step capset = program.steps().getLast();
    // linux/capability.h: version 3 is 0x20080522, little-endian here, then the calling thread
    assertArrayEquals(
        new byte[] {0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0},
        ((Memory) capset.args().getFirst()).bytes());
    assertArrayEquals(new byte[24], ((Memory) capset.args().get(1)).bytes());
  }

  @Test
  @Tag("kernel")
  void holdsSaysWhatTheKernelSays() throws IOException {
    long effective = 0;
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.toLowerCase(Locale.ROOT).startsWith("capeff:")) {
        effective = Long.parseUnsignedLong(line.substring(line.indexOf('\t') + 1), 16);
      }
    }
    for (int capability = 0; capability < 41; capability++) {
      assertEquals((effective >> capability & 1) == 1, Capabilities.holds(capability));
    }
    assertFalse(Capabilities.holds(63));
  }
}
