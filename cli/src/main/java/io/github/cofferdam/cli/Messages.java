package io.github.cofferdam.cli;

import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Set;

/** What people read when something goes wrong: one line, or a few, and never a stack trace. */
final class Messages {
  private Messages() {}

  static void error(PrintWriter err, Throwable failure) {
    err.println("cofferdam: " + text(failure));
  }

  /** A word in place of a command, with the nearest one. */
  static void unknownCommand(PrintWriter err, String word, Set<String> known) {
    err.println(
        "cofferdam: there is no command "
            + Text.quote(word)
            + Nearest.of(word, known).map(near -> "; did you mean " + near + "?").orElse(""));
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return switch (failure) {
      case NoSuchFileException e -> e.getFile() + ": no such file or directory";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      default -> message == null || message.isEmpty() ? failure.toString() : message;
    };
  }
}
