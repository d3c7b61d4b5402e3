package io.github.cofferdam.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;

/**
 * A server and a client that talk over the loopback, one request after the other. It knows no other
 * class of this project: its file alone is put on a class path.
 */
final class HttpLoad {
  private HttpLoad() {}

  /** The argument is the number of requests. */
  public static void main(String[] args) throws IOException {
    int requests = Integer.parseInt(args[0]);
    byte[] answer = "0123456789abcdef".repeat(64).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, answer.length);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(answer);
          }
        });
    server.start();
    try {
      InetSocketAddress address = server.getAddress();
      URL url = URI.create("http://127.0.0.1:" + address.getPort() + "/").toURL();
      long read = 0;
      for (int i = 0; i < requests; i++) {
        var connection = (HttpURLConnection) url.openConnection();
        try (InputStream body = connection.getInputStream()) {
          read += body.readAllBytes().length;
        }
      }
      if (read != (long) requests * answer.length) {
        throw new IOException("read " + read + " bytes");
      }
    } finally {
      server.stop(0);
    }
  }
}
