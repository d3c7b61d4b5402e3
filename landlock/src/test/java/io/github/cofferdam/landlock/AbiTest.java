package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AbiTest {
  /** The masks of security/landlock/limits.h at each version. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0",
    "1, 1fff, 0, 0",
    "2, 3fff, 0, 0",
    "3, 7fff, 0, 0",
    "4, 7fff, 3, 0",
    "5, ffff, 3, 0",
    "6, ffff, 3, 3",
    "7, ffff, 3, 3",
    "8, ffff, 3, 3",
    "9, 1ffff, 3, 3",
    "10, 1ffff, f, 3",
    "11, 1ffff, f, 3",
    "99, 1ffff, f, 3"
  })
  void eachVersionHasItsBits(int version, String fs, String net, String scopes) {
    Abi abi = Abi.of(version);
    assertEquals(Long.parseLong(fs, 16), Names.bits(abi.fsRights()));
    assertEquals(Long.parseLong(net, 16), Names.bits(abi.netRights()));
    assertEquals(Long.parseLong(scopes, 16), Names.bits(abi.scopes()));
  }

  @Test
  void theReleaseOfEachKnownVersionIsKnown() {
    assertEquals("5.13", Abi.V1.linux());
    assertEquals("7.3", Abi.V11.linux());
    assertThrows(IllegalStateException.class, Abi.V0::linux);
    assertThrows(IllegalStateException.class, Abi.of(99)::linux);
  }

  @Test
  void fileRightsAreThoseOfTheKernelsAccessFile() {
    assertEquals(0x1C007, Names.bits(FsRight.fileRights()));
  }

  @Test
  void versionsCompare() {
    assertTrue(Abi.V7.compareTo(Abi.V10) < 0);
    assertEquals(Abi.V4, Abi.of(4));
    assertTrue(Abi.V4.has(NetRight.BIND_TCP));
    assertFalse(Abi.V5.has(Scope.SIGNAL));
    assertThrows(IllegalArgumentException.class, () -> Abi.of(-1));
  }
}
