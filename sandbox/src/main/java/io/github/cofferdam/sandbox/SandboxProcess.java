package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.policy.EnforcementReport;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A confined command as a {@link Process}, so that existing code can work with it.
 *
 * <p>{@link SandboxProcessBuilder} has a list of what differs from a process of {@link
 * ProcessBuilder}. What this one can do besides: send any {@link #signal}, say what became of the
 * run ({@link #outcome}) and what holds ({@link #enforcement}), and end the tree in a try statement
 * ({@link #close}).
 */
public final class SandboxProcess extends Process implements AutoCloseable {
  private final Run run;
  private final OutputStream in;
  private final InputStream out;
  private final InputStream err;
  private final List<ProcessInput> pipes = new ArrayList<>(2);
  private final CommandHandle command;
  private final CompletableFuture<Outcome> end = new CompletableFuture<>();

  /** Set before the end is known. */
  private volatile int exitValue;

  SandboxProcess(Run run) throws IOException {
    this.run = run;
    command = new CommandHandle(this, run.launched());
    in =
        run.stream(0).isEmpty() && run.terminal().isPresent()
            ? run.terminal().get().keyboard()
            : output(run);
    out =
        run.stream(1).isEmpty() && run.terminal().isPresent()
            ? run.terminal().get().screen()
            : input(1);
    err = input(2);
    // Somebody has to collect the end, whether the caller waits or not: else the process would
    // stay as a zombie.
    run.launched().onEnd(Workers::execute, this::collect);
  }

  private static OutputStream output(Run run) throws IOException {
    Optional<Fd> pipe = run.stream(0);
    return pipe.isPresent()
        ? new BufferedOutputStream(new ProcessOutput(run.launched(), pipe.get()))
        : closedOutput();
  }

  /** Refuses everything, as ProcessBuilder says of a stream that is no pipe. */
  private static OutputStream closedOutput() {
    OutputStream stream = OutputStream.nullOutputStream();
    try {
      stream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return stream;
  }

  private InputStream input(int stream) throws IOException {
    Optional<Fd> fd = run.stream(stream);
    if (fd.isEmpty()) {
      return EmptyInput.INSTANCE;
    }
    var pipe = new ProcessInput(run.launched(), stream, fd.get());
    pipes.add(pipe);
    return new BufferedInputStream(pipe);
  }

  private void collect() {
    try {
      end.complete(outcomeOfRun());
    } catch (IOException | RuntimeException | Error e) {
      end.completeExceptionally(e);
    } catch (InterruptedException e) {
      end.completeExceptionally(new IllegalStateException("a worker was interrupted", e));
    }
  }

  private Outcome outcomeOfRun() throws IOException, InterruptedException {
    Exit exit = run.launched().await();
    try {
      Outcome outcome = run.finished(exit, Optional.empty());
      exitValue =
          outcome.ending() instanceof Ending.SupervisorLost
              ? exit.shellCode()
              : outcome.ending().shellStatus();
      return outcome;
    } finally {
      // Not the stream around it: that would write what nobody reads any more.
      run.stream(0).ifPresent(Fd::close);
      for (ProcessInput pipe : pipes) {
        pipe.end();
      }
    }
  }

  /**
   * {@return the command's standard input, buffered, or the keyboard of its {@link
   * SandboxCommand#terminal terminal}; refuses everything if it is neither}
   */
  @Override
  public OutputStream getOutputStream() {
    return in;
  }

  /**
   * {@return the command's standard output, buffered, or the screen of its {@link
   * SandboxCommand#terminal terminal}; empty if it is neither}
   */
  @Override
  public InputStream getInputStream() {
    return out;
  }

  /** {@return the command's standard error, buffered; empty if it is no pipe} */
  @Override
  public InputStream getErrorStream() {
    return err;
  }

  /** {@return what holds and what does not} */
  public EnforcementReport enforcement() {
    return run.enforcement();
  }

  /**
   * {@return what became of the run}, after its end, which this waits for
   *
   * @throws InterruptedException if this thread was interrupted; the command goes on
   * @throws IOException if it cannot be told how the command ended
   */
  public Outcome outcome() throws InterruptedException, IOException {
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw new IOException("cannot tell how the command ended", e.getCause());
    }
  }

  @Override
  public int waitFor() throws InterruptedException {
    try {
      end.get();
      return exitValue;
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    long nanos = unit.toNanos(timeout);
    if (nanos <= 0) {
      return end.isDone();
    }
    try {
      end.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  /** {@return the status as shells give it: 128 + n for a signal, 124 for a time-out} */
  @Override
  public int exitValue() {
    if (!end.isDone()) {
      throw new IllegalThreadStateException("process hasn't exited");
    }
    end.join();
    return exitValue;
  }

  @Override
  public boolean isAlive() {
    return !end.isDone();
  }

  /** {@return a new future, whose followers run in the common pool} */
  @Override
  public CompletableFuture<Process> onExit() {
    return end.handleAsync((outcome, failure) -> this);
  }

  /**
   * {@return the command's process id, as this process sees it}; its supervisor's if it had ended
   * before anybody asked.
   */
  @Override
  public long pid() {
    return command.get().pid();
  }

  /**
   * {@return the command's handle}: killing it ends the whole tree, since that ends with the
   * command.
   */
  @Override
  public ProcessHandle toHandle() {
    return command.get();
  }

  /** {@return what the host knows of the command; nothing if it has ended} */
  @Override
  public ProcessHandle.Info info() {
    return command.get().info();
  }

  /** {@return the command's own children, as the host sees them} */
  @Override
  public Stream<ProcessHandle> children() {
    return command.get().children();
  }

  /**
   * {@return the tree but for the command, as the host sees it}: also what has left the command's
   * session or lost its parents.
   */
  @Override
  public Stream<ProcessHandle> descendants() {
    return isAlive()
        ? new ProcessTree(run.launched().pid(), run.launched().commandPid()).descendants()
        : Stream.empty();
  }

  @Override
  public boolean supportsNormalTermination() {
    return true;
  }

  /**
   * Sends a signal to the command; nothing happens if it has ended.
   *
   * @param number 1 to 64, see signal(7)
   * @throws IllegalArgumentException if there is no such signal
   * @throws IOException EAGAIN if the command's supervisor takes no signals, since it was stopped
   */
  public void signal(int number) throws IOException {
    run.launched().signal(number);
  }

  /**
   * Asks the command to end, with SIGTERM, and closes the streams. {@link #signal} and {@link
   * #destroy(Duration)} leave them open, for its last words.
   */
  @Override
  public void destroy() {
    try {
      signal(Uapi.SIGTERM());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      closePipes();
    }
  }

  /** Ends the whole tree at once, and closes the streams. */
  @Override
  public Process destroyForcibly() {
    try {
      run.launched().kill();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      closePipes();
    }
    return this;
  }

  /** Not a terminal's streams, which are the caller's. */
  private void closePipes() {
    Closeable[] streams = {in, out, err};
    for (int i = 0; i < streams.length; i++) {
      try {
        if (run.stream(i).isPresent()) {
          streams[i].close();
        }
      } catch (IOException e) {
        // What was not flushed has nobody to read it.
      }
    }
  }

  /**
   * Asks the command to end, and ends the tree if it has not done so in time.
   *
   * @param patience how long it may take
   * @return whether the command ended by itself
   * @throws InterruptedException if this thread was interrupted; the tree has not been ended then
   */
  public boolean destroy(Duration patience) throws InterruptedException {
    try {
      signal(Uapi.SIGTERM());
      if (waitFor(patience)) {
        return true;
      }
      run.launched().kill();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    waitFor();
    return false;
  }

  /**
   * Ends the whole tree, waits for its end and closes the streams.
   *
   * @throws IOException if it cannot be told how the command ended, or a stream cannot be closed
   */
  @Override
  public void close() throws IOException {
    try {
      run.launched().kill();
      end.join();
    } catch (CompletionException e) {
      throw new IOException("cannot tell how the command ended", e.getCause());
    } finally {
      // What was not flushed has nobody to read it; that is no error here.
      run.stream(0).ifPresent(Fd::close);
      out.close();
      err.close();
    }
  }

  @Override
  public String toString() {
    return "Process[pid="
        + pid()
        + ", exitValue="
        + (isAlive() ? "\"not exited\"" : exitValue())
        + "]";
  }
}
