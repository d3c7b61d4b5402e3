package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private final StringWriter text = new StringWriter();
  private long now = 5_000_000_000L;

  private ProgressDisplay display(boolean terminal) {
    return new ProgressDisplay(new PrintWriter(text), terminal, () -> now, 2);
  }

  private void after(double seconds) {
    now += (long) (seconds * 1e9);
  }

  @Test
  void plainLinesComeNowAndThen() {
    ProgressDisplay display = display(false);
    Progress progress = display.begin("start");
    after(1);
    progress.at("static program", 0.1);
    after(14);
    progress.at("static program", 0.15);
    after(5);
    progress.at("static program", 0.2);
    after(100);
    display.end();
    display.begin("shell");
    display.failed(new IllegalStateException("no"));
    assertEquals(
        """
        [1/2] start  begins
        [1/2] start   15% 15 s, 1:25 min left: static program
        [1/2] start  100% 2:00 min
        [2/2] shell  begins
        [2/2] shell  failed: java.lang.IllegalStateException: no
        """,
        text.toString());
  }

  @Test
  void onATerminalOneLineChanges() {
    ProgressDisplay display = display(true);
    Progress progress = display.begin("start");
    after(0.01);
    progress.at("too early", 0.3);
    after(1);
    progress.at("x".repeat(200), 0.5);
    after(1);
    display.end();
    String shown = text.toString();
    assertFalse(shown.contains("too early"), shown);
    assertTrue(shown.startsWith("\r\u001b[K[1/2] start  begins\r\u001b[K"), shown);
    for (String line : shown.split("\r\u001b\\[K", -1)) {
      assertTrue(line.strip().length() < 80, line);
    }
    assertEquals(1, shown.chars().filter(c -> c == '\n').count(), shown);
  }

  @Test
  void sharesBeyondTheirRangeDoNoHarm() {
    ProgressDisplay display = display(false);
    Progress progress = display.begin("start");
    after(20);
    progress.at("much", 7);
    after(20);
    progress.at("little", -1);
    assertTrue(text.toString().contains("100% 20 s, 0 s left: much"), text::toString);
    assertTrue(text.toString().contains("  0% 40 s: little"), text::toString);
  }
}
