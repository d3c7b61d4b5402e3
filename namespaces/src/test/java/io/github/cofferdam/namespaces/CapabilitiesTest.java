package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {

  private static final String DROPPED_LAST =
      """
      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
      prctl(PR_SET_SECUREBITS, NOROOT|NO_SETUID_FIXUP|KEEP_CAPS_LOCKED|NO_CAP_AMBIENT_RAISE, all locked, 0, 0, 0)
      capset({_LINUX_CAPABILITY_VERSION_3, 0}, {effective=0, permitted=0, inheritable=0})
      """;

  @Test
  void droppingEmptiesTheBoundingSetAndThenAllOthers() {
    String program = Capabilities.dropAll(true).toString();

    assertTrue(program.startsWith("prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0)\n"), program);
    assertTrue(program.endsWith(DROPPED_LAST), program);
    assertEquals(
        program.lines().count() - 3,
        program.lines().filter(line -> line.contains("PR_CAPBSET_DROP")).count());
    assertEquals(program, Capabilities.keep(Set.of()).toString());
  }

  @Test
  void whatIsKeptIsRaisedBeforeThatIsForbidden() {
    String program =
        Capabilities.keep(EnumSet.of(Capability.NET_RAW, Capability.CHECKPOINT_RESTORE)).toString();

    assertFalse(program.contains("PR_CAPBSET_DROP, CAP_NET_RAW"), program);
    assertTrue(program.contains("PR_CAPBSET_DROP, CAP_NET_ADMIN"), program);
    // 13 and 40, and 8 for CAP_SETPCAP as long as it is needed
    assertTrue(
        program.endsWith(
            """
            capset({_LINUX_CAPABILITY_VERSION_3, 0}, {effective=0x10000002100, permitted=0x10000002100, inheritable=0x10000002000})
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0)
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHECKPOINT_RESTORE, 0, 0)
            prctl(PR_SET_SECUREBITS, NOROOT|NO_SETUID_FIXUP|KEEP_CAPS_LOCKED|NO_CAP_AMBIENT_RAISE, all locked, 0, 0, 0)
            capset({_LINUX_CAPABILITY_VERSION_3, 0}, {effective=0x10000002000, permitted=0x10000002000, inheritable=0x10000002000})
            """),
        program);
    // struct __user_cap_data_struct[2]: effective, permitted, inheritable, lower half first
    byte[] data =
        ((Memory)
                Capabilities.keep(EnumSet.of(Capability.NET_RAW, Capability.CHECKPOINT_RESTORE))
                    .steps()
                    .getLast()
                    .args()
                    .get(1))
            .bytes();
    assertArrayEquals(
        new byte[] {
          0, 0x20, 0, 0, 0, 0x20, 0, 0, 0, 0x20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0
        },
        data);
  }

  @Test
  void everyCapabilityHasItsNumberAndName() {
    Capability[] all = Capability.values();
    // linux/capability.h: CAP_LAST_CAP
    assertEquals(41, all.length);
    for (int number = 0; number < all.length; number++) {
      assertEquals(number, all[number].number());
      assertEquals(all[number], Capability.of(all[number].key()));
      assertEquals(all[number], Capability.of("CAP_" + all[number]));
    }
    assertThrows(IllegalArgumentException.class, () -> Capability.of("net"));
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
    Step bits = program.steps().get(program.steps().size() - 2);
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
