package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.PATIENCE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link EndWatchTest} says what it does for commands. */
@Tag("kernel")
class DescriptorWatchTest {
  private static final Executor HERE = Runnable::run;
  private final BlockingQueue<Fd> heard = new LinkedBlockingQueue<>();

  private boolean watch(Fd fd) throws KernelException {
    return DescriptorWatch.add(fd, "something can be read", HERE, () -> heard.add(fd));
  }

  private Fd next() throws InterruptedException {
    Fd next = heard.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    assertTrue(next != null, "nobody was told");
    return next;
  }

  private static void write(Pipe pipe) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      pipe.write().writeFully(arena.allocate(1));
    }
  }

  @Test
  void theListenerHearsOfTheDescriptorOnce() throws Exception {
    try (Pipe one = Pipe.open();
        Pipe other = Pipe.open()) {
      assertTrue(watch(one.read()));
      assertTrue(watch(other.read()));
      write(other);
      assertEquals(other.read(), next());
      write(other);
      assertNull(heard.poll(100, TimeUnit.MILLISECONDS));
      write(one);
      assertEquals(one.read(), next());
    }
  }

  @Test
  void itIsWatchedAgainIfItIsAddedAgain() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      write(pipe);
      watch(pipe.read());
      next();
      watch(pipe.read());
      assertEquals(pipe.read(), next(), "nobody has read what there is");
    }
  }

  @Test
  void theEndOfTheOtherSideIsHeardOf() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      watch(pipe.read());
      pipe.write().close();
      assertEquals(pipe.read(), next());
    }
  }

  @Test
  void oneIsWatchedForOneListener() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      watch(pipe.read());
      var e = assertThrows(KernelException.class, () -> watch(pipe.read()));
      assertEquals(Errno.EEXIST, e.errno());
      write(pipe);
      next();
      assertTrue(heard.isEmpty());
    }
  }

  @Test
  void aClosedDescriptorIsNotWatched() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      pipe.read().close();
      assertFalse(watch(pipe.read()));
    }
  }

  @Test
  void whatIsTakenBackIsNotHeardOf() throws Exception {
    try (Pipe pipe = Pipe.open();
        Pipe other = Pipe.open()) {
      watch(pipe.read());
      watch(other.read());
      assertTrue(DescriptorWatch.remove(pipe.read()));
      write(pipe);
      write(other);
      assertEquals(other.read(), next());
      assertNull(heard.poll(100, TimeUnit.MILLISECONDS));
      assertFalse(DescriptorWatch.remove(pipe.read()), "it is not watched any more");
      assertFalse(DescriptorWatch.remove(other.read()), "its listener has been run");
      watch(pipe.read());
      assertEquals(pipe.read(), next());
    }
  }

  @Test
  void theNumberGoesBackOnceTheWatchIsTakenBack() throws Exception {
    for (boolean closedBefore : new boolean[] {false, true}) {
      try (Pipe pipe = Pipe.open()) {
        Path opened = Path.of("/proc/self/fd/" + pipe.read().number());
        Path file = Files.readSymbolicLink(opened);
        watch(pipe.read());
        if (closedBefore) {
          pipe.read().close();
          assertTrue(leadsTo(opened, file), "it is watched");
        }
        assertTrue(DescriptorWatch.remove(pipe.read()));
        pipe.read().close();
        assertFalse(leadsTo(opened, file));
      }
    }
    assertTrue(heard.isEmpty());
  }

  /** Others may open something there meanwhile, and close it. */
  private static boolean leadsTo(Path opened, Path file) throws IOException {
    try {
      return file.equals(Files.readSymbolicLink(opened));
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
