package io.github.cofferdam.broker;

import static io.github.cofferdam.broker.SocketName.AF_INET;
import static io.github.cofferdam.broker.SocketThread.socket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Errno;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How much of this process's memory what waits to be sent may have. */
@Tag("kernel")
class WaitingMemoryTest {
  private static final int MEGABYTE = 1 << 20;

  private static Parcel parcel(HostSocket socket, int length) {
    return new Parcel(socket, new byte[0], new byte[length], ControlData.none(), 0);
  }

  @Test
  void whereMuchWaitsStreamsWaitWithLess() throws Exception {
    try (HostSocket stream = socket(AF_INET, HostSocket.SOCK_STREAM);
        Waiting waiting = new Waiting()) {
      Parcel whole = parcel(stream, Message.LONGEST_PIECE);
      for (int held = 0; held < 8 * MEGABYTE; held += Message.LONGEST_PIECE) {
        assertSame(whole, waiting.admit(whole));
      }
      assertEquals(Parcel.PIECE, waiting.admit(whole).size());
      Parcel less = parcel(stream, 100);
      assertSame(less, waiting.admit(less));
    }
  }

  @Test
  void datagramsAreSentWholeOrNotAtAll() throws Exception {
    try (HostSocket datagrams = socket(AF_INET, HostSocket.SOCK_DGRAM);
        Waiting waiting = new Waiting()) {
      Parcel whole = parcel(datagrams, MEGABYTE / 32);
      for (int held = 0; held < 32 * MEGABYTE; held += whole.size()) {
        assertSame(whole, waiting.admit(whole));
      }
      Asked.Failed failed = assertThrows(Asked.Failed.class, () -> waiting.admit(whole));
      assertEquals(Errno.EAGAIN, failed.errno());
    }
  }
}
