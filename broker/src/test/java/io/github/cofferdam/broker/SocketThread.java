package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Listener;
import io.github.cofferdam.seccomp.Notification;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Threads of this virtual machine that make calls about sockets, for which somebody else has to
 * answer, and the memory that their arguments point to.
 */
final class SocketThread implements AutoCloseable {
  static final int PATIENCE_SECONDS = 60;
  static final int NONBLOCK = 0x800;

  private static final List<String> ASKED =
      List.of("connect", "bind", "listen", "sendto", "sendmsg", "sendmmsg", "getpriority");

  private final ExecutorService first =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  /** Made by the first one, behind whose filter they are. */
  private final ExecutorService others;

  private final Listener listener;
  private final Arena arena = Arena.ofShared();

  private SocketThread(List<String> asked) throws Exception {
    SeccompFilter.Builder filter = SeccompFilter.denyList(Arch.host());
    asked.forEach(call -> filter.on(call, Action.userNotification()));
    listener = first.submit(() -> filter.build().installOnThisThreadWithListener()).get();
    others =
        first
            .submit(() -> {
              ExecutorService made =
                  Executors.newFixedThreadPool(8, Thread.ofPlatform().daemon().factory());
              for (int i = 0; i < 8; i++) {
                var _ = made.submit(() -> {});
              }
              return made;
            })
            .get();
  }

  /** {@return threads that ask about all but making sockets} */
  static SocketThread start() throws Exception {
    return new SocketThread(ASKED);
  }

  /** {@return threads that ask about making sockets, and nothing else} */
  static SocketThread makingSockets() throws Exception {
    return new SocketThread(List.of("socket"));
  }

  /** {@return the end of the filter}, which is closed with this. */
  Fd listener() {
    return listener.descriptor();
  }

  /** {@return the next call that is asked about} */
  Notification next() throws Exception {
    return listener.receive(Duration.ofSeconds(PATIENCE_SECONDS)).orElseThrow();
  }

  /** Makes a call. */
  Future<Long> begin(String call, long... args) {
    return others.submit(() -> Syscall.call(Syscall.number(call), args));
  }

  static long get(Future<Long> result) throws Exception {
    return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Makes a call and waits for its end. */
  long call(String call, long... args) throws Exception {
    return get(begin(call, args));
  }

  /** Makes a call with a socket's address. */
  Future<Long> beginNamed(String call, HostSocket socket, byte[] name) {
    return begin(call, socket.fd().number(), memory(name).address(), name.length);
  }

  long callNamed(String call, HostSocket socket, byte[] name) throws Exception {
    return get(beginNamed(call, socket, name));
  }

  /** {@return memory with something in it}, which lasts as long as this. */
  MemorySegment memory(byte... content) {
    MemorySegment memory = arena.allocate(Math.max(8, content.length), 8);
    MemorySegment.copy(content, 0, memory, ValueLayout.JAVA_BYTE, 0, content.length);
    return memory;
  }

  /** {@return a struct msghdr}, see {@link Message}. */
  MemorySegment message(byte[] name, byte[] control, byte[]... parts) {
    MemorySegment vectors = arena.allocate(Math.max(16, 16L * parts.length), 8);
    for (int i = 0; i < parts.length; i++) {
      vectors.set(ValueLayout.JAVA_LONG, 16L * i, memory(parts[i]).address());
      vectors.set(ValueLayout.JAVA_LONG, 16L * i + 8, parts[i].length);
    }
    // A struct mmsghdr has eight bytes more.
    MemorySegment message = arena.allocate(64, 8);
    message.set(ValueLayout.JAVA_LONG, 0, name.length == 0 ? 0 : memory(name).address());
    message.set(ValueLayout.JAVA_INT, 8, name.length);
    message.set(ValueLayout.JAVA_LONG, 16, vectors.address());
    message.set(ValueLayout.JAVA_LONG, 24, parts.length);
    message.set(ValueLayout.JAVA_LONG, 32, control.length == 0 ? 0 : memory(control).address());
    message.set(ValueLayout.JAVA_LONG, 40, control.length);
    return message;
  }

  static HostSocket socket(int domain, int type) throws Exception {
    return new HostSocket(
        Fd.owning(HostSocket.make(domain, type | 0x80000, 0), "socket", "make a socket"));
  }

  static byte[] name(String address, int port) {
    IpAddress ip = IpAddress.parse(address).orElseThrow();
    return SocketName.bytes(ip, port, !ip.isV4());
  }

  @Override
  public void close() {
    listener.close();
    others.shutdownNow();
    first.shutdownNow();
    others.close();
    first.close();
    arena.close();
  }
}
