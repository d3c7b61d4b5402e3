package io.github.cofferdam.seccomp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.testkit.KernelRelease;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A thread of this virtual machine asks and another one answers. The calls that are notified are
 * such as the virtual machine does not make by itself.
 */
@Tag("kernel")
final class NotificationTest {
  private static final SeccompFilter FILTER =
      SeccompFilter.denyList(Arch.host())
          .on("getpriority", Action.userNotification())
          .on("getppid", Action.userNotification())
          .build();

  private final ConfinedThread target = new ConfinedThread();
  private Listener listener = Listener.owning(Fd.owning(1_000_000));

  @BeforeEach
  void confine() throws Exception {
    listener = target.run(() -> FILTER.installOnThisThreadWithListener());
  }

  @AfterEach
  void end() {
    listener.close();
    target.close();
  }

  private Notification next() throws Exception {
    return listener.receive(Duration.ofSeconds(60)).orElseThrow();
  }

  private static <T> T value(FromTarget<T> obtained) {
    return switch (obtained) {
      case FromTarget.Value<T>(T value) -> value;
      case FromTarget.Gone<T> gone -> throw new AssertionError(gone);
      case FromTarget.Refused<T> refused -> throw new AssertionError(refused);
    };
  }

  private static void assertRefused(Errno errno, FromTarget<?> obtained) {
    assertEquals(errno, assertInstanceOf(FromTarget.Refused.class, obtained).errno());
  }

  @Test
  void saysWhoAsksForWhat() throws Exception {
    long tid = target.run(() -> Syscall.call(Syscall.number("gettid")));
    Future<Long> result = target.call("getpriority", -1, 1L << 40, 3, 4, 5, 6);
    Notification notification = next();
    assertEquals(tid, notification.pid());
    assertEquals(Optional.of(Arch.host()), notification.arch());
    assertEquals(Syscall.number("getpriority"), notification.number());
    assertEquals(Optional.of("getpriority"), notification.syscall());
    assertEquals("getpriority by " + tid, notification.toString());
    assertEquals(-1, notification.argument(0));
    assertEquals(1L << 40, notification.argument(1));
    assertEquals(6, notification.argument(5));
    assertThrows(IllegalArgumentException.class, () -> notification.argument(6));
    assertNotEquals(0, notification.instructionPointer());
    assertTrue(notification.valid());
    assertFalse(notification.answered());
    assertEquals(Delivery.DELIVERED, notification.answerValue(0));
    assertEquals(0, ConfinedThread.get(result));
  }

  @Test
  void answers() throws Exception {
    Future<Long> error = target.call("getpriority");
    assertEquals(Delivery.DELIVERED, next().answerErrno(Errno.EXFULL));
    assertEquals(-Errno.EXFULL.number(), ConfinedThread.get(error));

    Future<Long> value = target.call("getpriority");
    assertEquals(Delivery.DELIVERED, next().answerValue(0x1234_5678_9abcL));
    assertEquals(0x1234_5678_9abcL, ConfinedThread.get(value));

    Future<Long> made = target.call("getppid");
    assertEquals(Delivery.DELIVERED, next().continueUnchecked());
    assertEquals(Syscall.call(Syscall.number("getppid")), ConfinedThread.get(made));
  }

  @Test
  void noAnswerIsWhatItIsNot() throws Exception {
    Future<Long> result = target.call("getpriority");
    Notification notification = next();
    assertThrows(IllegalArgumentException.class, () -> notification.answerValue(-1));
    assertThrows(IllegalArgumentException.class, () -> notification.answerValue(-4095));
    assertThrows(IllegalArgumentException.class, () -> notification.answerErrno(Errno.UNKNOWN));
    assertFalse(notification.answered());
    assertEquals(Delivery.DELIVERED, notification.answerValue(-4096));
    assertEquals(-4096, ConfinedThread.get(result));
  }

