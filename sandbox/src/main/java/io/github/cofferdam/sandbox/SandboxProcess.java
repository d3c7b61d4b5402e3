package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdOutputStream;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.PseudoTerminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A confined command as a {@link Process}, so that existing code can work with it.
 *
 * <p>Differences to a process of {@link ProcessBuilder}: {@link #pid} is the supervisor's, which
 * stands for the whole tree; {@link #destroyForcibly} and {@link #close} end the whole tree, not
 * one process; when the command itself ends, what it left running ends too.
 */
public final class SandboxProcess extends Process implements AutoCloseable {
  private final Run run;
  private final OutputStream in;
  private final InputStream out;
  private final InputStream err;
  private final CompletableFuture<Outcome> end;

  SandboxProcess(Run run) {
    this.run = run;
    in =
        run.stream(0)
            .<OutputStream>map(FdOutputStream::new)
            .or(() -> run.terminal().map(PseudoTerminal::keyboard))
            .orElseGet(OutputStream::nullOutputStream);
    out =
        run.stream(1).isEmpty() && run.terminal().isPresent()
            ? run.terminal().get().screen()
            : input(run.stream(1));
    err = input(run.stream(2));
    // Somebody has to wait, whether the caller does or not: else the process would stay as a
    // zombie.
    end = CompletableFuture.supplyAsync(this::awaitEnd, Workers.EXECUTOR);
  }

  private static InputStream input(Optional<Fd> fd) {
    return fd.<InputStream>map(ProcessInput::new).orElseGet(InputStream::nullInputStream);
  }

  private Outcome awaitEnd() {
    try {
      Exit exit = run.launched().await();
      try {
        return run.finished(exit, Optional.empty());
      } finally {
        in.close();
        drain(out);
        drain(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("a worker was interrupted", e);
    }
  }

  private static void drain(InputStream stream) throws IOException {
    if (stream instanceof ProcessInput input) {
      input.drain();
    }
  }

  /**
   * {@return the command's standard input, or the keyboard of its {@link SandboxCommand#terminal
   * terminal}; discards what is written if it is no pipe}
   */
  @Override
  public OutputStream getOutputStream() {
    return in;
  }

  /**
   * {@return the command's standard output, or the screen of its {@link SandboxCommand#terminal
   * terminal}; empty if it is no pipe}
   */
  @Override
  public InputStream getInputStream() {
    return out;
  }

  /** {@return the command's standard error; empty if it is no pipe} */
  @Override
  public InputStream getErrorStream() {
    return err;
  }

  /** {@return what holds and what does not} */
  public EnforcementReport enforcement() {
    return run.enforcement();
  }

  /** Waits for the end and {@return what became of the run} */
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

  @Override
  public CompletableFuture<Process> onExit() {
    return end.handle((outcome, failure) -> this);
  }

  @Override
  public long pid() {
    return run.launched().pid();
  }

  @Override
  public ProcessHandle toHandle() {
    return ProcessHandle.of(pid())
        .orElseThrow(() -> new UnsupportedOperationException("the process has ended"));
  }

  @Override
  public ProcessHandle.Info info() {
    return toHandle().info();
  }

  @Override
  public boolean supportsNormalTermination() {
    return true;
  }

  /** Sends a signal to the command. */
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

  /** Ends the whole tree, waits for its end and closes the streams. */
  @Override
  public void close() throws IOException {
    destroyForcibly();
    try {
      end.join();
    } catch (CompletionException e) {
      throw new IOException("cannot tell how the command ended", e.getCause());
    } finally {
      in.close();
      out.close();
      err.close();
    }
  }
}
