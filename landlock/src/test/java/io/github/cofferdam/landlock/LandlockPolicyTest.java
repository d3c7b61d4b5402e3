package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LandlockPolicyTest {
  private static final Path NOWHERE = Path.of("/no/such/path");

  @Test
  void buildingLooksAtNoFile() {
    LandlockPolicy policy = LandlockPolicy.builder().read(NOWHERE).build();

    assertEquals(EnumSet.allOf(FsRight.class), policy.handledFs());
    assertTrue(policy.toString().contains("grant READ_FILE|READ_DIR on /no/such/path"));
  }

  @Test
  void toBuilderMakesAnEqualPolicyThatIsNotShared() {
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .readWrite(NOWHERE)
            .handleNet(NetRight.CONNECT_TCP)
            .connectTcp(443)
            .scope(Scope.SIGNAL)
            .build();

    LandlockPolicy.Builder builder = policy.toBuilder();
    assertEquals(policy, builder.build());
    assertEquals(policy.hashCode(), builder.build().hashCode());
    assertNotEquals(policy, builder.read(Path.of("/usr")).connectTcp(80).build());
    assertEquals(1, policy.terms().ports().size());
    assertEquals(
        LandlockPolicy.signalScopeOnly(), LandlockPolicy.signalScopeOnly().toBuilder().build());
  }

  @Test
  void baselinePinsWhatIsHandled() {
    LandlockPolicy policy = LandlockPolicy.builder().baseline(Abi.V2).build();

    assertEquals(0x3fff, Names.bits(policy.handledFs()));
    assertFalse(policy.filesUnrestricted());
    assertTrue(LandlockPolicy.signalScopeOnly().filesUnrestricted());
  }

  @Test
  void grantsOfWhatIsNotHandledAreErrors() {
    var net = LandlockPolicy.builder().connectTcp(443);
    var raw = LandlockPolicy.builder().baseline(Abi.V1).grant(Set.of(FsRight.REFER), NOWHERE);

    assertTrue(
        assertThrows(IllegalArgumentException.class, net::build)
            .toString()
            .contains("CONNECT_TCP is granted on port 443 and not handled"));
    assertThrows(IllegalArgumentException.class, raw::build);
  }

  @Test
  void nonsenseIsRefused() {
    var builder = LandlockPolicy.builder();

    assertThrows(IllegalArgumentException.class, () -> builder.bindTcp(65536));
    assertThrows(IllegalArgumentException.class, () -> builder.bindTcp(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.baseline(Abi.V0));
    assertThrows(IllegalArgumentException.class, () -> builder.grant(Set.of(), NOWHERE));
    assertThrows(
        IllegalArgumentException.class, () -> LandlockPolicy.builder().filesUnrestricted().build());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            LandlockPolicy.builder().filesUnrestricted().read(NOWHERE).scope(Scope.SIGNAL).build());
  }
}
