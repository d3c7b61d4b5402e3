package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.NetworkRule;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.TransportProtocol;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NW-08, NW-09: threads change an address, a header or a descriptor while a broker looks at it. Not
 * one packet gets where none may. With the system property {@value #SECONDS} each goes on for as
 * long, and for at least 200,000 calls.
 */
@Tag("kernel")
class NetworkRaceTest {
  private static final String SECONDS = "cofferdam.races";
  private static final int FEW = 3_000;
  private static final int MANY = 200_000;
  private static final int TRIES = 200;

  private NetworkPlaces places;
  private Path program;

  @TempDir private Path temporary;

  /** {@return each kind of race, under each isolation} */
  static Stream<Arguments> races() {
    return Sandboxed.ISOLATIONS.stream()
        .flatMap(isolation ->
            Stream.of("connect", "sendto", "sendmsg", "sendmmsg")
                .map(kind -> Arguments.of(isolation, kind)));
  }

  /** {@return which protocol alone is allowed, under each isolation} */
  static Stream<Arguments> protocols() {
    return Sandboxed.ISOLATIONS.stream()
        .flatMap(isolation ->
            Stream.of(TransportProtocol.values())
                .map(protocol -> Arguments.of(isolation, protocol)));
  }

  @BeforeEach
  void open() throws Exception {
    program = CompiledProgram.compile("network-races", temporary);
    places = NetworkPlaces.open();
  }

  @AfterEach
  void close() throws Exception {
    if (places != null) {
      places.close();
    }
  }

  private List<String> command(String kind, int rounds, int seconds) {
    var command = new ArrayList<>(List.of(program.toString(), kind));
    for (int each : List.of(places.allowed(), places.forbidden(), rounds, seconds)) {
      command.add(Integer.toString(each));
    }
    return command;
  }

  /** {@return how many calls it made, and how many of them had success} */
  private static long[] counts(String text) {
    String[] words = text.strip().split(" ", -1);
    assertEquals(2, words.length, text);
    return new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])};
  }

  /** Where threads never met what is allowed, nothing was tried: then once more. */
  private void race(Policy policy, String kind) throws Exception {
    for (int i = 0; i < TRIES; i++) {
      if (raceOnce(policy, kind)) {
        return;
      }
    }
    throw new AssertionError("no call had success in " + TRIES + " races of " + kind);
  }

  private boolean raceOnce(Policy policy, String kind) throws Exception {
    int seconds = Integer.getInteger(SECONDS, 0);
    int rounds = seconds == 0 ? FEW : MANY;
    Outcome outcome = Sandboxed.run(policy, temporary, command(kind, rounds, seconds));
    String text = Sandboxed.text(outcome);
    assertEquals(new Ending.Exited(0), outcome.ending(), text);
    long[] counts = counts(text);
    assertTrue(counts[0] >= rounds, text);
    System.out.printf(
        Locale.ROOT,
        "race of %s, %s: %,d calls in %,d s, %,d had success, %d reached what is forbidden%n",
        kind,
        policy.isolation(),
        counts[0],
        outcome.wallTime().toSeconds(),
        counts[1],
        places.arrived());
    return counts[1] > 0;
  }

  @ParameterizedTest
  @MethodSource("races")
  void anotherAddressIsNotReached(Isolation isolation, String kind) throws Exception {
    assumeAvailable(isolation);

    race(places.policy(isolation), kind);

    places.assertNothingArrived();
    assertTrue(places.served() > 0);
  }

  /** A number stands for a socket of either protocol in turn, and only one may go there. */
  @ParameterizedTest
  @MethodSource("protocols")
  void anotherSocketDoesNotGoWhereOneMay(Isolation isolation, TransportProtocol only)
      throws Exception {
    assumeAvailable(isolation);
    NetworkRule rule =
        NetworkRule.parse("127.0.0.1:" + places.allowed()).withProtocols(EnumSet.of(only));
    Network network = Network.DEFAULT.withAllow(List.of(rule));

    race(NetworkPlaces.policy(isolation, network), "number");

    long streams = places.servedStreams();
    long datagrams = places.servedDatagrams();
    assertEquals(0, only == TransportProtocol.TCP ? datagrams : streams);
    assertTrue(streams + datagrams > 0);
  }

  /** Without a sandbox these races are won; as soon as both threads run at once. */
  @Test
  void theRacesAreReal() throws Exception {
    for (String kind : List.of("connect", "sendto", "sendmsg", "sendmmsg")) {
      for (int i = 0; i < TRIES && places.arrived() == 0; i++) {
        Process process =
            new ProcessBuilder(command(kind, FEW, 0)).redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
      }
      assertTrue(places.arrived() > 0, kind);
      places.forget();
    }
  }
}
