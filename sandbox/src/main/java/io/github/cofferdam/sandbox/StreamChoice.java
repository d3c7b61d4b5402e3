package io.github.cofferdam.sandbox;

import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.launcher.Stdio;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;

/**
 * What somebody wants one of a command's standard streams to be.
 *
 * <p>Methods and no switch over the kinds: that would be bootstrapped anew in every process.
 */
sealed interface StreamChoice {
  /**
   * {@return what it is in a run}
   *
   * @param name of the stream, for messages
   * @param unset where nobody has said
   */
  Stdio open(String name, Stdio unset, RedirectFiles files, FileGrants grants) throws IOException;

  /** {@return what stands for it where nothing is run: no file is opened} */
  Stdio unopened(Stdio unset);

  /** Nobody has said. */
  record Unset() implements StreamChoice {
    @Override
    public Stdio open(String name, Stdio unset, RedirectFiles files, FileGrants grants) {
      return unset;
    }

    @Override
    public Stdio unopened(Stdio unset) {
      return unset;
    }
  }

  /** What comes is kept for the outcome. */
  record Kept() implements StreamChoice {
    @Override
    public Stdio open(String name, Stdio unset, RedirectFiles files, FileGrants grants) {
      return Stdio.pipe();
    }

    @Override
    public Stdio unopened(Stdio unset) {
      return Stdio.pipe();
    }
  }

  /** An end of something. */
  record Given(Stdio stdio) implements StreamChoice {
    @Override
    public Stdio open(String name, Stdio unset, RedirectFiles files, FileGrants grants) {
      return stdio;
    }

    @Override
    public Stdio unopened(Stdio unset) {
      return stdio;
    }
  }

  /** A file, to be opened when it is known what the command may write. */
  record Named(Redirect file) implements StreamChoice {
    @Override
    public Stdio open(String name, Stdio unset, RedirectFiles files, FileGrants grants)
        throws IOException {
      return files.open(name, file, grants);
    }

    @Override
    public Stdio unopened(Stdio unset) {
      return Stdio.discard();
    }
  }

  /** This, and then nothing more. The array is nobody else's. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Bytes(byte[] content) implements StreamChoice {
    @Override
    public Stdio open(String name, Stdio unset, RedirectFiles files, FileGrants grants)
        throws IOException {
      return files.holding(content);
    }

    @Override
    public Stdio unopened(Stdio unset) {
      return Stdio.discard();
    }
  }
}
