package io.github.cofferdam.broker;

import static io.github.cofferdam.broker.SocketName.AF_INET;
import static io.github.cofferdam.broker.SocketName.AF_INET6;
import static io.github.cofferdam.broker.SocketThread.NONBLOCK;
import static io.github.cofferdam.broker.SocketThread.name;
import static io.github.cofferdam.broker.SocketThread.socket;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Pipe;
import io.github.cofferdam.bindings.Poll;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.ListenAddress;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRefusal;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.TreeLimits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A broker answers for threads of this virtual machine: calls as programs make them. */
@Tag("kernel")
class NetworkBrokerTest {
  private static final byte[] NOTHING = {};
  private static final int STREAM = HostSocket.SOCK_STREAM;
  private static final int DATAGRAM = HostSocket.SOCK_DGRAM;

  private final List<NetworkDecision> decisions = new CopyOnWriteArrayList<>();
  private SocketThread program;

  NetworkBrokerTest() throws Exception {
    program = SocketThread.start();
  }

  private ServerSocketChannel server;
  private int port;

  @BeforeEach
  void listen() throws Exception {
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.configureBlocking(false);
    port = ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  @AfterEach
  void end() throws Exception {
    program.close();
    server.close();
  }

  private static Network allowed(String... rules) {
    return Network.DEFAULT.withAllow(Stream.of(rules).map(NetworkRule::parse).toList());
  }

  private NetworkBroker broker(Network network) throws Exception {
    return NetworkBroker.start(
        program.listener(), network, TreeLimits.NONE, false, Optional.of(decisions::add));
  }

  private static long error(Errno errno) {
    return -errno.number();
  }

  private static byte[] text(String text) {
    return text.getBytes(US_ASCII);
  }

  // ------------------------------------------------------------------ connect

  @Test
  void connectsWhereARuleSays() throws Exception {
    try (NetworkBroker broker = broker(allowed("127.0.0.1:" + port));
        HostSocket one = socket(AF_INET, STREAM);
        HostSocket mapped = socket(AF_INET6, STREAM);
        HostSocket any = socket(AF_INET, STREAM);
        HostSocket other = socket(AF_INET, STREAM)) {
      assertEquals(0, program.callNamed("connect", one, name("127.0.0.1", port)));
      assertNotNull(server.accept());
      assertEquals(0, program.callNamed("connect", mapped, mapped("127.0.0.1")));
      assertNotNull(server.accept());
      // 0.0.0.0 is this host.
      assertEquals(0, program.callNamed("connect", any, name("0.0.0.0", port)));
      assertNotNull(server.accept());
      for (String elsewhere : List.of("127.0.0.2", "10.0.0.1", "1.1.1.1")) {
        assertEquals(
            error(Errno.EACCES), program.callNamed("connect", other, name(elsewhere, port)));
      }
      assertEquals(
          error(Errno.EACCES), program.callNamed("connect", other, name("127.0.0.1", port + 1)));
      assertNull(server.accept());
      assertEquals(
          List.of("127.0.0.1 port " + port + "/tcp true", "10.0.0.1 port " + port + "/tcp false"),
          Stream.of(decisions.get(2), decisions.get(4))
              .map(decision -> decision.target() + " " + decision.allowed())
              .toList());
      assertEquals(3, broker.counts().allowed());
      assertEquals(4, broker.counts().refused());
      var reached = assertInstanceOf(NetworkDecision.Reached.class, decisions.getFirst());
      assertEquals("connect", reached.call());
      assertEquals(ProcessHandle.current().pid(), reached.pid());
      assertTrue(reached.program().endsWith("/java"), reached::program);
      assertEquals("allow 127.0.0.1:" + port, reached.rule());
    }
  }

  private byte[] mapped(String address) {
    return SocketName.bytes(IpAddress.parse(address).orElseThrow(), port, true);
  }

  @Test
  void aRefusalReadsAsThePolicySays() throws Exception {
    Network network = allowed().withRefusal(NetworkRefusal.CONNECTION_REFUSED);
    try (NetworkBroker broker = broker(network);
        HostSocket one = socket(AF_INET, STREAM)) {
      assertEquals(
          error(Errno.ECONNREFUSED), program.callNamed("connect", one, name("127.0.0.1", port)));
      assertNull(server.accept());
      assertEquals(1, broker.counts().refused());
    }
  }

  /** What a rule denies is not reached by the address that means every address either. */
  @Test
  void noAddressGetsAroundARule() throws Exception {
    Network network =
        Network.DEFAULT
            .withAccess(Network.Access.FULL)
            .withDeny(List.of(NetworkRule.parse("127.0.0.0/8:" + port)));
    try (NetworkBroker broker = broker(network);
        HostSocket one = socket(AF_INET, STREAM);
        HostSocket six = socket(AF_INET6, STREAM)) {
      assertEquals(error(Errno.EACCES), program.callNamed("connect", one, name("0.0.0.0", port)));
      assertEquals(error(Errno.EACCES), program.callNamed("connect", six, mapped("0.0.0.0")));
      assertEquals(error(Errno.EACCES), program.callNamed("connect", six, mapped("127.0.0.1")));
      assertNull(server.accept());
      assertEquals(3, broker.counts().refused());
    }
  }

  @Test
  void aSocketThatDoesNotBlockIsAnsweredAtOnce() throws Exception {
    try (NetworkBroker broker = broker(allowed("127.0.0.1:" + port));
        HostSocket one = socket(AF_INET, STREAM | NONBLOCK)) {
      assertEquals(
          error(Errno.EINPROGRESS), program.callNamed("connect", one, name("127.0.0.1", port)));
      Poll.await(Poll.FOREVER, one.fd(), Uapi.POLLOUT());
      assertNotNull(server.accept());
      assertEquals(1, broker.counts().allowed());
    }
  }

  @Test
  void mistakesAreThoseOfTheKernel() throws Exception {
    try (NetworkBroker broker = broker(allowed("*"));
        HostSocket one = socket(AF_INET, STREAM);
        HostSocket local = socket(SocketName.AF_UNIX, STREAM)) {
      int number = one.fd().number();
      long where = program.memory(name("1.1.1.1", 1)).address();
      assertEquals(error(Errno.EFAULT), program.call("connect", number, 8, 16));
      assertEquals(error(Errno.EINVAL), program.call("connect", number, where, 1));
      assertEquals(error(Errno.EINVAL), program.call("connect", number, where, 15));
      assertEquals(error(Errno.EINVAL), program.call("connect", number, where, -1));
      assertEquals(error(Errno.EINVAL), program.call("connect", number, where, 129));
      assertEquals(error(Errno.EBADF), program.call("connect", 1_000_000, where, 16));
      // Netlink, Unix sockets by a name, and what is no socket at all.
      assertEquals(
          error(Errno.EAFNOSUPPORT),
          program.callNamed("connect", one, new byte[] {16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
      assertEquals(
          error(Errno.EACCES), program.callNamed("connect", local, new byte[] {1, 0, 0, 'x'}));
      try (Pipe pipe = Pipe.open()) {
        assertEquals(
            error(Errno.EACCES),
            program.callNamed("connect", new HostSocket(pipe.read()), name("1.1.1.1", 1)));
      }
      assertEquals(0, broker.counts().allowed());
    }
  }

  // ------------------------------------------------------------------ datagrams

  @Test
  void datagramsGoWhereARuleSays() throws Exception {
    try (var receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        HostSocket one = socket(AF_INET, DATAGRAM)) {
      receiver.setSoTimeout(60_000);
      int to = receiver.getLocalPort();
      byte[] there = name("127.0.0.1", to);
      byte[] elsewhere = name("127.0.0.2", to);
      try (NetworkBroker broker = broker(allowed("127.0.0.1:" + to))) {
        long number = one.fd().number();
        long data = program.memory(text("one")).address();
        assertEquals(
            3, program.call("sendto", number, data, 3, 0, program.memory(there).address(), 16));
        assertEquals("one", received(receiver));
        assertEquals(
            error(Errno.EACCES),
            program.call("sendto", number, data, 3, 0, program.memory(elsewhere).address(), 16));

        long message = program.message(there, NOTHING, text("two "), text("parts")).address();
        assertEquals(9, program.call("sendmsg", number, message, 0));
        assertEquals("two parts", received(receiver));
        assertEquals(
            error(Errno.EACCES),
            program.call(
                "sendmsg", number, program.message(elsewhere, NOTHING, text("x")).address(), 0));

        // Of many, the first that may not ends it, and the number says so.
        MemorySegment many = program.memory(new byte[128]);
        MemorySegment.copy(program.message(there, NOTHING, text("three")), 0, many, 0, 64);
        MemorySegment.copy(program.message(elsewhere, NOTHING, text("x")), 0, many, 64, 64);
        assertEquals(1, program.call("sendmmsg", number, many.address(), 2, 0));
        assertEquals(5, many.get(ValueLayout.JAVA_INT, 56));
        assertEquals(0, many.get(ValueLayout.JAVA_INT, 64 + 56));
        assertEquals("three", received(receiver));
        assertEquals(
            error(Errno.EACCES), program.call("sendmmsg", number, many.address() + 64, 1, 0));

        assertEquals(3, broker.counts().allowed());
        assertEquals(4, broker.counts().refused());
      }
    }
  }

  /** Each part is a copy of its own, and others wait meanwhile. */
  @Test
  void manyMessagesOfManyPartsAreNotSentAtOnce() throws Exception {
    try (var receiver = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        HostSocket one = socket(AF_INET, DATAGRAM)) {
      int to = receiver.getLocalPort();
      byte[] there = name("127.0.0.1", to);
      byte[][] parts = new byte[600][];
      Arrays.fill(parts, text("x"));
      try (NetworkBroker broker = broker(allowed("127.0.0.1:" + to))) {
        MemorySegment many = program.memory(new byte[192]);
        for (int i = 0; i < 3; i++) {
          MemorySegment message = program.message(there, NOTHING, parts);
          MemorySegment.copy(message, 0, many, i * 64L, 56);
        }
        assertEquals(1, program.call("sendmmsg", one.fd().number(), many.address(), 3, 0));
        assertEquals(600, many.get(ValueLayout.JAVA_INT, 56));
        assertEquals(1, broker.counts().allowed());
      }
    }
  }

  private static String received(DatagramSocket receiver) throws Exception {
    var packet = new DatagramPacket(new byte[100], 100);
    receiver.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
  }

  @Test
  void aConnectedDatagramSocketIsDissolvedAndTakesNoOtherName() throws Exception {
    try (var receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        HostSocket one = socket(AF_INET, DATAGRAM)) {
      receiver.setSoTimeout(60_000);
      int to = receiver.getLocalPort();
      try (NetworkBroker broker = broker(allowed("127.0.0.1:" + to))) {
        assertEquals(error(Errno.EACCES), program.callNamed("connect", one, name("127.0.0.2", to)));
        assertEquals(0, program.callNamed("connect", one, name("127.0.0.1", to)));
        long message = program.message(NOTHING, NOTHING, text("there")).address();
        assertEquals(5, program.call("sendmsg", one.fd().number(), message, 0));
        assertEquals("there", received(receiver));
        assertEquals(0, program.callNamed("connect", one, new byte[16]));
        assertEquals(
            error(Errno.EDESTADDRREQ), program.call("sendmsg", one.fd().number(), message, 0));
        // Too long, and too many parts.
        byte[] there = name("127.0.0.1", to);
        long longer = program.message(there, NOTHING, new byte[65_536]).address();
        assertEquals(error(Errno.EMSGSIZE), program.call("sendmsg", one.fd().number(), longer, 0));
        MemorySegment parts = program.message(there, NOTHING);
        parts.set(ValueLayout.JAVA_LONG, 24, 1025);
        assertEquals(
            error(Errno.EMSGSIZE), program.call("sendmsg", one.fd().number(), parts.address(), 0));
        assertEquals(4, broker.counts().allowed() + broker.counts().refused());
      }
    }
  }

  /** {@code struct cmsghdr} of one number, and what pads it. */
  private static byte[] control(int level, int type, int value) {
    return ByteBuffer.allocate(24)
        .order(ByteOrder.nativeOrder())
        .putLong(20)
        .putInt(level)
        .putInt(type)
        .putInt(value)
        .array();
  }

  @Test
  void onlyMarksGoWithADatagram() throws Exception {
    try (var receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        HostSocket one = socket(AF_INET, DATAGRAM)) {
      receiver.setSoTimeout(60_000);
      byte[] there = name("127.0.0.1", receiver.getLocalPort());
      try (NetworkBroker broker = broker(allowed("127.0.0.1"))) {
        assertNotNull(broker);
        // IP_TTL, IP_TOS.
        for (int type : new int[] {2, 1}) {
          long message = program.message(there, control(0, type, 8), text("m")).address();
          assertEquals(1, program.call("sendmsg", one.fd().number(), message, 0));
          assertEquals("m", received(receiver));
        }
        // IP_PKTINFO, IP_RETOPTS, SCM_RIGHTS, SO_MARK.
        int[][] others = {{0, 8}, {0, 7}, {1, 1}, {1, 36}};
        for (int[] other : others) {
          byte[] control = control(other[0], other[1], 0);
          long message = program.message(there, control, text("x")).address();
          assertEquals(error(Errno.EACCES), program.call("sendmsg", one.fd().number(), message, 0));
        }
        // Behind one that may be, one that may not; lengths that are none; too much of it.
        byte[] two = ByteBuffer.allocate(48).put(control(0, 2, 8)).put(control(0, 8, 0)).array();
        assertEquals(error(Errno.EACCES), sendWith(one, there, two));
        byte[] longer = control(0, 2, 8);
        ByteBuffer.wrap(longer).order(ByteOrder.nativeOrder()).putLong(0, 25);
        assertEquals(error(Errno.EINVAL), sendWith(one, there, longer));
        byte[] shorter = control(0, 2, 8);
        ByteBuffer.wrap(shorter).order(ByteOrder.nativeOrder()).putLong(0, 15);
        assertEquals(error(Errno.EINVAL), sendWith(one, there, shorter));
        assertEquals(error(Errno.ENOBUFS), sendWith(one, there, new byte[4097]));
      }
    }
  }

  private long sendWith(HostSocket socket, byte[] there, byte[] control) throws Exception {
    long message = program.message(there, control, text("x")).address();
    return program.call("sendmsg", socket.fd().number(), message, 0);
  }

  // ------------------------------------------------------------------ streams, Unix sockets

  private static HostSocket[] pair(int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment two = arena.allocate(8, 4);
      long made =
          Syscall.call(
              Syscall.number("socketpair"), SocketName.AF_UNIX, type | 0x80000, 0, two.address());
      assertEquals(0, made);
      return new HostSocket[] {
        new HostSocket(Fd.owning(two.get(ValueLayout.JAVA_INT, 0))),
        new HostSocket(Fd.owning(two.get(ValueLayout.JAVA_INT, 4)))
      };
    }
  }

  @Test
  void pairsTakeMessagesWithDescriptors() throws Exception {
    HostSocket[] pair = pair(STREAM);
    try (NetworkBroker broker = broker(allowed());
        HostSocket left = pair[0];
        HostSocket right = pair[1];
        Arena arena = Arena.ofConfined()) {
      assertNotNull(broker);
      byte[] control = control(1, 1, right.fd().number());
      long message = program.message(NOTHING, control, text("take")).address();
      assertEquals(4, program.call("sendmsg", left.fd().number(), message, 0));
      MemorySegment into = arena.allocate(8);
      // Whoever reads without room for them loses the descriptors, and gets what was sent.
      assertEquals(4, right.fd().read(into));
      // A descriptor that is not open, and credentials.
      assertEquals(error(Errno.EBADF), sendWith(left, NOTHING, control(1, 1, 999_999)));
      assertEquals(error(Errno.EACCES), sendWith(left, NOTHING, control(1, 2, 0)));
    }
  }

  /** What waits for room is sent once, and all of it. */
  @Test
  void aStreamWaitsForRoom() throws Exception {
    HostSocket[] pair = pair(STREAM);
    try (NetworkBroker broker = broker(allowed());
        HostSocket left = pair[0];
        HostSocket right = pair[1];
        Arena arena = Arena.ofConfined()) {
      assertNotNull(broker);
      long message = program.message(NOTHING, NOTHING, new byte[60_000]).address();
      long sent = 0;
      Future<Long> last = program.begin("sendmsg", left.fd().number(), message, 0);
      int calls = 1;
      while (!waits(last)) {
        sent += SocketThread.get(last);
        last = program.begin("sendmsg", left.fd().number(), message, 0);
        calls++;
      }
      assertTrue(calls > 1);
      assertEquals(
          error(Errno.EAGAIN),
          program.call("sendmsg", left.fd().number(), message, HostSocket.MSG_DONTWAIT));
      MemorySegment into = arena.allocate(1 << 20);
      long read = 0;
      boolean there = true;
      while (there || !last.isDone()) {
        there = Poll.await(20_000_000, right.fd(), Uapi.POLLIN()) != 0;
        read += there ? right.fd().read(into) : 0;
      }
      assertTrue(SocketThread.get(last) > 0);
      assertEquals(sent + SocketThread.get(last), read);
    }
  }

  private static boolean waits(Future<Long> result) throws InterruptedException {
    for (int i = 0; i < 200 && !result.isDone(); i++) {
      Thread.sleep(1);
    }
    return !result.isDone();
  }

  @Test
  void aStreamWaitsNoLongerThanItsSocketSays() throws Exception {
    HostSocket[] pair = pair(STREAM);
    try (NetworkBroker broker = broker(allowed());
        HostSocket left = pair[0];
        HostSocket right = pair[1];
        Arena arena = Arena.ofConfined()) {
      assertNotNull(broker);
      assertEquals(0, left.sendTimeout());
      MemorySegment time = arena.allocate(16, 8);
      time.set(ValueLayout.JAVA_LONG, 8, 50_000);
      int set = Syscall.number("setsockopt");
      assertEquals(0, Syscall.call(set, left.fd().number(), 1, 21, time.address(), 16));
      assertTrue(left.sendTimeout() >= 50_000_000);
      long message = program.message(NOTHING, NOTHING, new byte[60_000]).address();
      long result;
      do {
        result = program.call("sendmsg", left.fd().number(), message, 0);
      } while (result > 0);
      assertEquals(error(Errno.EAGAIN), result);
      assertFalse(right.fd().isClosed());
    }
  }

  @Test
  void theEndOfTheOtherSideIsAnErrorAndNoSignal() throws Exception {
    HostSocket[] pair = pair(STREAM);
    try (NetworkBroker broker = broker(allowed());
        HostSocket left = pair[0]) {
      assertNotNull(broker);
      pair[1].closeHere();
      long message = program.message(NOTHING, NOTHING, text("x")).address();
      assertEquals(error(Errno.EPIPE), program.call("sendmsg", left.fd().number(), message, 0));
    }
  }

  // ------------------------------------------------------------------ bind, listen

  private int freePort() throws Exception {
    try (var free = ServerSocketChannel.open()) {
      free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return ((InetSocketAddress) free.getLocalAddress()).getPort();
    }
  }

  @Test
  void listensWhereThePolicySays() throws Exception {
    int free = freePort();
    Network network =
        Network.DEFAULT
            .withAllow(List.of())
            .withListen(List.of(ListenAddress.parse(Integer.toString(free))));
    try (NetworkBroker broker = broker(network);
        HostSocket all = socket(AF_INET, STREAM);
        HostSocket other = socket(AF_INET, STREAM);
        HostSocket unbound = socket(AF_INET, STREAM);
        HostSocket datagram = socket(AF_INET, DATAGRAM)) {
      assertEquals(error(Errno.EACCES), program.callNamed("bind", other, name("127.0.0.1", port)));
      assertEquals(0, program.callNamed("bind", all, name("0.0.0.0", free)));
      assertEquals(
          "127.0.0.1", assertInstanceOf(SocketName.Internet.class, all.name()).address() + "");
      assertEquals(0, program.call("listen", all.fd().number(), 5));
      try (var client =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), free))) {
        assertTrue(client.isConnected());
      }
      // A port that the kernel chooses may be had, and is not one to listen on.
      assertEquals(0, program.callNamed("bind", other, name("127.0.0.1", 0)));
      assertEquals(error(Errno.EACCES), program.call("listen", other.fd().number(), 5));
      assertEquals(error(Errno.EACCES), program.call("listen", unbound.fd().number(), 5));
      assertEquals(0, program.callNamed("bind", datagram, name("0.0.0.0", 0)));
      assertEquals(2, broker.counts().allowed());
      assertEquals(3, broker.counts().refused());
    }
  }