  /** Why errors are typed: on the wire, a positive one is a success. */
  @Test
  void whatThisKernelDoesWithRawAnswers() throws Exception {
    Future<Long> positive = target.call("getpriority");
    assertEquals(0, listener.send(next().id(), 0, Errno.EPERM.number(), 0));
    assertEquals(Errno.EPERM.number(), ConfinedThread.get(positive));

    Future<Long> continued = target.call("getppid");
    Notification notification = next();
    long flag = Uapi.SECCOMP_USER_NOTIF_FLAG_CONTINUE();
    assertEquals(-Errno.EINVAL.number(), listener.send(notification.id(), 1, 0, flag));
    assertEquals(-Errno.EINVAL.number(), listener.send(notification.id(), 0, -1, flag));
    assertEquals(0, listener.send(notification.id(), 0, 0, flag));
    assertEquals(Syscall.call(Syscall.number("getppid")), ConfinedThread.get(continued));
    assertEquals(-Errno.ENOENT.number(), listener.send(notification.id(), 0, 0, 0));
  }

  @Test
  void aSecondAnswerIsAMistake() throws Exception {
    Future<Long> result = target.call("getpriority");
    Notification notification = next();
    assertEquals(Delivery.DELIVERED, notification.answerValue(7));
    var mistake = assertThrows(IllegalStateException.class, () -> notification.answerValue(8));
    assertTrue(
        String.valueOf(mistake.getMessage()).startsWith("answered already: getpriority by"),
        mistake::toString);
    assertThrows(IllegalStateException.class, () -> notification.answerErrno(Errno.EPERM));
    assertThrows(IllegalStateException.class, notification::continueUnchecked);
    try (Pipe pipe = Pipe.open()) {
      assertThrows(
          IllegalStateException.class, () -> notification.addDescriptor(pipe.read(), true));
      assertThrows(
          IllegalStateException.class,
          () -> notification.addDescriptorAndAnswer(pipe.read(), true));
    }
    assertEquals(7, ConfinedThread.get(result));
  }

  /** Until the target has run again, the kernel still knows the notification. */
  @Test
  void theKernelKnowsASecondAnswer() throws Exception {
    Kernel withoutSyncWakeUp =
        (step, args) ->
            step.purpose().startsWith("wake")
                ? -Errno.EINVAL.number()
                : Kernel.host().call(step, args);
    try (var other = new ConfinedThread();
        Listener slow =
            other.run(() -> FILTER.installOnThisThreadWithListener(withoutSyncWakeUp))) {
      boolean seen = false;
      for (int i = 0; i < 2_000 && !seen; i++) {
        Future<Long> result = other.call("getpriority");
        Notification first = slow.receive(Duration.ofSeconds(60)).orElseThrow();
        slow.send(first.id(), 1, 0, 0);
        long second = slow.send(first.id(), 2, 0, 0);
        seen = second == -Errno.EINPROGRESS.number();
        assertTrue(seen || second == -Errno.ENOENT.number(), () -> "" + second);
        assertEquals(1, ConfinedThread.get(result));
      }
      assumeTrue(seen, "this machine always lets the target run first");
    }
    Kernel inProgress =
        (step, args) ->
            step.purpose().startsWith("answer") || step.purpose().startsWith("give")
                ? -Errno.EINPROGRESS.number()
                : 0;
    try (Arena arena = Arena.ofConfined();
        Pipe pipe = Pipe.open();
        var fake = new Listener(Fd.owning(1_000_000), inProgress)) {
      var one = new Notification(fake, inProgress, arena.allocate(Notification.SIZE, 8));
      assertThrows(IllegalStateException.class, () -> one.addDescriptor(pipe.read(), true));
      assertThrows(IllegalStateException.class, () -> one.answerValue(1));
      assertTrue(one.answered());
    }
  }

  @Test
  void aTargetThatNoLongerWaits() throws Exception {
    Future<Long> result = target.call("getpriority");
    Notification notification = next();
    notification.answerValue(0);
    ConfinedThread.get(result);
    assertFalse(notification.valid());
    try (Arena arena = Arena.ofShared();
        Pipe pipe = Pipe.open()) {
      assertInstanceOf(
          FromTarget.Gone.class, notification.readMemory(arena.allocate(8).address(), 8));
      assertInstanceOf(
          FromTarget.Gone.class, notification.readText(arena.allocate(8).address(), 8));
      assertInstanceOf(FromTarget.Gone.class, notification.duplicate(pipe.read().number()));
      assertInstanceOf(FromTarget.Gone.class, notification.pidfd());
    }
  }

