package io.github.cofferdam.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** What people read when something goes wrong: one line, or a few, and never a stack trace. */
final class Messages {
  private Messages() {}

  static void error(PrintWriter err, Throwable failure) {
    err.println("cofferdam: " + text(failure));
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
