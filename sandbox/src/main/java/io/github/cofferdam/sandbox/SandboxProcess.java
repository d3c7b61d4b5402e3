package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.policy.EnforcementReport;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
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
 * <p>Differences to a process of {@link ProcessBuilder}:
 *
 * <ul>
 *   <li>The end of the command is the end of its tree: what it left running is killed, and only
 *       then is this process no longer alive.
 *   <li>{@link #destroy} asks the command alone; {@link #destroyForcibly} and {@link #close} end
 *       the whole tree, not one process. Neither closes the streams before the end, so that last
 *       words can be read.
 *   <li>{@link #pid} is the supervisor's; the number is not used again before the end was seen.
 *       {@link #info}, {@link #children} and {@link #descendants} are about the command.
 * </ul>
 */
public final class SandboxProcess extends Process implements AutoCloseable {
  private final Run run;
  private final OutputStream in;
  private final InputStream out;
  private final InputStream err;
  private final List<ProcessInput> pipes = new ArrayList<>(2);
  private final CompletableFuture<Outcome> end = new CompletableFuture<>();

  SandboxProcess(Run run) throws IOException {
    this.run = run;
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
      // Empty also after it was closed, as ProcessBuilder says.
      return new ByteArrayInputStream(new byte[0]);
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
      return run.finished(exit, Optional.empty());
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
      return end.get().ending().shellStatus();
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    if (timeout <= 0) {
      return end.isDone();
    }
    try {
      end.get(timeout, unit);
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
      throw new IllegalThreadStateException("the command has not ended");
    }
    return end.join().ending().shellStatus();
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

  /** {@return the supervisor's process id, which stands for the whole tree} */
  @Override
  public long pid() {
    return run.launched().pid();
  }

  /**
   * {@return a handle that means what this process means}: its {@code destroy} asks the command,
   * its {@code destroyForcibly} ends the tree.
   */
  @Override
  public ProcessHandle toHandle() {
    return new SandboxProcessHandle(this);
  }

  /** {@return what the host knows of the command; nothing if it has ended} */
  @Override
  public ProcessHandle.Info info() {
    return tree()
        .flatMap(ProcessTree::command)
        .map(ProcessHandle::info)
        .orElse(SandboxProcessHandle.NoInfo.INSTANCE);
  }

  /** {@return the command's own children, as the host sees them} */
  @Override
  public Stream<ProcessHandle> children() {
    return tree().stream().flatMap(ProcessTree::children);
  }

  /**
   * {@return the tree but for the command, as the host sees it}: also what has left the command's
   * session or lost its parents.
   */
  @Override
  public Stream<ProcessHandle> descendants() {
    return tree().stream().flatMap(ProcessTree::descendants);
  }

  private Optional<ProcessTree> tree() {
    return isAlive()
        ? Optional.of(new ProcessTree(pid(), run.launched().commandPid()))
        : Optional.empty();
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

  /** Asks the command to end: SIGTERM. */
  @Override
  public void destroy() {
    try {
      signal(Uapi.SIGTERM());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the whole tree at once. */
  @Override
  public Process destroyForcibly() {
    try {
      run.launched().kill();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /**
   * Asks the command to end, and ends the tree if it has not done so in time.
   *
   * @param patience how long it may take
   * @return whether the command ended by itself
   * @throws InterruptedException if this thread was interrupted; the tree has not been ended then
   */
  public boolean destroy(Duration patience) throws InterruptedException {
    destroy();
    if (waitFor(patience)) {
      return true;
    }
    destroyForcibly().waitFor();
    return false;
  }

  /**
   * Ends the whole tree, waits for its end and closes the streams.
   *
   * @throws IOException if it cannot be told how the command ended, or a stream cannot be closed
   */
  @Override
  public void close() throws IOException {
    destroyForcibly();
    try {
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
    return "SandboxProcess[pid="
        + pid()
        + ", exitValue="
        + (isAlive() ? "\"not exited\"" : exitValue())
        + "]";
  }
}