  @Test
  void besideLoopbackNothing() throws Exception {
    Network network = Network.DEFAULT.withAccess(Network.Access.LOOPBACK).withAllow(List.of());
    try (NetworkBroker broker = broker(network);
        HostSocket six = socket(AF_INET6, STREAM);
        HostSocket one = socket(AF_INET, STREAM)) {
      assertNotNull(broker);
      assertEquals(0, program.callNamed("bind", six, name("::", 0)));
      assertEquals(
          "127.0.0.1", assertInstanceOf(SocketName.Internet.class, six.name()).address() + "");
      assertEquals(0, program.call("listen", six.fd().number(), 5));
      assertEquals(error(Errno.EACCES), program.callNamed("bind", one, name("192.0.2.1", 4711)));
      assertEquals(0, program.callNamed("connect", one, name("127.0.0.1", port)));
    }
  }

  // ------------------------------------------------------------------ sockets of this process

  @Test
  void givesSockets() throws Exception {
    try (SocketThread making = SocketThread.makingSockets();
        NetworkBroker broker =
            NetworkBroker.start(
                making.listener(), allowed(), TreeLimits.NONE, false, Optional.empty())) {
      assertNotNull(broker);
      for (int flags : new int[] {0, NONBLOCK, 0x80000}) {
        long made = making.call("socket", AF_INET, STREAM | flags, 0);
        assertTrue(made >= 0, () -> "" + made);
        try (var given = new HostSocket(Fd.owning((int) made))) {
          assertEquals(HostSocket.Kind.TCP, given.kind());
          assertEquals(flags != NONBLOCK, given.blocks());
          long descriptorFlags = Syscall.call(Syscall.number("fcntl"), made, Uapi.F_GETFD());
          assertEquals(flags == 0x80000 ? Uapi.FD_CLOEXEC() : 0, descriptorFlags);
        }
      }
      assertEquals(error(Errno.EPROTONOSUPPORT), making.call("socket", AF_INET, STREAM, 17));
    }
  }

