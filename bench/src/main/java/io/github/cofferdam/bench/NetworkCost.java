package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What it costs to have destinations decided on: connections, transfers, starts and memory. */
final class NetworkCost implements Question {
  private static final Path TRUE = Path.of("/usr/bin/true");
  static final List<Isolation> ISOLATIONS = List.of(Isolation.BASIC, Isolation.NAMESPACE);

  private static final String ABOUT =
      """
      A small C program runs in each kind of sandbox, and one without. When it is told to, it \
      makes a socket, connects it to a server of the benchmark's on 127.0.0.1, and closes it; \
      in each round each has its turn once, in an order that differs from round to round. With \
      metadata = "open" nothing is asked, so that the kernel's filter is all there is. Where \
      it is closed, connect is asked, and where there are rules all calls with a destination: \
      the broker in this virtual machine does them then, with a duplicate of the program's \
      socket, or with a socket that is the host's and was given to a program in an empty \
      network namespace. A transfer lasts until the server has had all of it: by write, which \
      is never asked, and by sendmsg in pieces of 64 KiB, each of which the broker copies \
      where there are rules. Starts to exits of /usr/bin/true are compared within one \
      isolation. What live sandboxes cost this virtual machine is what each of them adds on \
      average, memory as its heap in use after a garbage collection: its resident set hardly \
      grows by so few.\
      """;

  /**
   * How much is measured.
   *
   * @param warmUp connections before those that count
   * @param connects connections that count
   * @param bytes of one transfer
   * @param transfers how often
   * @param starts of each kind of sandbox
   * @param live sandboxes at the same time
   * @param liveRounds how often
   */
  record Size(
      int warmUp, int connects, long bytes, int transfers, int starts, int live, int liveRounds) {
    static Size of(Effort effort) {
      return switch (effort) {
        case QUICK -> new Size(300, 300, 16L << 20, 4, 20, 20, 1);
        case FULL -> new Size(3000, 5000, 64L << 20, 40, 300, 50, 7);
      };
    }
  }

  private final SearchPath searchPath;

  NetworkCost(SearchPath searchPath) {
    this.searchPath = searchPath;
  }

  @Override
  public String id() {
    return "network";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    return measure(Size.of(effort), progress);
  }

  Section measure(Size size, Progress progress) throws Exception {
    var series = new ArrayList<Series>();
    // Not in /tmp, which is another one for a program in namespaces of its own.
    try (var folder = new TemporaryFolder(TemporaryFolder.make(Path.of("/var/tmp")));
        SinkServer server = SinkServer.start()) {
      series.addAll(reach(size, folder.path(), server.port(), part(progress, 0, 0.5)));
      for (Isolation isolation : ISOLATIONS) {
        double from = isolation == Isolation.BASIC ? 0.5 : 0.7;
        series.addAll(start(size, isolation, server.port(), part(progress, from, from + 0.2)));
      }
      series.addAll(
          NetworkMemory.measure(
              size.live(), size.liveRounds(), server.port(), part(progress, 0.9, 1)));
    }
    return new Section(
        id(), "The network, decided by rules", ABOUT, Section.Form.COMPARISON, "", series);
  }

  private static Progress part(Progress progress, double from, double to) {
    return (what, done) -> progress.at(what, from + done * (to - from));
  }

  private List<Series> reach(Size size, Path folder, int port, Progress progress)
      throws IOException, InterruptedException {
    try (NetworkClients clients = NetworkClients.start(searchPath, folder, port)) {
      var all = new ArrayList<Series>();
      all.addAll(clients.connect(size.warmUp(), size.connects(), part(progress, 0, 0.6)));
      double from = 0.6;
      for (String call : List.of("write", "sendmsg")) {
        Progress part = part(progress, from, from + 0.2);
        all.addAll(clients.send(call, size.bytes(), size.transfers(), part));
        from += 0.2;
      }
      return all;
    }
  }

  private static List<Series> start(Size size, Isolation isolation, int port, Progress progress)
      throws InterruptedException {
    var turns = new TakingTurns("start to exit of " + TRUE + ", " + isolation.key());
    List<String> command = List.of("Sandbox.run", "isolation " + isolation.key(), TRUE.toString());
    for (NetworkWay way : NetworkWay.all(isolation, port)) {
      Sandbox sandbox = way.sandbox();
      try {
        run(sandbox);
        turns.addTimed(way.label(), command, () -> run(sandbox));
      } catch (IOException | RuntimeException e) {
        turns.addMissing(way.label(), command, Objects.toString(e.getMessage()));
      }
    }
    return turns.run(size.starts(), progress);
  }

  private static void run(Sandbox sandbox) throws IOException, InterruptedException {
    Outcome outcome = sandbox.command(TRUE.toString()).directory(Path.of("/")).inheritIO().run();
    if (!outcome.success()) {
      throw new IllegalStateException(outcome.toJson());
    }
  }
}
