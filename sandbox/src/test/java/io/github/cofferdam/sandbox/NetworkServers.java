package io.github.cofferdam.sandbox;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import com.sun.net.httpserver.SimpleFileServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * What programs in sandboxes may reach, and what they may not, at this host's loopback: servers of
 * HTTP and HTTPS that have the files of a directory, one that sends datagrams back, and a port that
 * counts who comes to it.
 */
final class NetworkServers implements AutoCloseable {
  private static final String PASSWORD = "changeit";

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Runnable> all = new ArrayList<>();
  private final AtomicInteger strangers = new AtomicInteger();
  private final int http;
  private final int https;
  private final int datagrams;
  private final int forbidden;
  private final int forbiddenDatagrams;
  private final Path certificate;

  /**
   * Starts them.
   *
   * @param host the name that their certificate is for
   * @param files what they have
   * @param keys an empty directory for their keys
   */
  NetworkServers(String host, Path files, Path keys)
      throws IOException, GeneralSecurityException, InterruptedException {
    HttpHandler handler = SimpleFileServer.createFileHandler(files);
    certificate = keys.resolve("certificate.pem");
    http = start(HttpServer.create(loopback(), 0), handler);
    HttpsServer secure = HttpsServer.create(loopback(), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(context(host, keys.resolve("keys.p12"))));
    https = start(secure, handler);
    var echo = new DatagramSocket(loopback());
    datagrams = start(echo, () -> sendBack(echo));
    var closed = new ServerSocket();
    closed.bind(loopback());
    all.add(() -> close(closed));
    forbidden = closed.getLocalPort();
    threads.execute(() -> count(closed));
    var deaf = new DatagramSocket(loopback());
    forbiddenDatagrams = start(deaf, () -> count(deaf));
  }

  private static InetSocketAddress loopback() throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
  }

  private int start(HttpServer server, HttpHandler handler) {
    server.createContext("/", handler);
    server.setExecutor(threads);
    server.start();
    all.add(() -> server.stop(0));
    return server.getAddress().getPort();
  }

  private int start(DatagramSocket socket, Runnable work) {
    all.add(socket::close);
    threads.execute(work);
    return socket.getLocalPort();
  }

  private static void sendBack(DatagramSocket socket) {
    while (!socket.isClosed()) {
      try {
        var packet = new DatagramPacket(new byte[1500], 1500);
        socket.receive(packet);
        socket.send(packet);
      } catch (IOException e) {
        // Closed, or the client is.
      }
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void count(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        socket.accept().close();
        strangers.incrementAndGet();
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void count(DatagramSocket socket) {
    while (!socket.isClosed()) {
      try {
        socket.receive(new DatagramPacket(new byte[1], 1));
        strangers.incrementAndGet();
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  /** Made by the JDK's own tool, which is where this runs. */
  private SSLContext context(String host, Path store)
      throws IOException, GeneralSecurityException, InterruptedException {
    keytool(
        store,
        List.of("-genkeypair", "-keyalg", "EC", "-dname", "CN=" + host, "-ext", "SAN=dns:" + host));
    keytool(store, List.of("-exportcert", "-rfc", "-file", certificate.toString()));
    var keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  private static void keytool(Path store, List<String> arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(arguments);
    command.addAll(
        List.of("-alias", "server", "-keystore", store.toString(), "-storepass", PASSWORD));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    byte[] said = process.getInputStream().readAllBytes();
    if (process.waitFor() != 0) {
      throw new IOException(command + ": " + new String(said, StandardCharsets.UTF_8));
    }
  }

  /** {@return the port of HTTP} */
  int http() {
    return http;
  }

  /** {@return the port of HTTPS} */
  int https() {
    return https;
  }

  /** {@return the port that sends datagrams back} */
  int datagrams() {
    return datagrams;
  }

  /** {@return the port, of TCP, to which nobody may come} */
  int forbidden() {
    return forbidden;
  }

  /** {@return the port, of UDP, to which nothing may come} */
  int forbiddenDatagrams() {
    return forbiddenDatagrams;
  }

  /** {@return how much came to where nothing may come} */
  int strangers() {
    return strangers.get();
  }

  /** {@return the certificate of the server of HTTPS, as text} */
  Path certificate() {
    return certificate;
  }

  @Override
  public void close() {
    all.forEach(Runnable::run);
    threads.shutdownNow();
    threads.close();
  }
}
