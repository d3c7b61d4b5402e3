package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;
import org.junit.jupiter.api.Test;

/** Why a command could not be confined, in words. */
class SetupFailedExceptionTest {
  @Test
  void aFilterThatWasRefusedNamesWhoMostLikelyRefusedIt() {
    var failure = new SetupException(Step.of("seccomp", "install the filter"), Errno.ENOMEM);
    String reason = new SetupFailedException(failure).reason();
    assertTrue(reason.startsWith("cannot install the filter: seccomp: "), reason);
    assertTrue(reason.contains("; most likely the filters of this thread together"), reason);
  }

  @Test
  void otherStepsSpeakForThemselves() {
    var failure = new SetupException(Step.of("unshare", "create namespaces"), Errno.ENOSPC);
    assertEquals(failure.getMessage(), new SetupFailedException(failure).reason());
  }
}
