package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
class ConfinedThreadTest {
  @TempDir private Path temporary;
  private Path inside;
  private Path outside;
  private LandlockPolicy policy;

  @BeforeEach
  void makeFiles() throws Exception {
    LandlockSupport support = LandlockSupport.probe();
    assumeTrue(support.abi().version() > 0, support::toString);
    inside = Files.writeString(temporary.resolve("inside"), "granted");
    outside = Files.writeString(temporary.resolve("outside"), "secret");
    policy = LandlockPolicy.builder().read(inside).build();
    // Loads what the confined thread needs.
    Files.readString(inside);
    assertThrows(IOException.class, () -> Files.readString(temporary.resolve("missing")));
  }

  private LandlockLayer layer() throws IOException {
    return policy.on(LandlockSupport.probe());
  }

  @Test
  void returnsTheValueAndConfinesNobodyElse() throws Exception {
    assertEquals("granted", ConfinedThread.call(layer(), () -> Files.readString(inside)));
    assertThrows(
        AccessDeniedException.class,
        () -> ConfinedThread.call(layer(), () -> Files.readString(outside)));
    assertEquals("secret", Files.readString(outside));
  }

  @Test
  void nothingRunsWhereNothingCanBeEntered() throws Exception {
    LandlockLayer nothing = policy.on(Abi.V0);
    LandlockLayer stale = layer();
    Files.delete(inside);

    assertThrows(
        IllegalStateException.class,
        () -> ConfinedThread.call(nothing, () -> Files.writeString(outside, "changed")));
    assertThrows(
        PathChangedException.class,
        () -> ConfinedThread.call(stale, () -> Files.writeString(outside, "changed")));
    assertEquals("secret", Files.readString(outside));
  }

  @Test
  void anInterruptReachesTheWork() throws Exception {
    var inThere = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    LandlockLayer layer = layer();
    var task =
        new FutureTask<>(() ->
            assertThrows(
                InterruptedException.class,
                () ->
                    ConfinedThread.call(
                        layer,
                        () -> {
                          inThere.countDown();
                          try {
                            new CountDownLatch(1).await();
                          } finally {
                            interrupted.countDown();
                          }
                          return "";
                        })));
    Thread caller = Thread.ofPlatform().start(task);
    inThere.await();
    caller.interrupt();
    task.get();
    interrupted.await();
  }

  @Test
  void theSeventeenthLayerIsRefused() throws Exception {
    LandlockLayer layer = layer();
    var task =
        new FutureTask<>(() -> {
          for (int i = 0; i < LandlockLayer.MAX_LAYERS; i++) {
            layer.restrictThisThread();
          }
          return assertThrows(LayerLimitException.class, layer::restrictThisThread);
        });
    Thread.ofPlatform().start(task);

    assertTrue(task.get().toString().contains("16 layers at most"));
    LayeredPolicy all = LayeredPolicy.of(policy);
    for (int i = 1; i < LandlockLayer.MAX_LAYERS; i++) {
      all = all.and(policy);
    }
    LayeredPolicy full = all;
    assertThrows(IllegalArgumentException.class, () -> full.and(policy));
  }

  @Test
  void layersAllHold() throws Exception {
    LandlockPolicy both = policy.toBuilder().read(outside).build();
    LandlockLayers layers = both.and(policy).on(LandlockSupport.probe());

    assertTrue(layers.explain(inside, FsRight.READ_FILE).allowed());
    assertFalse(layers.explain(outside, FsRight.READ_FILE).allowed());
    var task =
        new FutureTask<>(() -> {
          layers.restrictThisThread();
          assertThrows(AccessDeniedException.class, () -> Files.readString(outside));
          return Files.readString(inside);
        });
    Thread.ofPlatform().start(task);
    assertEquals("granted", task.get());
  }

  @Test
  void aRulesetCanBePassedOnAndEnteredSeveralTimes() throws Exception {
    try (LandlockRuleset made = LandlockRuleset.of(layer())) {
      int copy = (int) Syscall.call(Syscall.number("dup"), made.fd().number());
      try (LandlockRuleset passedOn = LandlockRuleset.adopt(Fd.owning(copy), Set.of())) {
        for (LandlockRuleset ruleset : List.of(made, passedOn)) {
          var task =
              new FutureTask<>(() -> {
                ruleset.restrictThisThread();
                assertThrows(AccessDeniedException.class, () -> Files.readString(outside));
                return Files.readString(inside);
              });
          Thread.ofPlatform().start(task);
          assertEquals("granted", task.get());
        }
      }
    }
    assertEquals("secret", Files.readString(outside));
  }

  @Test
  void whatIsNoRulesetIsRefused() throws Exception {
    int copy = (int) Syscall.call(Syscall.number("dup"), 1);
    try (LandlockRuleset none = LandlockRuleset.adopt(Fd.owning(copy), Set.of())) {
      // Even so, the thread has given up gaining privileges.
      var task =
          new FutureTask<>(() -> assertThrows(SetupException.class, none::restrictThisThread));
      Thread.ofPlatform().start(task);
      assertEquals("landlock_restrict_self", task.get().syscall());
    }
  }

  /** The hazard, and the way around it. */
  @Test
  void theSharedThreadsStayFree() throws Exception {
    assertEquals("poisoned", poison("plain"));
    assertEquals("clean", poison("helper"));
  }

  private String poison(String how) throws Exception {
    String output = child(PoisonMain.class, how, outside);
    List<String> lines = output.lines().toList();
    assertEquals("denied true, cat true", lines.getFirst(), output);
    boolean poisoned = lines.get(1).contains("common pool");
    return poisoned ? "poisoned" : lines.get(1);
  }

  /** A class that could not be read inside stays broken; what readClasses grants does not. */
  @Test
  void classesLoadInsideWhereTheyAreGranted() throws Exception {
    assertEquals(
        "inside broken, outside broken", child(LateClassMain.class, "without", inside).strip());
    LandlockPolicy here = policy.toBuilder().readClasses().build();
    assertTrue(
        here.on(LandlockSupport.probe()).grants().size() > 1, "even if it has files of root");
    assertEquals(
        "inside loaded, outside loaded", child(LateClassMain.class, "with", inside).strip());
  }

  /** What a program prints in a virtual machine of its own. */
  private static String child(Class<?> main, String how, Path file) throws Exception {
    var path = new StringBuilder();
    for (Class<?> type : List.of(main, LandlockLayer.class, SetupProgram.class, Syscall.class)) {
      Path location = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      assumeTrue(Files.isReadable(location), () -> "this user cannot read " + location);
      path.append(path.isEmpty() ? "" : ":").append(location);
    }
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ActiveProcessorCount=4",
                "-cp",
                path.toString(),
                main.getName(),
                how,
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), output);
    return output;
  }
}
