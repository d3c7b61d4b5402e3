package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.Stdio;
import java.lang.ProcessBuilder.Redirect;

/** What somebody wants one of a command's standard streams to be. */
sealed interface StreamChoice {
  /** Nobody has said. */
  record Unset() implements StreamChoice {}

  /** What comes is kept for the outcome. */
  record Kept() implements StreamChoice {}

  /** An end of something. */
  record Given(Stdio stdio) implements StreamChoice {}

  /** A file, to be opened when it is known what the command may write. */
  record Named(Redirect file) implements StreamChoice {}

  /** This, and then nothing more. The array is nobody else's. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Bytes(byte[] content) implements StreamChoice {}
}
