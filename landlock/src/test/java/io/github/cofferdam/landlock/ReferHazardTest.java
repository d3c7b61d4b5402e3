package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every layer denies renaming across directories unless it grants it, whatever it is about. */
@Tag("kernel")
class ReferHazardTest {
  @TempDir private Path temporary;
  private LandlockSupport support;
  private SetupProgram rename;

  @BeforeEach
  void makeFiles() throws Exception {
    support = LandlockSupport.probe();
    assumeTrue(support.has(NetRight.BIND_TCP), support::toString);
    Path root = temporary.toRealPath();
    Files.writeString(root.resolve("file"), "text");
    Files.createDirectory(root.resolve("sub"));
    rename = RawCalls.rename(root.resolve("file"), root.resolve("sub/file"));
  }

  private Optional<Errno> attempt(SetupProgram program) throws Exception {
    return FsRightsTest.attempt(
        NoNewPrivileges.program().then(program), rename, Path.of("/usr/bin/true"));
  }

  private LandlockPolicy portsOnly() {
    return LandlockPolicy.builder().filesUnrestricted().handleNet(NetRight.BIND_TCP).build();
  }

  /** A ruleset about ports alone, as it is if nobody thinks of it. */
  private SetupProgram carelessPortsOnly() {
    var steps = new RulesetSteps();
    steps.create(new Effective(portsOnly().terms(), support));
    return steps.enter(EnumSet.noneOf(RestrictFlag.class));
  }

  private LandlockLayer allFiles() throws Exception {
    var all = support.abi().fsRights();
    return LandlockPolicy.builder()
        .baseline(support.abi())
        .grant(all, Path.of("/"))
        .build()
        .on(support);
  }

  /** It begins to matter when another layer is about files. */
  @Test
  void aCarelessRulesetAboutPortsDeniesWhatTheLayerAboutFilesGrants() throws Exception {
    assertEquals(Optional.of(Errno.EXDEV), attempt(carelessPortsOnly().then(allFiles().program())));
    assertEquals(
        Optional.empty(), attempt(portsOnly().on(support).program().then(allFiles().program())));
  }

  @Test
  void aPolicyAboutPortsAloneDoesNot() throws Exception {
    LandlockLayer layer = portsOnly().on(support);

    assertEquals(Optional.empty(), attempt(layer.program()));
    assertEquals(true, layer.explain(temporary.resolve("file"), FsRight.REFER).allowed());
  }

  /** Both of two layers have to grant it. */
  @Test
  void oneLayerThatDoesNotGrantItIsEnough() throws Exception {
    var without = EnumSet.copyOf(support.abi().fsRights());
    without.remove(FsRight.REFER);
    LandlockPolicy strict =
        LandlockPolicy.builder().handle(without).grant(without, Path.of("/")).build();
    LandlockLayers layers = portsOnly().and(strict).on(support);

    assertEquals(Optional.of(Errno.EXDEV), attempt(layers.program()));
    assertEquals(false, layers.explain(temporary.resolve("file"), FsRight.REFER).allowed());
  }
}
