package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class FdTest {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(64);

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void bytesGoThroughAPipe() throws Exception {
    try (var pipe = Pipe.open()) {
      buffer.setString(0, "hello");
      pipe.write().writeFully(buffer.asSlice(0, 5));
      var read = arena.allocate(64);
      assertEquals(5, pipe.read().read(read));
      assertEquals("hello", read.getString(0));
      pipe.write().close();
      assertEquals(0, pipe.read().read(read), "end of file");
    }
  }

  @Test
  void pipesAreClosedOnExec() throws Exception {
    try (var pipe = Pipe.open()) {
      assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(pipe.read().number()));
      assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(pipe.write().number()));
    }
  }

  @Test
  void closingAPipeClosesBothEnds() throws Exception {
    var pipe = Pipe.open();
    int read = pipe.read().number();
    int write = pipe.write().number();
    pipe.close();
    assertEquals(-Errno.EBADF.number(), descriptorFlags(read));
    assertEquals(-Errno.EBADF.number(), descriptorFlags(write));
  }

  @Test
  void aClosedDescriptorIsRefusedBeforeTheKernelSeesItsNumber() throws Exception {
    var pipe = Pipe.open();
    int number = pipe.read().number();
    pipe.close();
    // A stranger takes the number.
    try (var stranger = Pipe.open()) {
      assertEquals(number, stranger.read().number());
      var e = assertThrows(KernelException.class, () -> pipe.read().read(buffer));
      assertEquals(Errno.EBADF, e.errno());
      assertEquals("read", e.syscall());
      e = assertThrows(KernelException.class, () -> pipe.write().write(buffer));
      assertEquals(Errno.EBADF, e.errno());
      assertThrows(IllegalStateException.class, () -> pipe.read().number());
      assertTrue(pipe.read().isClosed());
      assertFalse(pipe.read().acquire());
      assertEquals("fd " + number + " (closed)", pipe.read().toString());
    }
  }

  @Test
  void closingTwiceDoesNotCloseAStranger() throws Exception {
    var pipe = Pipe.open();
    int number = pipe.read().number();
    pipe.close();
    try (var stranger = Pipe.open()) {
      assertEquals(number, stranger.read().number());
      pipe.close();
      pipe.read().close();
      assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(number));
    }
  }

  @Test
  void theNumberIsKeptUntilTheLastUseEnds() throws Exception {
    var pipe = Pipe.open();
    int number = pipe.read().number();
    assertTrue(pipe.read().acquire());
    assertTrue(pipe.read().acquire());
    pipe.read().close();
    assertTrue(pipe.read().isClosed());
    assertFalse(pipe.read().acquire());
    assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(number));
    assertEquals(number, pipe.read().number(), "whoever acquired it may still use it");
    pipe.read().release();
    assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(number));
    pipe.read().close();
    pipe.read().release();
    assertEquals(-Errno.EBADF.number(), descriptorFlags(number));
    assertThrows(IllegalStateException.class, () -> pipe.read().number());
    pipe.close();
  }

  @Test
  void closeDuringABlockedReadKeepsTheNumberUntilTheReadReturns() throws Exception {
    try (var pipe = Pipe.open();
        var threads = Executors.newSingleThreadExecutor()) {
      int number = pipe.read().number();
      var started = new CountDownLatch(1);
      Future<Integer> read =
          threads.submit(() -> {
            started.countDown();
            return pipe.read().read(buffer);
          });
      assertTrue(started.await(30, TimeUnit.SECONDS));
      // Blocked in the kernel: nobody else can hold a use of it.
      while (!isInUse(pipe.read())) {
        Thread.onSpinWait();
      }
      pipe.read().close();
      assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(number), "still open");
      try (var stranger = Pipe.open()) {
        assertNotEquals(number, stranger.read().number());
        assertNotEquals(number, stranger.write().number());
      }
      assertFalse(read.isDone());
      buffer.fill((byte) 0);
      var one = arena.allocate(1);
      one.set(ValueLayout.JAVA_BYTE, 0, (byte) 'x');
      pipe.write().writeFully(one);
      assertEquals(1, read.get(30, TimeUnit.SECONDS));
      assertEquals((byte) 'x', buffer.get(ValueLayout.JAVA_BYTE, 0));
      assertEquals(-Errno.EBADF.number(), descriptorFlags(number), "given back");
    }
  }

  @Test
  void negativeNumbersAreNoDescriptors() {
    assertThrows(IllegalArgumentException.class, () -> Fd.owning(-1));
    var e =
        assertThrows(
            KernelException.class,
            () -> Fd.owning(-Errno.EMFILE.number(), "openat", "open a file"));
    assertEquals(Errno.EMFILE, e.errno());
  }

  @Test
  void aSystemCallHasAtMostSixArguments() {
    int call = Syscall.number("getpid");
    assertThrows(IllegalArgumentException.class, () -> Syscall.call(call, 1, 2, 3, 4, 5, 6, 7));
    assertEquals(ProcessHandle.current().pid(), Syscall.call(call));
  }

  /** The state that {@link Fd#toString} does not show: whether a call is running. */
  private static boolean isInUse(Fd fd) throws Exception {
    var uses = Fd.class.getDeclaredField("uses");
    uses.setAccessible(true);
    return ((java.util.concurrent.atomic.AtomicInteger) uses.get(fd)).get() > 0;
  }

  private static long descriptorFlags(int number) {
    return Syscall.call(Syscall.number("fcntl"), number, Uapi.F_GETFD());
  }
}
