package io.github.cofferdam.sandbox;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** The same in sandboxes that were used before, whose runs have namespaces in common. */
@Tag("kernel")
class AgainDenyTest extends DenyTest {
  @BeforeEach
  void haveBeenUsed() {
    Sandboxed.usedBefore(true);
  }

  @AfterEach
  void forget() {
    Sandboxed.usedBefore(false);
  }
}
