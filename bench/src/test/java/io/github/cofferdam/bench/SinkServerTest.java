package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class SinkServerTest {
  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }

  @Test
  void closesWhenItHasReadToTheEnd() throws Exception {
    try (SinkServer server = SinkServer.start()) {
      for (int i = 0; i < 3; i++) {
        try (Socket client = connect(server.port())) {
          client.getOutputStream().write(new byte[1_000_000]);
          client.shutdownOutput();
          assertEquals(-1, client.getInputStream().read());
        }
      }
    }
  }

  @Test
  void goesOnAfterAReset() throws Exception {
    try (SinkServer server = SinkServer.start()) {
      try (Socket client = connect(server.port())) {
        client.setSoLinger(true, 0);
      }
      try (Socket client = connect(server.port())) {
        client.shutdownOutput();
        assertEquals(-1, client.getInputStream().read());
      }
    }
  }

  @Test
  void endsWithAConnectionThatIsOpen() throws Exception {
    SinkServer server = SinkServer.start();
    int port = server.port();
    try (Socket client = connect(port)) {
      client.getOutputStream().write(1);
      server.close();
      assertThrows(IOException.class, () -> connect(port).close());
    }
  }
}
