package io.github.cofferdam.broker;

import static io.github.cofferdam.broker.SocketName.AF_INET;
import static io.github.cofferdam.broker.SocketThread.name;
import static io.github.cofferdam.broker.SocketThread.socket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams that wait when they are closed, since their other ends read nothing. */
@Tag("kernel")
class ClosingSocketsTest {
  private static final int SO_LINGER = 13;
  private static final int SECONDS = 60;
  private static final int SMALL = 4096;

  private static HostSocket full(ServerSocket server) throws Exception {
    HostSocket socket = socket(AF_INET, HostSocket.SOCK_STREAM);
    assertEquals(0, socket.connect(name("127.0.0.1", server.getLocalPort())));
    byte[] data = new byte[SMALL];
    long sent;
    do {
      sent = socket.send(new byte[0], data, new byte[0], HostSocket.MSG_DONTWAIT);
    } while (sent > 0);
    assertEquals(-Errno.EAGAIN.number(), sent);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment linger = arena.allocateFrom(ValueLayout.JAVA_INT, 1, SECONDS);
      assertEquals(
          0,
          Syscall.call(
              Syscall.number("setsockopt"),
              socket.fd().number(),
              Uapi.SOL_SOCKET(),
              SO_LINGER,
              linger.address(),
              linger.byteSize()));
    }
    return socket;
  }

  private static void awaitUnderWay(int wanted) throws InterruptedException {
    while (ClosingSockets.underWay() != wanted) {
      Thread.sleep(1);
    }
  }

  @Test
  void noMoreThanSomeAreWaitedFor() throws Exception {
    awaitUnderWay(0);
    try (var server = new ServerSocket()) {
      server.setReceiveBufferSize(SMALL);
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      server.bind(new InetSocketAddress(loopback, 0), 2 * ClosingSockets.MOST);
      for (int i = 0; i < ClosingSockets.MOST; i++) {
        full(server).close();
      }
      awaitUnderWay(ClosingSockets.MOST);
      HostSocket one = full(server);
      one.closeHere();
      assertTrue(one.fd().isClosed());
      // Otherwise it has waited as long as they have.
      assertEquals(ClosingSockets.MOST, ClosingSockets.underWay());
    }
    // The other ends are gone.
    awaitUnderWay(0);
  }
}
