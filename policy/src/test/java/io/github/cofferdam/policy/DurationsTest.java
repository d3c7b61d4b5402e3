package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

  @ParameterizedTest
  @CsvSource({"500ms, PT0.5S", "30s, PT30S", "30, PT30S", "5m, PT5M", "2h, PT2H", "090s, PT90S"})
  void reads(String text, Duration duration) {
    assertEquals(duration, Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"500ms", "1500ms", "30s", "90s", "5m", "2h", "90m"})
  void showsWhatItReads(String text) {
    assertEquals(text, Durations.show(Durations.parse(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "-1s", "+1s", "1.5s", "1 s", "1d", "1S", "1m30s", "\u0661s"})
  void refusesOtherForms(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));

    assertTrue(
        String.valueOf(e.getMessage()).startsWith("expected a duration such as \"500ms\""),
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "99999999999999999999",
        "9223372036854775807h",
        "999999999999h",
        "2562048h",
        "153722868m",
        "9223372037",
        "9223372036855ms",
      })
  void refusesWhatOverflows(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));

    assertEquals(
        "the duration \"" + text + "\" is too large; at most 2562047h (292 years) can be counted",
        e.getMessage());
  }

  /** What all that counts on in nanoseconds of 64 bits can hold. */
  @ParameterizedTest
  @ValueSource(strings = {"2562047h", "153722867m", "9223372036", "9223372036854ms"})
  void takesTheMostThatCanBeCounted(String text) {
    assertTrue(Durations.parse(text).toNanos() > 0);
    assertEquals(
        Durations.parse(text),
        Policy.builder().timeout(Durations.parse(text)).build().timeout().wall().orElseThrow());
  }

  @Test
  void secondsOfAPolicyOverflowAsWell() throws Exception {
    assertEquals(
        Duration.ofSeconds(9_223_372_036L),
        Policy.parse("timeout.wall = 9223372036", "p").timeout().wall().orElseThrow());
    for (String seconds : List.of("9223372037", "9223372036854775807")) {
      PolicyException e =
          assertThrows(
              PolicyException.class, () -> Policy.parse("timeout.wall = " + seconds, "p.toml"));
      assertTrue(String.valueOf(e.getMessage()).contains(" is too large; at most 2562047h"));
      assertEquals("timeout.wall", e.key().orElseThrow());
    }
  }

  @Test
  void aBuilderTakesWholeMillisecondsAboveZero() {
    Policy.Builder builder = Policy.builder();

    assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ofNanos(1)));
    assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ofSeconds(-1)));
    assertThrows(
        IllegalArgumentException.class, () -> builder.timeout(Duration.ofSeconds(Long.MAX_VALUE)));
  }
}
