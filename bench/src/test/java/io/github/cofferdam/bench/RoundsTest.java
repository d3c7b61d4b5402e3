package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void thereAreAsManyAsWanted() {
    var rounds = new Rounds(3, Duration.ofDays(1));
    for (int i = 0; i < 3; i++) {
      assertTrue(rounds.next());
      assertEquals(i, rounds.number());
    }
    assertFalse(rounds.next());
  }

  @Test
  void thereIsOneEvenIfThereIsNoTime() {
    var rounds = new Rounds(3, Duration.ZERO);
    assertTrue(rounds.next());
    assertTrue(rounds.done() <= 1);
    assertFalse(rounds.next());
  }
}