  @Test
  void readsMemoryAllOrNothing() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      // Two pages, of which the second one cannot be read.
      long pages =
          Syscall.check(
              Syscall.call(
                  Syscall.number("mmap"),
                  0,
                  8192,
                  Uapi.PROT_READ() | Uapi.PROT_WRITE(),
                  Uapi.MAP_PRIVATE() | Uapi.MAP_ANONYMOUS(),
                  -1,
                  0),
              "mmap",
              "get memory");
      try {
        assertEquals(0, Syscall.call(Syscall.number("mprotect"), pages + 4096, 4096, 0));
        MemorySegment page = segment(pages, 4096);
        MemorySegment.copy("abc".getBytes(US_ASCII), 0, page, ValueLayout.JAVA_BYTE, 4090, 3);
        MemorySegment text = arena.allocateFrom("/a/path/\u00fc");
        Future<Long> result = target.call("getpriority", text.address(), pages);
        Notification one = next();
        assertEquals("/a/path/\u00fc", value(one.readText(one.argument(0), 4096)));
        assertArrayEquals("/a/p".getBytes(US_ASCII), value(one.readMemory(one.argument(0), 4)));
        assertEquals(0, value(one.readMemory(one.argument(0), 0)).length);
        // A text ends where its page ends; what is longer than that is not all there.
        assertEquals("abc", value(one.readText(pages + 4090, 4096)));
        assertRefused(Errno.EFAULT, one.readMemory(pages + 4090, 7));
        assertEquals(6, value(one.readMemory(pages + 4090, 6)).length);
        page.set(ValueLayout.JAVA_BYTE, 4093, (byte) 'd');
        page.set(ValueLayout.JAVA_BYTE, 4094, (byte) 'e');
        page.set(ValueLayout.JAVA_BYTE, 4095, (byte) 'f');
        assertRefused(Errno.EFAULT, one.readText(pages + 4090, 4096));
        assertRefused(Errno.ENAMETOOLONG, one.readText(pages + 4090, 6));
        assertRefused(Errno.EFAULT, one.readMemory(pages + 4096, 1));
        assertRefused(Errno.EFAULT, one.readMemory(-8, 4));
        assertRefused(Errno.EFAULT, one.readText(0, 4096));
        one.answerValue(0);
        ConfinedThread.get(result);
      } finally {
        Syscall.call(Syscall.number("munmap"), pages, 8192);
      }
    }
  }

  @Test
  void writesMemoryAllOrNothing() throws Exception {
    long pages =
        Syscall.check(
            Syscall.call(
                Syscall.number("mmap"),
                0,
                8192,
                Uapi.PROT_READ() | Uapi.PROT_WRITE(),
                Uapi.MAP_PRIVATE() | Uapi.MAP_ANONYMOUS(),
                -1,
                0),
            "mmap",
            "get memory");
    try {
      MemorySegment page = segment(pages, 4096);
      assertEquals(0, Syscall.call(Syscall.number("munmap"), pages + 4096, 4096));
      Future<Long> result = target.call("getpriority", pages);
      Notification one = next();
      byte[] text = "text".getBytes(US_ASCII);
      assertEquals(4, value(one.writeMemory(one.argument(0) + 3, text)));
      assertEquals("text", page.getString(3, US_ASCII));
      assertEquals(0, page.get(ValueLayout.JAVA_BYTE, 2));
      assertEquals(0, value(one.writeMemory(one.argument(0))));
      assertEquals(4, value(one.writeMemory(pages + 4092, text)));
      assertRefused(Errno.EFAULT, one.writeMemory(pages + 4093, text));
      assertRefused(Errno.EFAULT, one.writeMemory(pages + 4096, text));
      assertRefused(Errno.EFAULT, one.writeMemory(0, text));
      assertRefused(Errno.EFAULT, one.writeMemory(-8, text));
      one.answerValue(0);
      ConfinedThread.get(result);
      assertInstanceOf(FromTarget.Gone.class, one.writeMemory(pages, text));
      assertEquals(0, page.get(ValueLayout.JAVA_BYTE, 0));
    } finally {
      Syscall.call(Syscall.number("munmap"), pages, 8192);
    }
  }

  /** Why whoever answers so has to know of a signal: the number is the kernel's own. */
  @Test
  void anInterruptionWithoutASignalIsSeen() throws Exception {
    Future<Long> result = target.call("getpriority");
    Notification one = next();
    assertEquals(Delivery.DELIVERED, one.answerInterrupted());
    assertEquals(-512, ConfinedThread.get(result));
    assertThrows(IllegalStateException.class, one::answerInterrupted);
  }

  @Test
  void readsTextOverPages() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      String longer = "x".repeat(10_000);
      Future<Long> result = target.call("getpriority", arena.allocateFrom(longer).address());
      Notification one = next();
      assertEquals(longer, value(one.readText(one.argument(0), 10_001)));
      assertRefused(Errno.ENAMETOOLONG, one.readText(one.argument(0), 10_000));
      one.answerValue(0);
      ConfinedThread.get(result);
    }
  }

  @SuppressWarnings("restricted")
  private static MemorySegment segment(long address, long size) {
    return MemorySegment.ofAddress(address).reinterpret(size);
  }

  @Test
  void duplicatesDescriptors() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      Future<Long> result = target.call("getpriority", pipe.write().number());
      Notification one = next();
      try (Fd same = value(one.duplicate((int) one.argument(0)));
          Fd process = value(one.pidfd())) {
        assertNotEquals(pipe.write().number(), same.number());
        assertWorks(pipe, same);
        assertEquals(
            0, Syscall.call(Syscall.number("pidfd_send_signal"), process.number(), 0, 0, 0));
      }
      assertRefused(Errno.EBADF, one.duplicate(999_999));
      one.answerValue(0);
      ConfinedThread.get(result);
    }
  }

  /** Before Linux 6.9 only processes have pidfds; the target here is not a first thread. */
  @Test
  void duplicatesDescriptorsOfThreadsOnOlderKernels() throws Exception {
    Kernel old =
        (step, args) ->
            step.syscall().equals("pidfd_open")
                    && (args[1] != 0 || args[0] != ProcessHandle.current().pid())
                ? -Errno.EINVAL.number()
                : Kernel.host().call(step, args);
    try (var other = new ConfinedThread();
        Pipe pipe = Pipe.open();
        Listener asking = other.run(() -> FILTER.installOnThisThreadWithListener(old))) {
      Future<Long> result = other.call("getpriority", pipe.write().number());
      Notification one = asking.receive(Duration.ofSeconds(60)).orElseThrow();
      try (Fd same = value(one.duplicate((int) one.argument(0)));
          Fd process = value(one.pidfd())) {
        assertWorks(pipe, same);
        assertFalse(process.isClosed());
      }
      one.answerValue(0);
      ConfinedThread.get(result);
      // With a table of descriptors of its own, the first thread's is another one.
      assertEquals(0, ConfinedThread.get(other.call("unshare", Uapi.CLONE_FILES())));
      Future<Long> again = other.call("getpriority", pipe.write().number());
      Notification two = asking.receive(Duration.ofSeconds(60)).orElseThrow();
      assertRefused(Errno.EOPNOTSUPP, two.duplicate((int) two.argument(0)));
      two.answerValue(0);
      ConfinedThread.get(again);
    }
  }

  private static void assertWorks(Pipe pipe, Fd write) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("works");
      write.writeFully(text);
      MemorySegment read = arena.allocate(6);
      pipe.read().read(read);
      assertEquals("works", read.getString(0));
    }
  }

  @Test
  void givesDescriptors() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      Future<Long> result = target.call("getpriority");
      Notification one = next();
      int number = value(one.addDescriptor(pipe.write(), true));
      assertTrue(one.valid());
      try (Fd added = Fd.owning(number)) {
        assertNotEquals(pipe.write().number(), number);
        assertWorks(pipe, added);
        assertEquals(Uapi.FD_CLOEXEC(), descriptorFlags(added));
        assertEquals(number, value(one.addDescriptorAt(pipe.read(), number, false)));
        assertEquals(0, descriptorFlags(added));
      }
      assertRefused(Errno.EBADF, one.addDescriptorAt(pipe.read(), Integer.MAX_VALUE, false));
      one.answerValue(0);
      assertEquals(0, ConfinedThread.get(result));
    }
  }

  @Test
  void givesADescriptorAsTheAnswer() throws Exception {
    KernelRelease.assumeAtLeast(5, 14, "a descriptor that is the answer");
    try (Pipe pipe = Pipe.open()) {
      Future<Long> result = target.call("getpriority");
      Notification one = next();
      int last = value(one.addDescriptorAndAnswer(pipe.write(), false));
      assertEquals(last, ConfinedThread.get(result));
      assertTrue(one.answered());
      try (Fd added = Fd.owning(last)) {
        assertWorks(pipe, added);
      }
    }
  }

  private static long descriptorFlags(Fd fd) {
    return Syscall.call(Syscall.number("fcntl"), fd.number(), Uapi.F_GETFD());
  }

  @Test
  void aClosedDescriptorCannotBeGiven() throws Exception {
    Future<Long> result = target.call("getpriority");
    Notification one = next();
    Pipe pipe = Pipe.open();
    pipe.close();
    assertThrows(IllegalStateException.class, () -> one.addDescriptor(pipe.read(), true));
    assertThrows(IllegalStateException.class, () -> one.addDescriptorAndAnswer(pipe.read(), true));
    assertFalse(one.answered());
    one.answerValue(0);
    ConfinedThread.get(result);
  }

  @Test
  void aClosedListenerMeansThatTheCallDoesNotExist() throws Exception {
    Future<Long> received = target.call("getpriority");
    Notification one = next();
    listener.close();
    assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(received));
    assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(target.call("getppid")));
    assertEquals(Delivery.TARGET_GONE, one.answerValue(0));
    assertFalse(one.valid());
    assertTrue(listener.ended());
    assertEquals(Optional.empty(), listener.receive());
  }

  /** A thread that waits for a notification keeps the descriptor open no longer than it must. */
  @Test
  void closingEndsAWaitInProgress() throws Exception {
    var receiver = Executors.newSingleThreadExecutor();
    try {
      Future<Optional<Notification>> received = receiver.submit(() -> listener.receive());
      Thread.sleep(20);
      listener.close();
      assertEquals(Optional.empty(), ConfinedThread.get(received));
      assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(target.call("getppid")));
    } finally {
      receiver.shutdownNow();
    }
  }

  @Test
  void waitsNoLongerThanAsked() throws Exception {
    assertEquals(Optional.empty(), listener.receive(Duration.ZERO));
    assertEquals(Optional.empty(), listener.receive(Duration.ofMillis(60)));
    assertEquals(Optional.empty(), listener.receive(Duration.ofSeconds(-5)));
    assertFalse(listener.ended());
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> listener.receive());
  }

  @Test
  void theEndOfAllTargetsIsTheEnd() throws Exception {
    target.close();
    assertEquals(Optional.empty(), listener.receive());
    assertTrue(listener.ended());
  }

  @Test
  void oneListenerAtATime() throws Exception {
    var failure =
        assertThrows(
            InstallException.class,
            () -> target.run(() -> FILTER.installOnThisThreadWithListener()));
    assertEquals(Errno.EBUSY, failure.errno());
    assertEquals(Refusal.LISTENER_EXISTS, failure.refusal());
  }

  @Test
  void theFastWayIsTakenWhereTheKernelHasIt() throws Exception {
    assertEquals(SeccompSupport.probe().syncWakeUp(), listener.syncWakeUp());
    Future<Long> slower = target.call("getpriority");
    next().answerValue(1);
    assertEquals(1, ConfinedThread.get(slower));
  }

  /** Without the zeros, the kernel refuses the second one. */
  @Test
  void manyInARow() throws Exception {
    for (int i = 0; i < 500; i++) {
      Future<Long> result = target.call("getpriority", i);
      Notification one = next();
      assertEquals(i, one.argument(0));
      assertEquals(Delivery.DELIVERED, one.answerValue(2L * i));
      assertEquals(2L * i, ConfinedThread.get(result));
    }
  }

  @Test
  void manyReceiversShareAListener() throws Exception {
    Callable<Integer> serve =
        () -> {
          int served = 0;
          for (var next = listener.receive(); next.isPresent(); next = listener.receive()) {
            next.get().answerValue(next.get().argument(0) + 1);
            served++;
          }
          return served;
        };
    var receivers = Executors.newFixedThreadPool(2);
    try {
      Future<Integer> first = receivers.submit(serve);
      Future<Integer> second = receivers.submit(serve);
      for (int i = 0; i < 200; i++) {
        assertEquals(i + 1, ConfinedThread.get(target.call("getpriority", i)));
      }
      listener.close();
      assertEquals(200, ConfinedThread.get(first) + ConfinedThread.get(second));
    } finally {
      receivers.shutdownNow();
    }
  }
}
