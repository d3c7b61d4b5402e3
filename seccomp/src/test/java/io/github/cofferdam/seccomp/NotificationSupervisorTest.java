package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One thread for many targets. */
@Tag("kernel")
final class NotificationSupervisorTest {
  private static final SeccompFilter FILTER =
      SeccompFilter.denyList(Arch.host()).on("getpriority", Action.userNotification()).build();
  private static final NotificationHandler ECHO =
      notification -> notification.answerValue(notification.argument(0));

  /** What went wrong, in the order in which it was told. */
  private static final class Failures implements NotificationFailures {
    private final BlockingQueue<Throwable> causes = new LinkedBlockingQueue<>();

    @Override
    public void handlerFailed(Notification notification, Throwable cause) {
      causes.add(cause);
    }

    @Override
    public void listenerFailed(Listener listener, KernelException cause) {
      causes.add(cause);
    }

    Throwable next() throws Exception {
      Throwable cause = causes.poll(60, TimeUnit.SECONDS);
      if (cause == null) {
        throw new AssertionError("nothing was told");
      }
      return cause;
    }
  }

  private final Failures failures = new Failures();

  private static Listener confine(ConfinedThread thread) throws Exception {
    return thread.run(() -> FILTER.installOnThisThreadWithListener());
  }

  private static void eventually(NotificationSupervisor supervisor, int size) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (supervisor.size() != size) {
      assertTrue(System.nanoTime() < deadline, () -> "serves " + supervisor.size());
      Thread.sleep(1);
    }
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      return entries.count();
    }
  }

  @Test
  void manyTargets() throws Exception {
    one(2);
    long before = descriptors();
    one(30);
    assertEquals(before, descriptors());
    assertTrue(failures.causes.isEmpty(), failures.causes::toString);
  }

  private void one(int targets) throws Exception {
    var threads = new ArrayList<ConfinedThread>();
    var listeners = new ArrayList<Listener>();
    try (var supervisor = NotificationSupervisor.start(failures)) {
      for (int i = 0; i < targets; i++) {
        var thread = new ConfinedThread();
        threads.add(thread);
        Listener listener = confine(thread);
        listeners.add(listener);
        supervisor.add(listener, ECHO);
      }
      for (int round = 0; round < 20; round++) {
        var results = new ArrayList<Future<Long>>();
        for (int i = 0; i < targets; i++) {
          results.add(threads.get(i).call("getpriority", 1000 * round + i));
        }
        for (int i = 0; i < targets; i++) {
          assertEquals(1000 * round + i, ConfinedThread.get(results.get(i)));
        }
      }
      // Those that end are forgotten, and the others go on.
      for (int i = 0; i < targets / 2; i++) {
        threads.get(i).close();
      }
      eventually(supervisor, targets - targets / 2);
      for (int i = 0; i < targets; i++) {
        assertEquals(i < targets / 2, listeners.get(i).ended());
      }
      assertEquals(5, ConfinedThread.get(threads.getLast().call("getpriority", 5)));
    } finally {
      threads.forEach(ConfinedThread::close);
    }
    listeners.forEach(listener -> assertTrue(listener.ended()));
  }

  @Test
  void whateverAHandlerThrowsTheTargetIsRefused() throws Exception {
    var thrown =
        List.of(
            new IllegalStateException("x"), new java.io.IOException("y"), new StackOverflowError());
    var queue = new LinkedBlockingQueue<Throwable>(thrown);
    NotificationHandler failing =
        notification -> {
          Throwable next = queue.poll();
          switch (next) {
            case null -> notification.answerValue(1);
            case Exception exception -> throw exception;
            case Error error -> throw error;
            default -> throw new AssertionError(next);
          }
        };
    try (var thread = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(failures)) {
      supervisor.add(confine(thread), failing);
      for (Throwable cause : thrown) {
        assertEquals(-Errno.EPERM.number(), ConfinedThread.get(thread.call("getpriority")));
        assertSame(cause, failures.next());
      }
      assertEquals(1, ConfinedThread.get(thread.call("getpriority")));
    }
  }

  @Test
  void aHandlerThatThrowsAfterItsAnswerChangesNothing() throws Exception {
    try (var thread = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(failures)) {
      supervisor.add(
          confine(thread),
          notification -> {
            notification.answerValue(5);
            notification.answerValue(6);
          });
      assertEquals(5, ConfinedThread.get(thread.call("getpriority")));
      assertEquals(IllegalStateException.class, failures.next().getClass());
    }
  }

  /** Told on the supervisor's own thread, which has to go on. */
  @Test
  void aReportThatFailsEndsNothing() throws Exception {
    NotificationFailures throwing =
        new NotificationFailures() {
          @Override
          public void handlerFailed(Notification notification, Throwable cause) {
            throw new IllegalStateException("expected in this test's output", cause);
          }

          @Override
          public void listenerFailed(Listener listener, KernelException cause) {
            throw new IllegalStateException(cause);
          }
        };
    try (var thread = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(throwing)) {
      supervisor.add(
          confine(thread),
          notification -> {
            if (notification.argument(0) == 0) {
              throw new IllegalArgumentException();
            }
            notification.answerValue(3);
          });
      assertEquals(-Errno.EPERM.number(), ConfinedThread.get(thread.call("getpriority", 0)));
      assertEquals(3, ConfinedThread.get(thread.call("getpriority", 1)));
    }
  }

  @Test
  void anAnswerMayComeLaterAndFromElsewhere() throws Exception {
    var later = new LinkedBlockingQueue<Notification>();
    try (var slow = new ConfinedThread();
        var fast = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(failures)) {
      supervisor.add(confine(slow), later::add);
      supervisor.add(confine(fast), ECHO);
      Future<Long> waiting = slow.call("getpriority", 1);
      Notification kept = later.poll(60, TimeUnit.SECONDS);
      assertEquals(2, ConfinedThread.get(fast.call("getpriority", 2)));
      assertTrue(kept != null && kept.valid());
      kept.answerValue(3);
      assertEquals(3, ConfinedThread.get(waiting));
    }
  }

  @Test
  void closingRefusesWhatWaitsAndWhatComes() throws Exception {
    var received = new CountDownLatch(1);
    try (var thread = new ConfinedThread()) {
      var supervisor = NotificationSupervisor.start(failures);
      supervisor.add(confine(thread), notification -> received.countDown());
      Future<Long> waiting = thread.call("getpriority");
      assertTrue(received.await(60, TimeUnit.SECONDS));
      supervisor.close();
      assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(waiting));
      assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(thread.call("getpriority")));
      supervisor.close();
      assertEquals(0, supervisor.size());
      try (var late = new ConfinedThread()) {
        Listener listener = confine(late);
        assertThrows(IllegalStateException.class, () -> supervisor.add(listener, ECHO));
        assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(late.call("getpriority")));
      }
    }
  }

  /** The supervisor waits for it in the kernel, and yet it is closed at once. */
  @Test
  void aListenerCanBeClosedByItself() throws Exception {
    try (var one = new ConfinedThread();
        var other = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(failures)) {
      Listener closed = confine(one);
      supervisor.add(closed, ECHO);
      supervisor.add(confine(other), ECHO);
      assertEquals(1, ConfinedThread.get(one.call("getpriority", 1)));
      closed.close();
      assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(one.call("getpriority", 1)));
      assertEquals(2, ConfinedThread.get(other.call("getpriority", 2)));
      eventually(supervisor, 1);
    }
  }

  /** Nothing else happens that would make the supervisor look. */
  @Test
  void aListenerThatIsClosedLetsNobodyWait() throws Exception {
    var received = new CountDownLatch(1);
    try (var thread = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(failures)) {
      Listener listener = confine(thread);
      supervisor.add(listener, notification -> received.countDown());
      Future<Long> waiting = thread.call("getpriority");
      assertTrue(received.await(60, TimeUnit.SECONDS));
      Thread.sleep(20);
      listener.close();
      assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(waiting));
    }
  }

  @Test
  void aHandlerMayCloseItsSupervisor() throws Exception {
    try (var thread = new ConfinedThread()) {
      var supervisor = NotificationSupervisor.start(failures);
      supervisor.add(confine(thread), notification -> supervisor.close());
      assertEquals(-Errno.ENOSYS.number(), ConfinedThread.get(thread.call("getpriority")));
      supervisor.close();
    }
  }

  @Test
  void whoIsServedIsServedOnce() throws Exception {
    try (var thread = new ConfinedThread();
        var supervisor = NotificationSupervisor.start(failures)) {
      Listener listener = confine(thread);
      supervisor.add(listener, ECHO);
      assertThrows(IllegalArgumentException.class, () -> supervisor.add(listener, ECHO));
      assertThrows(IllegalStateException.class, () -> listener.receive());
      assertEquals(9, ConfinedThread.get(thread.call("getpriority", 9)));
    }
  }

  /** Not a listener at all: the others must not suffer. */
  @Test
  void aListenerThatDoesNotWorkIsClosedAndTold() throws Exception {
    try (var thread = new ConfinedThread();
        Pipe pipe = Pipe.open();
        var supervisor = NotificationSupervisor.start(failures)) {
      supervisor.add(confine(thread), ECHO);
      try (var text = java.lang.foreign.Arena.ofConfined()) {
        pipe.write().write(text.allocateFrom("something to read"));
      }
      Fd read = pipe.read();
      supervisor.add(Listener.owning(read), ECHO);
      assertEquals(KernelException.class, failures.next().getClass());
      assertTrue(read.isClosed());
      assertEquals(9, ConfinedThread.get(thread.call("getpriority", 9)));
    }
  }
}
