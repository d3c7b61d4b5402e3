package io.github.cofferdam.broker;

import static io.github.cofferdam.broker.SocketName.AF_INET;
import static io.github.cofferdam.broker.SocketThread.name;
import static io.github.cofferdam.broker.SocketThread.socket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.TreeLimits;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections that take their time: to a server whose queue is full, so that it says nothing. */
@Tag("kernel")
class WaitingTest {
  private static final int STREAM = HostSocket.SOCK_STREAM;
  private static final int SETFL = 4;

  private final SocketThread program;
  private final FullServer server;
  private final NetworkBroker broker;

  WaitingTest() throws Exception {
    program = SocketThread.start();
    server = FullServer.open();
    Network network =
        Network.DEFAULT.withAllow(List.of(NetworkRule.parse("127.0.0.1:" + server.port())));
    broker =
        NetworkBroker.start(program.listener(), network, TreeLimits.NONE, false, Optional.empty());
  }

  @AfterEach
  void end() throws Exception {
    broker.close();
    program.close();
    server.close();
  }

  private Future<Long> connect(HostSocket socket) throws IOException {
    return program.beginNamed("connect", socket, name("127.0.0.1", server.port()));
  }

  private static void assertWaits(Future<Long> result) throws Exception {
    Thread.sleep(100);
    assertFalse(result.isDone());
  }

  @Test
  void whoConnectsTheSameSocketWaitsForTheSameConnection() throws Exception {
    try (HostSocket one = socket(AF_INET, STREAM)) {
      Future<Long> first = connect(one);
      assertWaits(first);
      Future<Long> second = connect(one);
      assertWaits(second);
      server.makeRoom();
      assertEquals(0, SocketThread.get(first));
      assertEquals(0, SocketThread.get(second));
      assertEquals(-Errno.EISCONN.number(), SocketThread.get(connect(one)));
    }
  }

  /** As the kernel has it: the connection of a socket that blocked no more when somebody asked. */
  @Test
  void whoDoesNotWaitIsToldThatItIsUnderWay() throws Exception {
    try (HostSocket one = socket(AF_INET, STREAM)) {
      Future<Long> first = connect(one);
      assertWaits(first);
      int fcntl = Syscall.number("fcntl");
      Syscall.call(fcntl, one.fd().number(), SETFL, SocketThread.NONBLOCK);
      assertEquals(-Errno.EALREADY.number(), SocketThread.get(connect(one)));
      assertFalse(first.isDone());
      server.makeRoom();
      assertEquals(0, SocketThread.get(first));
    }
  }

  @Test
  void nobodyElseWaits() throws Exception {
    try (HostSocket one = socket(AF_INET, STREAM);
        HostSocket other = socket(AF_INET, STREAM)) {
      Future<Long> first = connect(one);
      assertWaits(first);
      assertEquals(
          -Errno.EACCES.number(),
          program.callNamed("connect", other, name("127.0.0.2", server.port())));
      assertFalse(first.isDone());
    }
  }

  /** Whoever asked has ENOSYS, and the connection itself is given up. */
  @Test
  void theEndOfTheRunEndsThem() throws Exception {
    try (HostSocket one = socket(AF_INET, STREAM)) {
      Future<Long> first = connect(one);
      assertWaits(first);
      broker.close();
      assertEquals(-Errno.ENOSYS.number(), SocketThread.get(first));
      // Otherwise this would wait for the connection that is under way.
      server.makeRoom();
      assertEquals(0, one.connect(name("127.0.0.1", server.port())));
    }
  }

  /** What has not begun when the run ends does not begin. */
  @Test
  void nothingBeginsAfterTheEnd() throws Exception {
    var waiting = new Waiting();
    waiting.close();
    try (HostSocket one = socket(AF_INET, STREAM)) {
      byte[] where = name("127.0.0.1", server.port());
      try (SocketThread other = SocketThread.start()) {
        Future<Long> result = other.begin("getpriority");
        var asked = new Asked(other.next());
        var failed =
            assertThrows(
                Asked.Failed.class,
                () -> waiting.connect(asked, one, socket -> socket.connect(where)));
        assertEquals(Errno.EAGAIN, failed.errno());
        assertFalse(asked.notification().answered());
        asked.fail(failed.errno());
        assertEquals(-Errno.EAGAIN.number(), SocketThread.get(result));
      }
    }
  }
}
