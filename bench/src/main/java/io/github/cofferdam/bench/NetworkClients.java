package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.launcher.Stdio;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/**
 * One program in each kind of sandbox, and one without, that connect to the same server when they
 * are told to. They run all the time, so that only what is asked for is measured.
 */
final class NetworkClients implements AutoCloseable {
  private static final String DIRECT = "unconfined, by ProcessBuilder";

  /** The orders are mixed, and the same in each run. */
  private static final long SEED = 20_261_130;

  private record Client(
      String label, List<String> command, Optional<CProgram> program, String missing) {}

  private final List<Client> clients;

  private NetworkClients(List<Client> clients) {
    this.clients = clients;
  }

  /**
   * Starts them.
   *
   * @param folder for the program, which is compiled
   * @param port of the server
   */
  static NetworkClients start(SearchPath searchPath, Path folder, int port)
      throws IOException, InterruptedException {
    Optional<Path> compiled = CProgram.compile(searchPath, "network", folder);
    List<String> command =
        List.of(compiled.orElse(folder.resolve("network")).toString(), Integer.toString(port));
    var all = new NetworkClients(new ArrayList<>());
    boolean started = false;
    try {
      all.clients.add(
          compiled.isEmpty()
              ? missing(DIRECT, command, CProgram.COMPILER.missing())
              : new Client(DIRECT, command, Optional.of(CProgram.unconfined(command)), ""));
      for (NetworkWay way : NetworkWay.reaching(port)) {
        all.clients.add(
            compiled.isEmpty()
                ? missing(way.label(), command, CProgram.COMPILER.missing())
                : confined(way, command, folder));
      }
      started = true;
      return all;
    } finally {
      if (!started) {
        all.close();
      }
    }
  }

  private static Client missing(String label, List<String> command, String why) {
    return new Client(label, command, Optional.empty(), why);
  }

  private static Client confined(NetworkWay way, List<String> command, Path folder) {
    try {
      Process process =
          way.sandbox().command(command).directory(folder).stderr(Stdio.inherit()).start();
      return new Client(way.label(), command, Optional.of(new CProgram(process)), "");
    } catch (IOException e) {
      return missing(way.label(), command, Objects.toString(e.getMessage()));
    }
  }

  /**
   * Has each connect once in a round.
   *
   * @param warmUp rounds before those that count, in which code is compiled
   */
  List<Series> connect(int warmUp, int rounds, Progress progress) {
    var findings = new Findings();
    var order = new ArrayList<>(clients);
    for (Client client : clients) {
      for (Part part : Part.values()) {
        Findings.Samples samples = part.of(findings, client);
        if (client.program.isEmpty()) {
          samples.missing(client.missing);
        }
      }
    }
    var random = new Random(SEED);
    for (int round = -warmUp; round < rounds; round++) {
      progress.at("connecting", (double) (round + warmUp) / (rounds + warmUp));
      Collections.shuffle(order, random);
      for (Client client : order) {
        connect(client, findings, round);
      }
    }
    return grouped(findings.toList());
  }

  /** What one connection is made of, in the order of the answer. */
  private enum Part {
    SOCKET("socket"),
    CONNECT("connect"),
    CLOSE("close"),
    ALL("socket, connect and close");

    private final String group;

    Part(String group) {
      this.group = group;
    }

    Findings.Samples of(Findings findings, Client client) {
      return findings.series(group, client.label, client.command);
    }
  }

  private static void connect(Client client, Findings findings, int round) {
    if (Part.ALL.of(findings, client).isMissing()) {
      return;
    }
    try {
      long[] nanos = client.program.orElseThrow().ask("connect");
      if (round < 0) {
        return;
      }
      long sum = 0;
      for (int i = 0; i < nanos.length; i++) {
        sum += nanos[i];
        Part.values()[i].of(findings, client).add(Measure.WALL_TIME, (double) nanos[i]);
      }
      Part.ALL.of(findings, client).add(Measure.WALL_TIME, (double) sum);
    } catch (IOException e) {
      for (Part part : Part.values()) {
        part.of(findings, client).missing("failed in round " + round + ": " + e.getMessage());
      }
    }
  }

  /** All of one group together, where they were found client by client. */
  private static List<Series> grouped(List<Series> found) {
    var all = new ArrayList<Series>();
    for (Part part : Part.values()) {
      found.stream().filter(series -> series.group().equals(part.group)).forEach(all::add);
    }
    return all;
  }

  /** Has each send so many bytes over one connection in a round, by some call. */
  List<Series> send(String call, long bytes, int rounds, Progress progress)
      throws InterruptedException {
    var turns = new TakingTurns((bytes >> 20) + " MiB by " + call);
    for (Client client : clients) {
      if (client.program.isEmpty()) {
        turns.addMissing(client.label, client.command, client.missing);
        continue;
      }
      CProgram program = client.program.get();
      turns.addMeasured(
          client.label,
          client.command,
          () -> Map.of(Measure.WALL_TIME, (double) program.ask(call + " " + bytes)[0]));
    }
    return turns.run(rounds, progress);
  }

  @Override
  public void close() {
    clients.forEach(client -> client.program.ifPresent(CProgram::close));
  }
}