  // ------------------------------------------------------------------ what goes wrong

  @Test
  void whatCannotBeToldDoesNotHappen() throws Exception {
    Optional<Consumer<NetworkDecision>> failing =
        Optional.of(decision -> {
          throw new IllegalStateException("not told");
        });
    try (NetworkBroker broker =
            NetworkBroker.start(
                program.listener(), allowed("127.0.0.1"), TreeLimits.NONE, false, failing);
        HostSocket one = socket(AF_INET, STREAM)) {
      assertEquals(error(Errno.EPERM), program.callNamed("connect", one, name("127.0.0.1", port)));
      assertNull(server.accept());
      assertEquals(0, broker.counts().allowed());
      assertEquals(1, broker.counts().refused());
    }
  }

  @Test
  void callsThatNobodyKnowsFail() throws Exception {
    try (NetworkBroker broker = broker(allowed("127.0.0.1"))) {
      assertNotNull(broker);
      assertEquals(error(Errno.ENOSYS), program.call("getpriority"));
    }
    assertEquals(error(Errno.ENOSYS), program.call("getpriority"));
    try (HostSocket one = socket(AF_INET, STREAM)) {
      assertEquals(error(Errno.ENOSYS), program.callNamed("connect", one, name("127.0.0.1", port)));
    }
    assertNull(server.accept());
  }

