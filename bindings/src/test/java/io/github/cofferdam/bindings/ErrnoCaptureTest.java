package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The virtual machine itself makes system calls on every thread, at safepoints for instance. One
 * shared place for the error number, or a second call that asks for it, gives another call's error
 * once in some ten thousand calls.
 */
@Tag("kernel")
class ErrnoCaptureTest {
  private static final int CALLS = 30_000;
  private static final Pipe PIPE = openPipe();

  /** A call that always fails in the same way. */
  private record Failing(int number, long a0, long a1, long a2, Errno expected) {}

  private static final List<Failing> CALLS_THAT_FAIL =
      List.of(
          new Failing(Syscall.number("close"), -1, 0, 0, Errno.EBADF),
          new Failing(Syscall.number("chdir"), 0, 0, 0, Errno.EFAULT),
          new Failing(Syscall.number("wait4"), 1, 0, 0, Errno.ECHILD),
          new Failing(Syscall.number("prctl"), -1, 0, 0, Errno.EINVAL),
          new Failing(Syscall.number("kill"), Integer.MAX_VALUE, 0, 0, Errno.ESRCH),
          new Failing(Syscall.number("lseek"), pipeEnd(), 0, Uapi.SEEK_SET(), Errno.ESPIPE),
          new Failing(9_999, 0, 0, 0, Errno.ENOSYS),
          new Failing(Syscall.number("ioctl"), pipeEnd(), 0x5401, 0, Errno.ENOTTY));

  @Test
  void eachThreadGetsItsOwnErrorsWhileGarbageIsCollected() throws Exception {
    var stop = new AtomicBoolean();
    try (PIPE;
        var threads = Executors.newCachedThreadPool()) {
      Future<Integer> collector =
          threads.submit(() -> {
            int collections = 0;
            while (!stop.get()) {
              System.gc();
              collections++;
            }
            return collections;
          });
      List<Future<Integer>> wrong = new ArrayList<>();
      for (Failing call : CALLS_THAT_FAIL) {
        wrong.add(threads.submit(() -> wrongAnswers(call)));
      }
      int all = 0;
      try {
        for (Future<Integer> one : wrong) {
          all += one.get(60, TimeUnit.SECONDS);
        }
      } finally {
        stop.set(true);
      }
      assertTrue(collector.get(60, TimeUnit.SECONDS) > 0);
      assertEquals(0, all, "wrong error numbers");
    }
  }

  private static int wrongAnswers(Failing call) {
    int wrong = 0;
    for (int i = 0; i < CALLS; i++) {
      long result = Syscall.call(call.number, call.a0, call.a1, call.a2);
      if (result != -call.expected.number()) {
        wrong++;
      }
    }
    return wrong;
  }

  private static int pipeEnd() {
    return PIPE.read().number();
  }

  private static Pipe openPipe() {
    try {
      return Pipe.open();
    } catch (KernelException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
