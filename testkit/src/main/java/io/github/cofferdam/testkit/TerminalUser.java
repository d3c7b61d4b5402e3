package io.github.cofferdam.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Somebody who sits at a terminal: types, and waits for what the screen shows.
 *
 * <p>What is typed is echoed as a rule. So what to wait for must not stand in what was typed: type
 * {@code echo do''ne} and expect {@code done}.
 */
public final class TerminalUser {
  /** Nothing waits this long when all is well. */
  private static final long PATIENCE_MILLIS = 60_000;

  private final InputStream screen;
  private final OutputStream keyboard;
  private final StringBuilder seen = new StringBuilder();
  private int looked;
  private boolean ended;

  /** Begins to read the screen, in a thread of its own. */
  public TerminalUser(InputStream screen, OutputStream keyboard) {
    this.screen = screen;
    this.keyboard = keyboard;
    Thread.ofPlatform().daemon().name("terminal-user").start(this::look);
  }

  private void look() {
    var chunk = new byte[8192];
    try {
      for (int count = screen.read(chunk); count >= 0; count = screen.read(chunk)) {
        synchronized (this) {
          seen.append(new String(chunk, 0, count, StandardCharsets.ISO_8859_1));
          notifyAll();
        }
      }
    } catch (IOException e) {
      synchronized (this) {
        seen.append('<').append(e).append('>');
      }
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  /** Types characters, one byte each. */
  public void type(String keys) throws IOException {
    keyboard.write(keys.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Types a line. */
  public void enter(String line) throws IOException {
    type(line + "\r");
  }

  /**
   * Waits until a text appears behind what was expected before.
   *
   * @return what was shown in between, with the text
   */
  public synchronized String expect(String text) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    while (seen.indexOf(text, looked) < 0) {
      if (ended || System.nanoTime() > deadline) {
        throw new AssertionError("no \"" + text + "\" in:\n" + seen.substring(looked));
      }
      wait(1000);
    }
    int end = seen.indexOf(text, looked) + text.length();
    String between = seen.substring(looked, end);
    looked = end;
    return between;
  }

  /** {@return everything that the screen has shown, once it has ended} */
  public synchronized String expectEnd() throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    while (!ended) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("does not end:\n" + seen.substring(looked));
      }
      wait(1000);
    }
    return seen.toString();
  }

  /** {@return everything that the screen has shown until now} */
  public synchronized String seen() {
    return seen.toString();
  }
}
