package io.github.cofferdam.confinement;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A command of another run may put a link where it writes and take it away again: what one look has
 * found and the next one does not is no way that a policy means.
 */
final class LinkedWaysTest {
  @TempDir private Path temporary = Path.of("/");
  private Path work = Path.of("/");
  private Path out = Path.of("/");

  @BeforeEach
  void makeFiles() throws IOException {
    work = temporary.toRealPath();
    out = Files.createDirectory(work.resolve("out"));
  }

  private LinkedWays ways() {
    return new LinkedWays(
        new LinkedWays.Reach() {
          @Override
          public boolean restricted() {
            return true;
          }

          @Override
          public boolean mayWrite(Path path) {
            return path.startsWith(work);
          }

          @Override
          public boolean grantsWriting(Path path) {
            return path.startsWith(work);
          }
        });
  }

  @Test
  void aWayThatLedElsewhereBefore() {
    List<Path> before = List.of(Path.of("/victim"));
    Refusal refusal = assertThrows(Refusal.class, () -> ways().refuse("key", "out", work, before));
    assertTrue(Text.of(refusal).contains("led elsewhere when it was looked up"), Text.of(refusal));
    assertDoesNotThrow(() -> ways().refuse("key", "out", work, List.of(out)));
  }

  @Test
  void whatIsNotThereLeadsToItself() {
    Path missing = work.resolve("none/at/all");
    assertDoesNotThrow(() -> ways().refuse("key", "none/at/all", work, List.of(missing)));
    assertThrows(
        Refusal.class,
        () -> ways().refuse("key", "none/at/all", work, List.of(Path.of("/victim/at/all"))));
  }

  @Test
  void aLinkThatIsThereNow() throws IOException {
    Files.createSymbolicLink(work.resolve("link"), out);
    assertThrows(Refusal.class, () -> ways().refuse("key", "link", work, List.of(out)));
  }
}
