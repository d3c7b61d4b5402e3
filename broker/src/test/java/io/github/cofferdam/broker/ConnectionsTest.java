package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which sockets count, by this machine's own table of them. */
class ConnectionsTest {
  private static final Verdict ALLOWED = Verdict.allow("allow *");
  private static final Verdict FULL = Verdict.deny("limits.connections = 1");

  /** No socket has it: the kernel counts from 1. */
  private static final long NOBODY = Long.MAX_VALUE;

  private final Connections connections = new Connections(1);

  /** {@return the inodes of this process's sockets} */
  private static Set<Long> sockets() throws IOException {
    var found = new HashSet<Long>();
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          String leads = Files.readSymbolicLink(fd).toString();
          if (leads.startsWith("socket:[")) {
            found.add(Long.parseLong(leads.substring("socket:[".length(), leads.length() - 1)));
          }
        } catch (IOException e) {
          // It was closed meanwhile.
        }
      }
    }
    return found;
  }

  @Test
  void aConnectionCountsUntilItIsClosed() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      long inode;
      Set<Long> before = sockets();
      var client = new Socket(server.getInetAddress(), server.getLocalPort());
      try (client) {
        Set<Long> made = sockets();
        made.removeAll(before);
        made.retainAll(TcpSockets.inodes());
        assertEquals(1, made.size());
        inode = made.iterator().next();

        assertEquals(ALLOWED, connections.take(inode, ALLOWED));
        connections.connected(inode, 0);
        assertEquals(FULL, connections.take(NOBODY, ALLOWED));
        // What was not taken is not there.
        connections.connected(NOBODY, 0);
        assertEquals(FULL, connections.take(NOBODY, ALLOWED));
        // The same one is no other.
        assertEquals(ALLOWED, connections.take(inode, ALLOWED));
        connections.connected(inode, -Errno.EISCONN.number());
        assertEquals(FULL, connections.take(NOBODY, ALLOWED));
        assertEquals(3, connections.refused());
      }
      assertFalse(TcpSockets.inodes().contains(inode));
      assertEquals(ALLOWED, connections.take(NOBODY, ALLOWED));
    }
  }

  /** Not there yet does not mean gone. */
  @Test
  void whatIsBeingConnectedCounts() {
    connections.take(NOBODY, ALLOWED);
    assertEquals(FULL, connections.take(NOBODY - 1, ALLOWED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ECONNREFUSED", "ETIMEDOUT", "EISCONN", "EACCES"})
  void whatFailsDoesNotCount(String error) {
    connections.take(NOBODY, ALLOWED);
    connections.connected(NOBODY, -Errno.valueOf(error).number());
    assertEquals(ALLOWED, connections.take(NOBODY - 1, ALLOWED));
  }

  @Test
  void inodesStandInTheTable() throws IOException {
    String line =
        "   0: 0100007F:0277 0100007F:A3C4 01 00000000:00000000 00:00000000 00000000     0        0"
            + " 7613 1 0000000000000000 100 0 0 10 0";
    assertEquals(7613, TcpSockets.inode(line));
    assertThrows(IOException.class, () -> TcpSockets.inode("0: 1 2"));
    assertThrows(IOException.class, () -> TcpSockets.inode(line.replace("7613", "x")));
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertTrue(server.isBound());
      Set<Long> all = TcpSockets.inodes();
      all.retainAll(sockets());
      assertFalse(all.isEmpty());
    }
  }
}
