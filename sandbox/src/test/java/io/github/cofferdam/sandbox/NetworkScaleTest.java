package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.ENVIRONMENT;
import static io.github.cofferdam.sandbox.Sandboxed.PYTHON;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.python;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Many connections, of one program, of many and of many sandboxes: each is answered rightly, and in
 * the end nothing is held for them. How many follow each other is the system property {@value
 * #CONNECTIONS}.
 */
@Tag("kernel")
class NetworkScaleTest {
  private static final String CONNECTIONS = "cofferdam.connections";

  private static final int AT_ONCE = 1000;
  private static final int PROCESSES = 200;
  private static final int SANDBOXES = 50;
  private static final int WAITING = 300;

  /** What all scripts begin with: {@code talk} has a number sent back over a connection. */
  private static final String COMMON =
      """
      import os, resource, selectors, socket, struct, sys, threading
      port, count = int(sys.argv[1]), int(sys.argv[2])
      limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
      resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
      def make():
          made = socket.socket()
          # No state of the kernel's for a minute after the end: there are too few ports for that.
          made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
          return made
      def talk(connected, number):
          sent = b'%08d' % number
          connected.sendall(sent)
          received = b''
          while len(received) < 8:
              received += connected.recv(8 - len(received)) or sys.exit('closed')
          return received == sent
      """;

  private static final String NON_BLOCKING =
      COMMON
          + """
          waits = selectors.DefaultSelector()
          all = [make() for _ in range(count)]
          for one in all:
              one.setblocking(False)
              waits.register(one, selectors.EVENT_WRITE)
              try:
                  one.connect(('127.0.0.1', port))
              except BlockingIOError:
                  pass
          connected = 0
          while connected < count:
              for key, _ in waits.select():
                  error = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                  if error:
                      sys.exit(os.strerror(error))
                  waits.unregister(key.fileobj)
                  key.fileobj.setblocking(True)
                  connected += 1
          print(sum(talk(one, number) for number, one in enumerate(all)))
          """;

  private static final String THREADS =
      COMMON
          + """
          threading.stack_size(1 << 17)
          begin, connected, right = threading.Event(), threading.Barrier(count), []
          def run(number):
              begin.wait()
              one = make()
              one.connect(('127.0.0.1', port))
              connected.wait()
              right.append(talk(one, number))
          threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
          for thread in threads:
              thread.start()
          begin.set()
          for thread in threads:
              thread.join()
          print(sum(right))
          """;

  /** All of them wait for the end of one pipe, and stay connected until the end of another. */
  private static final String PROCESSES_AT_ONCE =
      COMMON
          + """
          begin, end, ready = os.pipe(), os.pipe(), os.pipe()
          children = []
          for number in range(count):
              child = os.fork()
              if child == 0:
                  for to in (begin[1], end[1], ready[0]):
                      os.close(to)
                  os.read(begin[0], 1)
                  one = make()
                  one.connect(('127.0.0.1', port))
                  os.write(ready[1], b'c')
                  os.read(end[0], 1)
                  os._exit(0 if talk(one, number) else 1)
              children.append(child)
          os.close(begin[1])
          os.close(ready[1])
          connected = 0
          while connected < count:
              connected += len(os.read(ready[0], count)) or sys.exit('a child has failed')
          os.close(end[1])
          print(sum(os.waitpid(child, 0)[1] == 0 for child in children))
          """;

  private static final String ONE_AFTER_THE_OTHER =
      COMMON
          + """
          right = 0
          for number in range(count):
              one = make()
              one.connect(('127.0.0.1', port))
              right += talk(one, number)
              one.close()
          print(right)
          """;

  /** The same, but all are connected before any of them goes on. */
  private static final String WHEN_TOLD =
      COMMON
          + """
          all = [make() for _ in range(count)]
          for one in all:
              one.connect(('127.0.0.1', port))
          print('connected', flush=True)
          sys.stdin.read()
          print(sum(talk(one, number) for number, one in enumerate(all)))
          """;

  /** All of them wait for a server that takes no more. */
  private static final String WAITING_THREADS =
      COMMON
          + """
          threading.stack_size(1 << 17)
          results = []
          def run():
              one = make()
              results.append(one.connect_ex(('127.0.0.1', port)))
          threads = [threading.Thread(target=run) for _ in range(count)]
          for thread in threads:
              thread.start()
          for thread in threads:
              thread.join()
          print(len(results), *sorted({os.strerror(result) for result in results}), sep=', ')
          """;

  @TempDir private Path temporary;

  private static Policy reaching(int port, Isolation isolation) {
    NetworkRule rule = NetworkRule.parse("127.0.0.1:" + port);
    return readonly()
        .isolation(isolation)
        .network(Network.DEFAULT.withAllow(List.of(rule)))
        .build();
  }

  private static void assumeAnswered(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON);
  }

  /** Runs a script twice, of which the first one loads what is loaded once. */
  private void assertAllAnswered(Isolation isolation, String script, int count) throws Exception {
    assumeAnswered(isolation);
    try (EchoServer server = EchoServer.start()) {
      Policy policy = reaching(server.port(), isolation);
      assertPrints("2\n", python(policy, temporary, script, server.port(), 2));
      BrokerTraces before = BrokerTraces.now();

      Outcome outcome = python(policy, temporary, script, server.port(), count);

      assertPrints(count + "\n", outcome);
      assertEquals(count + 2, server.accepted());
      NetworkUse use = outcome.network().orElseThrow();
      assertEquals(List.of((long) count, 0L), List.of(use.allowed(), use.refused()));
      System.out.printf("%s: %d connections: %s%n", isolation, count, before.assertNothingMore());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aThousandConnectionsOfOneProgramThatDoesNotWait(Isolation isolation) throws Exception {
    assertAllAnswered(isolation, NON_BLOCKING, AT_ONCE);
  }

  @ParameterizedTest
  @EachIsolation
  void aThousandThreadsAtOnce(Isolation isolation) throws Exception {
    assertAllAnswered(isolation, THREADS, AT_ONCE);
  }

  @ParameterizedTest
  @EachIsolation
  void manyProcessesAtOnce(Isolation isolation) throws Exception {
    assertAllAnswered(isolation, PROCESSES_AT_ONCE, PROCESSES);
  }

  @ParameterizedTest
  @EachIsolation
  void manyOneAfterTheOther(Isolation isolation) throws Exception {
    int count = Integer.getInteger(CONNECTIONS, 500);
    assertAllAnswered(isolation, ONE_AFTER_THE_OTHER, count);
  }

  @ParameterizedTest
  @EachIsolation
  void manySandboxesAtOnceHaveOneSupervisor(Isolation isolation) throws Exception {
    assumeAnswered(isolation);
    try (EchoServer server = EchoServer.start()) {
      Sandbox sandbox = Sandboxed.of(reaching(server.port(), isolation));
      together(sandbox, server, 2);
      BrokerTraces before = BrokerTraces.now();
      together(sandbox, server, SANDBOXES);
      before.assertNothingMore();
    }
  }

  /**
   * A server that takes nobody any more: nobody accepts the two that it has room for. Others wait,
   * and the kernel tries again for them.
   */
  private record FullServer(ServerSocket server, List<Socket> first) implements AutoCloseable {
    static FullServer open() throws IOException {
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      var full = new FullServer(new ServerSocket(0, 1, loopback), new ArrayList<>());
      for (int i = 0; i < 2; i++) {
        full.first.add(new Socket(loopback, full.port()));
      }
      return full;
    }

    int port() {
      return server.getLocalPort();
    }

    /** Whoever tries again is refused. */
    void end() throws IOException {
      server.close();
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket one : first) {
        one.close();
      }
    }
  }

  private SandboxProcess waiting(FullServer server, Isolation isolation, int count)
      throws Exception {
    SandboxProcess process =
        Sandboxed.of(reaching(server.port(), isolation))
            .command(
                PYTHON,
                "-Ic",
                WAITING_THREADS,
                Integer.toString(server.port()),
                Integer.toString(count))
            .directory(temporary)
            .parentEnvironment(ENVIRONMENT)
            .mergeStderr()
            .start();
    boolean wait = false;
    try {
      BrokerTraces.awaitWaiting(count);
      wait = true;
      return process;
    } finally {
      if (!wait) {
        process.close();
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void manyThatWaitHearThatTheirServerIsGone(Isolation isolation) throws Exception {
    assumeAnswered(isolation);
    waitForServer(isolation, 3);
    BrokerTraces before = BrokerTraces.now();
    waitForServer(isolation, WAITING);
    before.assertNothingMore();
  }

  private void waitForServer(Isolation isolation, int count) throws Exception {
    try (FullServer server = FullServer.open();
        SandboxProcess process = waiting(server, isolation, count)) {
      server.end();
      assertEquals(count + ", Connection refused", process.inputReader(UTF_8).readLine());
      assertEquals(0, process.waitFor());
    }
  }

  @ParameterizedTest
  @EachIsolation
  void manyThatWaitEndWithTheirProgram(Isolation isolation) throws Exception {
    assumeAnswered(isolation);
    waitInVain(isolation, 3);
    BrokerTraces before = BrokerTraces.now();
    waitInVain(isolation, WAITING);
    before.assertNothingMore();
  }

  private void waitInVain(Isolation isolation, int count) throws Exception {
    try (FullServer server = FullServer.open();
        SandboxProcess process = waiting(server, isolation, count)) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Four connections each, all open at the same time. */
  private void together(Sandbox sandbox, EchoServer server, int count) throws Exception {
    var all = new ArrayList<SandboxProcess>();
    try {
      for (int i = 0; i < count; i++) {
        all.add(
            sandbox
                .command(PYTHON, "-Ic", WHEN_TOLD, Integer.toString(server.port()), "4")
                .directory(temporary)
                .parentEnvironment(ENVIRONMENT)
                .mergeStderr()
                .start());
      }
      var outputs = new ArrayList<BufferedReader>();
      for (SandboxProcess process : all) {
        outputs.add(process.inputReader(UTF_8));
        assertEquals("connected", outputs.getLast().readLine());
      }
      assertEquals(
          1,
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("seccomp-supervisor"))
              .count());
      for (SandboxProcess process : all) {
        process.getOutputStream().close();
      }
      for (int i = 0; i < count; i++) {
        assertEquals("4", outputs.get(i).readLine());
        Outcome outcome = all.get(i).outcome();
        assertEquals(new Ending.Exited(0), outcome.ending());
        NetworkUse use = outcome.network().orElseThrow();
        assertEquals(List.of(4L, 0L), List.of(use.allowed(), use.refused()));
      }
    } finally {
      for (SandboxProcess process : all) {
        process.close();
      }
    }
  }
}
