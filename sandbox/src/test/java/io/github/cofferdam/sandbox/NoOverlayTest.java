package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Enforcement;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies with overlays where the kernel mounts none for this user: Linux before 5.11. */
@Tag("kernel")
class NoOverlayTest {
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  @Test
  void nothingIsRunWithLess() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    assumeTrue(Overlays.refusal().isPresent(), "this kernel mounts overlayfs for this user");
    Path kept = Files.createDirectory(temporary.toRealPath().resolve("kept"));
    for (Enforcement.Level level : Enforcement.Level.values()) {
      Policy policy =
          Policy.builder()
              .isolation(Isolation.NAMESPACE)
              .enforcement(Enforcement.DEFAULT.withLevel(level))
              .overlay(kept)
              .readWrite(temporary)
              .build();

      String reason =
          Sandboxed.assertRefused(
              Sandboxed.runOnce(
                  Sandbox.of(policy), temporary, List.of("/bin/sh", "-c", "touch ran kept/ran")),
              "filesystem.overlay needs overlayfs",
              kept.toString());

      assertTrue(reason.contains("before Linux 5.11") || reason.contains("no overlayfs"), reason);
      assertFalse(Files.exists(temporary.resolve("ran")));
      assertFalse(Files.exists(kept.resolve("ran")));
      var dry =
          assertThrows(
              RefusedException.class, () -> Sandbox.of(policy).command("/bin/true").dryRun());
      assertTrue(String.valueOf(dry.getMessage()).contains("filesystem.overlay needs overlayfs"));
    }
  }
}
