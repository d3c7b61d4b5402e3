package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class ImageMemoryTest {
  @Test
  void itIsKeptFromTheSecondStartOn() throws Exception {
    var memory = new ImageMemory(new byte[] {1, 2, 3});

    Fd first = memory.open();
    memory.done(first);
    Fd second = memory.open();
    memory.done(second);
    Fd third = memory.open();
    memory.done(third);

    assertTrue(first.isClosed());
    assertNotSame(first, second);
    assertSame(second, third);
    assertFalse(third.isClosed());
  }

  @Test
  void aPlanThatNobodyCanReachKeepsNothing() throws Exception {
    long before = memories();
    for (int i = 0; i < 5; i++) {
      LaunchPlan plan = Commands.shell(Supervision.NONE, "exit 0").build();
      for (int again = 0; again < 3; again++) {
        try (Launched launched = Launcher.start(plan, Commands.discard())) {
          assertEquals(0, Commands.end(launched).code());
        }
      }
    }
    for (int i = 0; i < 500 && memories() > before; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertTrue(memories() <= before, () -> "kept");
  }

  private static long memories() throws Exception {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(ImageMemoryTest::isMemory).count();
    }
  }

  private static boolean isMemory(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:cofferdam");
    } catch (IOException e) {
      return false;
    }
  }
}
