package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LandlockSupportTest {
  @Test
  void asksForTheVersion() {
    var kernel = new FakeKernel(Abi.V5);

    assertEquals(LandlockSupport.of(Abi.V5), LandlockSupport.probe(kernel));
    assertEquals(
        "landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)",
        kernel.calls.getFirst().text());
    assertEquals(1, kernel.calls.getFirst().args().get(2));
  }

  @ParameterizedTest
  @CsvSource({"ENOSYS, older than 5.13", "EOPNOTSUPP, lsm=", "EPERM, seccomp filter"})
  void tellsWhyThereIsNone(Errno errno, String words) {
    LandlockSupport support = LandlockSupport.probe((step, args) -> -errno.number());

    assertEquals(Abi.V0, support.abi());
    assertEquals(Optional.of(errno), support.refusal());
    assertTrue(support.toString().contains(words), support::toString);
  }

  /** RHEL 9.7 says 6 and answers EINVAL to the bits of 5 and 6. */
  private static final Set<Feature> REFUSED_BY_RHEL =
      Set.of(FsRight.IOCTL_DEV, Scope.ABSTRACT_UNIX_SOCKET, Scope.SIGNAL);

  @Test
  void aVersionThatIsNotTrueIsSeenThrough() throws Exception {
    var kernel = new FakeKernel(Abi.V6, REFUSED_BY_RHEL, 0);

    LandlockSupport support = LandlockSupport.probe(kernel);

    assertEquals(REFUSED_BY_RHEL, support.missing());
    assertEquals(
        "Landlock ABI 6, but it refuses IOCTL_DEV|ABSTRACT_UNIX_SOCKET|SIGNAL", support.toString());
    LandlockLayer layer =
        LandlockPolicy.builder().baseline(Abi.V6).scope(Scope.SIGNAL).build().on(support);
    assertEquals(
        List.of(FsRight.IOCTL_DEV, Scope.SIGNAL), layer.gaps().stream().map(Gap::feature).toList());
    assertTrue(layer.gaps().stream().allMatch(Gap::refused));
    assertTrue(layer.gaps().getFirst().toString().endsWith("and refuses it all the same"));
    assertEquals(LandlockLayer.Status.PARTIAL, layer.status());
    // What is left is accepted.
    layer.program().run(kernel);
  }

  @Test
  void whatIsTriedIsClosedAgain() {
    var kernel = new FakeKernel(Abi.V11, Set.of(FsRight.REFER), 0);

    LandlockSupport.probe(kernel);

    long opened =
        kernel.calls("landlock_create_ruleset").stream()
            .filter(call -> call.args().get(0) != 0)
            .count();
    // The first with everything, and that of REFER alone, are refused.
    assertEquals(opened - 2, kernel.calls("close").size());
    assertTrue(
        kernel.calls("landlock_restrict_self").stream()
            .allMatch(call -> call.args().getFirst() == -2));
  }

  @Test
  void flagsAndQuietRulesAreTriedToo() {
    Set<Feature> missing = Set.of(RuleFlag.QUIET, RestrictFlag.TSYNC);

    assertEquals(missing, LandlockSupport.probe(new FakeKernel(Abi.V11, missing, 0)).missing());
    assertEquals(Set.of(), LandlockSupport.probe(new FakeKernel(Abi.V11, Set.of(), 0)).missing());
  }

  @Test
  void errataAreNamed() {
    var support = LandlockSupport.probe(new FakeKernel(Abi.V7, Set.of(), 0b10000101));

    assertEquals(
        Set.of(Erratum.TCP_SOCKET_IDENTIFICATION, Erratum.DISCONNECTED_DIRECTORIES),
        support.fixed());
    assertEquals(Set.of(), LandlockSupport.probe(new FakeKernel(Abi.V6)).fixed());
  }

  @Test
  @Tag("kernel")
  void thisMachinesKernelIsAskedWithoutHarm() {
    LandlockSupport support = LandlockSupport.probe();

    assertEquals(Abi.current(), support.abi());
    assertEquals(support, LandlockSupport.probe());
    assumeTrue(support.missing().isEmpty(), support::toString);
    assertEquals(LandlockSupport.of(support.abi()).abi(), support.abi());
  }
}
