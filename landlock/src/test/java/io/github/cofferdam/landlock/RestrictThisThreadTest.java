package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
class RestrictThisThreadTest {
  @TempDir private Path temporary;
  private Path inside;
  private Path outside;
  private LandlockLayer layer;

  @BeforeEach
  void makeFiles() throws Exception {
    assumeTrue(Abi.current().version() > 0, "this kernel has no Landlock");
    inside = Files.writeString(temporary.resolve("inside"), "granted");
    outside = Files.writeString(temporary.resolve("outside"), "secret");
    layer = LandlockPolicy.builder().read(inside).build().on(Abi.current());
  }

  @Test
  void confinesTheCallingThreadAndNoOther() throws Exception {
    // Loads what the confined thread needs.
    Files.readString(inside);
    assertEquals(
        "granted",
        onThreadOfItsOwn(() -> {
          layer.restrictThisThread();
          assertThrows(AccessDeniedException.class, () -> Files.readString(outside));
          assertThrows(AccessDeniedException.class, () -> Files.writeString(inside, "changed"));
          return Files.readString(inside);
        }));

    assertEquals("secret", Files.readString(outside));
    assertEquals("secret", onThreadOfItsOwn(() -> Files.readString(outside)));
  }

  @Test
  void threadsThatItStartsAreConfined() throws Exception {
    Files.readString(inside);
    onThreadOfItsOwn(() -> {
      layer.restrictThisThread();
      var e =
          assertThrows(
              ExecutionException.class, () -> onThreadOfItsOwn(() -> Files.readString(outside)));
      return assertInstanceOf(AccessDeniedException.class, e.getCause());
    });
  }

  @Test
  void virtualThreadsAreRefused() throws Exception {
    var task = new FutureTask<>(this::refusal);
    Thread.ofVirtual().start(task);

    assertTrue(task.get().startsWith("a virtual thread cannot be restricted"));
  }

  @Test
  void workersOfTheCommonPoolAreRefused() throws Exception {
    assertTrue(
        ForkJoinPool.commonPool()
            .submit(this::refusal)
            .get()
            .startsWith("a worker of the common pool cannot be restricted"));
  }

  private String refusal() {
    return String.valueOf(
        assertThrows(IllegalStateException.class, layer::restrictThisThread).getMessage());
  }

  private static <T> T onThreadOfItsOwn(Callable<T> work) throws Exception {
    var task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    return task.get();
  }
}
