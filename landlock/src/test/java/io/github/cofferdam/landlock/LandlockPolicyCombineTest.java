package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Levels, quiet rules, and what becomes of two policies. */
class LandlockPolicyCombineTest {
  private static final Path USR = Path.of("/usr");
  private static final Path ETC = Path.of("/etc");

  @Test
  void everythingHasALevel() {
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .require(FsRight.TRUNCATE, Scope.SIGNAL)
            .prefer(NetRight.BIND_TCP, RestrictFlag.LOG_NEW_EXEC_ON)
            .off(FsRight.IOCTL_DEV)
            .build();

    assertEquals(Level.REQUIRED, policy.level(FsRight.TRUNCATE));
    assertEquals(Level.PREFERRED, policy.level(FsRight.READ_FILE));
    assertEquals(Level.OFF, policy.level(FsRight.IOCTL_DEV));
    assertEquals(Level.REQUIRED, policy.level(Scope.SIGNAL));
    assertEquals(Level.PREFERRED, policy.level(NetRight.BIND_TCP));
    assertEquals(Level.OFF, policy.level(NetRight.CONNECT_TCP));
    assertEquals(Level.PREFERRED, policy.level(RestrictFlag.LOG_NEW_EXEC_ON));
    assertEquals(Level.OFF, policy.level(RuleFlag.QUIET));
    assertEquals(policy, policy.toBuilder().build());
    assertNotEquals(policy, policy.toBuilder().prefer(Scope.SIGNAL).build());
    assertEquals(Level.OFF, policy.toBuilder().off(Scope.SIGNAL).build().level(Scope.SIGNAL));
  }

  @Test
  void whatIsRequiredMustBeUsed() {
    var builder =
        LandlockPolicy.builder().require(FsRight.TRUNCATE).handle(Set.of(FsRight.READ_FILE));

    assertThrows(IllegalArgumentException.class, builder::build);
    assertThrows(
        IllegalArgumentException.class, () -> LandlockPolicy.builder().require(RestrictFlag.TSYNC));
    assertThrows(
        IllegalArgumentException.class,
        () -> LandlockPolicy.builder().require(RuleFlag.QUIET).build());
  }

  @Test
  void onlyWhatIsHandledIsQuiet() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LandlockPolicy.builder().quiet(NetRight.BIND_TCP).build());
    assertThrows(
        IllegalArgumentException.class, () -> LandlockPolicy.builder().quietBeneath(USR).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> LandlockPolicy.builder().quiet(FsRight.READ_FILE).quietPort(1).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> LandlockPolicy.builder().quiet(RestrictFlag.NO_NEW_PRIVS));
    LandlockPolicy policy =
        LandlockPolicy.builder().quiet(FsRight.READ_FILE).quietBeneath(USR).build();
    assertEquals(Level.PREFERRED, policy.level(RuleFlag.QUIET));
    assertTrue(policy.toString().contains("quiet on /usr"));
    assertEquals(Level.REQUIRED, policy.toBuilder().requireAll().build().level(RuleFlag.QUIET));
  }

  @Test
  void mergingIsOneLayerThatGrantsWhatEitherGrants() throws Exception {
    LandlockPolicy one =
        LandlockPolicy.builder().baseline(Abi.V1).read(USR).require(FsRight.READ_FILE).build();
    LandlockPolicy other =
        LandlockPolicy.builder()
            .handle(Set.of(FsRight.TRUNCATE, FsRight.EXECUTE))
            .readExecute(USR)
            .read(ETC)
            .handleNet(NetRight.CONNECT_TCP)
            .connectTcp(443)
            .build();

    LandlockPolicy both = one.merge(other);

    var handled = EnumSet.copyOf(Abi.V1.fsRights());
    handled.add(FsRight.TRUNCATE);
    assertEquals(handled, both.handledFs());
    assertEquals(Level.REQUIRED, both.level(FsRight.READ_FILE));
    var kernel = new FakeKernel(Abi.V7);
    both.on(Abi.V7).program().run(kernel);
    assertEquals(1, kernel.calls("landlock_restrict_self").size());
    assertEquals(
        List.of(0xdL, 0xcL, NetRight.CONNECT_TCP.bit()),
        kernel.calls("landlock_add_rule").stream().map(call -> call.int64(2, 0)).toList());
    assertEquals(both.handledFs(), other.merge(one).handledFs());
  }

  @Test
  void andIsTwoLayers() throws Exception {
    LandlockPolicy one = LandlockPolicy.builder().baseline(Abi.V7).read(USR).read(ETC).build();
    LandlockPolicy other = LandlockPolicy.builder().read(USR).build();
    var kernel = new FakeKernel(Abi.V7);

    LandlockLayers layers = one.and(other).on(LandlockSupport.of(Abi.V7));
    SetupProgram program = layers.program();
    program.run(kernel);

    assertEquals(2, kernel.calls("landlock_restrict_self").size());
    assertTrue(layers.explain(USR, FsRight.READ_DIR).allowed());
    Explanation denied = layers.explain(ETC, FsRight.READ_DIR);
    assertTrue(!denied.allowed() && denied.reason().contains("nothing grants READ_DIR on /etc"));
    assertEquals(LandlockLayer.Status.PARTIAL, layers.status());
    assertEquals(List.of(FsRight.RESOLVE_UNIX), layers.gaps().stream().map(Gap::feature).toList());
  }

  @Test
  void explanationsNameTheGrant() throws Exception {
    LandlockLayer layer =
        LandlockPolicy.builder().baseline(Abi.V1).readExecute(USR).build().on(Abi.V7);

    Explanation explanation = layer.explain(Path.of("/usr/bin/../bin/env"), FsRight.EXECUTE);
    assertEquals(USR, explanation.grant().orElseThrow().path());
    assertEquals("EXECUTE is granted by EXECUTE|READ_FILE|READ_DIR on /usr", explanation.reason());
    assertEquals("TRUNCATE is not restricted", layer.explain(ETC, FsRight.TRUNCATE).reason());
    assertTrue(!layer.explain(USR.resolve("new"), FsRight.REFER).allowed());
  }
}
