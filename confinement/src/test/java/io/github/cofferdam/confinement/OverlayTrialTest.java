package io.github.cofferdam.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.rlimit.Limit;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said on hosts that mount no overlays. */
class OverlayTrialTest {
  /** As a run makes them. */
  private static List<Step> steps() {
    return RootFilesystem.empty()
        .bind(BindMount.overlay(Path.of("/cache"), Path.of("/cache")))
        .build()
        .program()
        .steps();
  }

  @ParameterizedTest
  @CsvSource({
    "ENODEV, this kernel has no overlayfs",
    "EPERM, before Linux 5.11",
    "EINVAL, because of its file system",
    "EACCES, mounting it failed"
  })
  void theMountThatFailsIsARefusal(Errno errno, String words) {
    int refusals = 0;
    for (Step step : steps()) {
      Optional<Refusal> refusal = OverlayTrial.refusal(new SetupException(step, errno));
      if (refusal.isPresent()) {
        String text = String.valueOf(refusal.get().getMessage());
        assertTrue(text.startsWith("filesystem.overlay needs overlayfs"), text);
        assertTrue(text.contains(words), text);
        assertTrue(text.contains("/cache"), text);
        refusals++;
      }
    }
    assertEquals(1, refusals);
  }

  /** As every other step that fails for want of something: the next run may have it. */
  @Test
  void whatThereIsTooLittleOfForNowIsNoRefusal() {
    for (Step step : steps()) {
      for (Errno errno : List.of(Errno.ENOMEM, Errno.ENOSPC)) {
        assertEquals(
            Optional.empty(),
            OverlayTrial.refusal(new SetupException(step, errno)),
            step::toString);
      }
    }
  }

  private static Host host(Optional<NamespaceObstacle> obstacle) {
    return new Host(
        Arch.X86_64,
        Abi.of(7),
        false,
        Host.Tracing.BY_USER,
        new CrashHandling(Limit.unlimited(), false, CrashHandling.Receiver.FILE, false),
        Optional.empty(),
        obstacle);
  }

  @Test
  void withoutNamespacesAutoIsRefused() throws Refusal {
    Policy policy = Policy.builder().overlay("/var/tmp").build();
    Optional<NamespaceObstacle> obstacle = Optional.of(new NamespaceObstacle("none", "some"));

    var e = assertThrows(Refusal.class, () -> host(obstacle).decide(policy));

    String text = String.valueOf(e.getMessage());
    assertTrue(text.startsWith("filesystem.overlay needs namespaces"), text);
    assertEquals(Isolation.NAMESPACE, host(Optional.empty()).decide(policy).isolation());
    Policy off = policy.toBuilder().enforcement(Protection.NAMESPACES, Requirement.OFF).build();
    assertFalse(OwnRoot.isMadeFor(host(Optional.empty()).decide(off)));
  }
}
