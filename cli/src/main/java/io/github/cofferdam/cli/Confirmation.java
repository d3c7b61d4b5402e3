package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.launcher.Terminal;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Set;

/** Asks the person at the terminal; without one, the answer is no. */
final class Confirmation {
  private static final Set<String> YES = Set.of("y", "yes");

  /** Longer lines are no answer. */
  private static final int LONGEST = 80;

  private Confirmation() {}

  /**
   * {@return whether somebody says yes}
   *
   * @param reason what there is to decide, on one line
   */
  static boolean ask(String reason, PrintWriter err) {
    // Whoever asks must be seen, and nobody but a person may answer.
    if (Terminal.of(Fd.owning(0)).isEmpty() || Terminal.of(Fd.owning(2)).isEmpty()) {
      return false;
    }
    err.print("cofferdam: " + reason + "\ncofferdam: run it all the same? [y/N] ");
    err.flush();
    boolean yes = YES.contains(line().strip().toLowerCase(Locale.ROOT));
    if (!yes) {
      err.println();
    }
    return yes;
  }

  /** A byte at a time: what is typed after the line is the command's. */
  private static String line() {
    @SuppressWarnings("resource") // Standard input is not this class's to close.
    InputStream in = new FileInputStream(FileDescriptor.in);
    var line = new StringBuilder();
    try {
      for (int read = in.read(); read >= 0 && read != '\n'; read = in.read()) {
        if (line.length() <= LONGEST) {
          line.append((char) read);
        }
      }
    } catch (IOException e) {
      return "";
    }
    return line.toString();
  }
}