  @Test
  void nothingIsLeftOpen() throws Exception {
    try (NetworkBroker broker = broker(allowed("127.0.0.1:" + port));
        HostSocket datagram = socket(AF_INET, DATAGRAM)) {
      round(datagram);
      long before = descriptors();
      for (int i = 0; i < 50; i++) {
        round(datagram);
      }
      // Streams are closed by other threads.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SocketThread.PATIENCE_SECONDS);
      while (descriptors() > before) {
        assertTrue(System.nanoTime() < deadline, "some descriptors stay open");
        Thread.sleep(5);
      }
      // The datagrams as well: it is what goes with them that is refused.
      assertEquals(102, broker.counts().allowed());
    }
  }

  private void round(HostSocket datagram) throws Exception {
    try (HostSocket one = socket(AF_INET, STREAM)) {
      assertEquals(error(Errno.EACCES), program.callNamed("connect", one, name("1.1.1.1", 1)));
      assertEquals(error(Errno.EACCES), program.callNamed("bind", one, name("127.0.0.1", 1)));
      assertEquals(error(Errno.EACCES), program.call("listen", one.fd().number(), 1));
      assertEquals(0, program.callNamed("connect", one, name("127.0.0.1", port)));
      long message = program.message(NOTHING, NOTHING, text("x")).address();
      assertEquals(1, program.call("sendmsg", one.fd().number(), message, 0));
      byte[] rights = control(1, 1, one.fd().number());
      assertEquals(error(Errno.EACCES), sendWith(datagram, name("127.0.0.1", port), rights));
      SocketChannel accepted = server.accept();
      assertNotNull(accepted);
      accepted.close();
    }
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
