package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** This process's ends of a launch. */
final class LaunchStreams implements AutoCloseable {
  private final @Nullable Fd[] standard = new Fd[3];
  private @Nullable Fd status;
  private @Nullable Fd lifeline;
  private @Nullable Fd handOver;
  private @Nullable Fd received;

  /** Adds its end of a standard stream that is a pipe. */
  void standard(int index, Fd fd) {
    standard[index] = fd;
  }

  /** Adds the end of the status pipe that it reads from. */
  void status(Fd fd) {
    status = fd;
  }

  /** Adds the end of the lifeline that it writes to. */
  void lifeline(Fd fd) {
    lifeline = fd;
  }

  /** Adds the socket by which it gets what the child hands over. */
  void handOver(Fd fd) {
    handOver = fd;
  }

  Optional<Fd> standard(int index) {
    return Optional.ofNullable(standard[index]);
  }

  Fd status() {
    return Objects.requireNonNull(status);
  }

  Optional<Fd> lifeline() {
    return Optional.ofNullable(lifeline);
  }

  /** What the child has handed over. */
  Optional<Fd> received() {
    return Optional.ofNullable(received);
  }

  /** Takes what the child was to hand over; it has done so. */
  void receive() throws KernelException {
    if (handOver != null) {
      received = HandOver.receive(handOver, 1).getFirst();
      handOver.close();
    }
  }

  @Override
  public void close() {
    for (Fd fd : standard) {
      closeIfOpen(fd);
    }
    closeIfOpen(status);
    closeIfOpen(lifeline);
    closeIfOpen(handOver);
    closeIfOpen(received);
  }

  private static void closeIfOpen(@Nullable Fd fd) {
    if (fd != null) {
      fd.close();
    }
  }
}
