package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.__kernel_timespec;
import io.github.cofferdam.bindings.uapi.pollfd;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class PollTest {
  private static final int IN = Uapi.POLLIN();
  private static final int OUT = Uapi.POLLOUT();

  @Test
  void saysWhatCanBeDone() throws Exception {
    try (var pipe = Pipe.open();
        var arena = Arena.ofConfined()) {
      assertEquals(0, Poll.await(0, pipe.read(), IN));
      assertEquals(0, Poll.await(1_000_000, pipe.read(), IN));
      assertEquals(OUT, Poll.await(Poll.FOREVER, pipe.write(), OUT));
      pipe.write().write(arena.allocate(1));
      assertEquals(IN, Poll.await(Poll.FOREVER, pipe.read(), IN));
      pipe.write().close();
      assertEquals(IN | Uapi.POLLHUP(), Poll.await(Poll.FOREVER, pipe.read(), IN));
    }
  }

  @Test
  void saysItOfEachDescriptor() throws Exception {
    try (var pipe = Pipe.open()) {
      var read = new Poll.Wanted(pipe.read(), IN);
      var write = new Poll.Wanted(pipe.write(), OUT);

      assertArrayEquals(new int[] {0, OUT, 0}, Poll.await(Poll.FOREVER, read, write, read));
    }
  }

  @Test
  void aClosedDescriptorIsNotWaitedFor() throws Exception {
    try (var pipe = Pipe.open();
        var closed = Pipe.open()) {
      closed.read().close();
      var open = new Poll.Wanted(pipe.write(), OUT);

      assertEquals(Poll.CLOSED, Poll.await(Poll.FOREVER, closed.read(), IN));
      assertArrayEquals(
          new int[] {0, Poll.CLOSED},
          Poll.await(Poll.FOREVER, open, new Poll.Wanted(closed.read(), IN)));
    }
  }

  /** As if somebody else had closed it behind its owner's back. */
  @Test
  void anInvalidDescriptorIsNotACloseOfOurs() throws Exception {
    assertEquals(Uapi.POLLNVAL(), Poll.await(Poll.FOREVER, Fd.owning(Integer.MAX_VALUE), IN));
  }

  @Test
  void descriptorsAreGivenBack() throws Exception {
    try (var closed = Pipe.open()) {
      closed.read().close();
      var pipe = Pipe.open();
      Poll.await(0, new Poll.Wanted(pipe.read(), IN), new Poll.Wanted(closed.read(), IN));
      Poll.await(0, pipe.read(), IN);
      pipe.close();

      assertThrows(IllegalStateException.class, () -> pipe.read().number());
    }
  }

  @Test
  void theBytesStandWhereTheKernelLooks() {
    assertEquals(pollfd.sizeof(), Poll.POLLFD_SIZE);
    assertEquals(0, pollfd.fd$offset());
    assertEquals(pollfd.events$offset(), Poll.POLLFD_EVENTS);
    assertEquals(pollfd.revents$offset(), Poll.POLLFD_REVENTS);
    assertEquals(__kernel_timespec.sizeof(), Poll.TIMESPEC_SIZE);
    assertEquals(0, __kernel_timespec.tv_sec$offset());
    assertEquals(__kernel_timespec.tv_nsec$offset(), Poll.TIMESPEC_NANOS);
  }
}
