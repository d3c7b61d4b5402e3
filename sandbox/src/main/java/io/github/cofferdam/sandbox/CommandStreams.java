package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.Optional;

/** Where a {@link SandboxCommand}'s standard streams come from, and go to. */
final class CommandStreams {
  private StreamChoice in = new StreamChoice.Unset();
  private StreamChoice out = new StreamChoice.Unset();
  private StreamChoice err = new StreamChoice.Unset();
  private boolean merged;

  void in(StreamChoice choice) {
    in = choice;
  }

  void out(StreamChoice choice) {
    out = choice;
  }

  void err(StreamChoice choice) {
    err = choice;
    merged = false;
  }

  void merge() {
    merged = true;
  }

  /** Keeps what comes of both; one that follows the other goes on doing so. */
  void keep() {
    out = new StreamChoice.Kept();
    err = new StreamChoice.Kept();
  }

  static StreamChoice from(Path file) {
    return new StreamChoice.Named(Redirect.from(file(file)));
  }

  static StreamChoice to(Path file) {
    return new StreamChoice.Named(Redirect.to(file(file)));
  }

  private static File file(Path path) {
    return new File(OsText.of(path));
  }

  /** Whether there is something to keep while somebody waits. */
  boolean keeps() {
    return isKept(out) || (!merged && isKept(err));
  }

  private static boolean isKept(StreamChoice choice) {
    return choice instanceof StreamChoice.Kept || choice instanceof StreamChoice.Unset;
  }

  /** While somebody waits, nobody fills or reads a pipe of the caller's. */
  void refusePipes() {
    if (isPipe(in)) {
      throw new IllegalStateException(
          "standard input is a pipe that nobody fills while run() waits: use input(...) for what"
              + " the command is to read, or start()");
    }
    refusePipe("output", "stdout", out);
    if (!merged) {
      refusePipe("error", "stderr", err);
    }
  }

  private static void refusePipe(String name, String method, StreamChoice choice) {
    if (isPipe(choice)) {
      throw new IllegalStateException(
          "standard "
              + name
              + " is a pipe that nobody reads while run() waits: use captureOutput() to keep what"
              + " comes, "
              + method
              + "(...) with a file or Stdio.discard(), or start()");
    }
  }

  private static boolean isPipe(StreamChoice choice) {
    return choice instanceof StreamChoice.Given(Stdio.PipeToParent pipe);
  }

  /**
   * Opens them.
   *
   * @param files has what is opened for them
   * @param unset what standard input is if nobody has said
   */
  StdioSet open(RedirectFiles files, FileGrants grants, Stdio unset) throws IOException {
    Stdio source = in.open("standard input", unset, files, grants);
    Stdio target = out.open("standard output", Stdio.pipe(), files, grants);
    return new StdioSet(
        source,
        target,
        merged
            ? Optional.empty()
            : Optional.of(err.open("standard error", Stdio.pipe(), files, grants)));
  }

  /** What stands for them where nothing is run: no file is opened. */
  StdioSet unopened() {
    return new StdioSet(
        in.unopened(Stdio.discard()),
        out.unopened(Stdio.pipe()),
        merged ? Optional.empty() : Optional.of(err.unopened(Stdio.pipe())));
  }
}
