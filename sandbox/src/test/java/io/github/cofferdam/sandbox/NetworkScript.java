package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Python scripts that try to get somewhere past a broker, as those of {@link Attempts}: with the
 * allowed port as {@code A}, the forbidden one as {@code F}, and calls that Python has no name for.
 */
final class NetworkScript {
  private static final String PRELUDE =
      """
      import struct, threading, time
      from socket import *
      A, F = int(sys.argv[1]), int(sys.argv[2])
      LO, LO6 = ('127.0.0.1', A), ('::1', A)
      CONNECT, SENDTO, SENDMSG, BIND, LISTEN, SENDMMSG = 42, 44, 46, 49, 50, 307
      def v4(host, port, family=AF_INET):
          return struct.pack('=H', family) + struct.pack('!H4s8x', port, inet_aton(host))
      def v6(host, port, family=AF_INET6, flow=0, scope=0):
          return (struct.pack('=H', family) + struct.pack('!HI', port, flow)
              + inet_pton(AF_INET6, host) + struct.pack('=I', scope))
      def tcp(family=AF_INET): return socket(family, SOCK_STREAM)
      def udp(family=AF_INET): return socket(family, SOCK_DGRAM)
      def connect(one, name, length=None):
          return call(CONNECT, one.fileno(), name, len(name) if length is None else length)
      def sendto(one, data, name, flags=0, length=None):
          return call(SENDTO, one.fileno(), data, len(data), flags, name,
              len(name) if length is None else length)
      keep = []
      def address(data):
          buffer = data if isinstance(data, ctypes.Array) else ctypes.create_string_buffer(data)
          keep.append(buffer)
          return ctypes.addressof(buffer)
      def message(name, data, control=b'', length=None):
          vector = struct.pack('=QQ', address(data), len(data))
          return struct.pack('=QI4xQQQQI4x', address(name) if name else 0,
              len(name or b'') if length is None else length, address(vector), 1,
              address(control) if control else 0, len(control), 0)
      def sendmsg(one, name, data, flags=0, **more):
          return call(SENDMSG, one.fileno(), message(name, data, **more), flags)
      def sendmmsg(one, *messages, flags=0):
          many = b''.join(each + struct.pack('=I4x', 0) for each in messages)
          buffer = ctypes.create_string_buffer(many)
          sent = call(SENDMMSG, one.fileno(), buffer, len(messages), flags)
          return [sent] + [struct.unpack_from('=I', buffer, 64 * i + 56)[0]
              for i in range(len(messages))]
      def talk(one, data=b'hello'):
          one.settimeout(60)
          one.sendall(data)
          got = one.recv(len(data))
          one.close()
          return got.decode()
      """;

  private NetworkScript() {}

  /** {@return what came of each attempt}; further parameters are sys.argv[3]... */
  static Map<String, String> confined(
      NetworkPlaces places, Policy policy, Path directory, String script, Object... more)
      throws IOException, InterruptedException {
    return Attempts.confined(policy, directory, PRELUDE + script, arguments(places, more));
  }

  /** As {@link #confined}, without a sandbox. */
  static Map<String, String> free(
      NetworkPlaces places, Path directory, String script, Object... more)
      throws IOException, InterruptedException {
    return Attempts.free(directory, PRELUDE + script, arguments(places, more));
  }

  private static Object[] arguments(NetworkPlaces places, Object... more) {
    var all = new ArrayList<Object>(List.of(places.allowed(), places.forbidden()));
    all.addAll(List.of(more));
    return all.toArray();
  }

  /**
   * Compares with what is expected of each.
   *
   * @param expected lines of a name and what comes of it
   */
  static void assertResults(String expected, Map<String, String> results) {
    var lines = new LinkedHashMap<String, String>();
    for (String line : expected.lines().toList()) {
      int space = line.indexOf(' ');
      lines.put(line.substring(0, space), line.substring(space + 1));
    }
    assertEquals(text(lines), text(results));
  }

  /** The same came of each. */
  static void assertSame(Map<String, String> expected, Map<String, String> results) {
    assertEquals(text(expected), text(results));
  }

  private static String text(Map<String, String> results) {
    var text = new StringBuilder();
    results.forEach((name, result) -> text.append(name).append(' ').append(result).append('\n'));
    return text.toString();
  }
}
