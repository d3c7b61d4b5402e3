package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LandlockSupportTest {
  @Test
  void asksForTheVersion() {
    var kernel = new FakeKernel(Abi.V5);

    assertEquals(new LandlockSupport(Abi.V5, Optional.empty()), LandlockSupport.probe(kernel));
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
}
