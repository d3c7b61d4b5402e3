package io.github.cofferdam.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A confined command that had ended before anybody asked for its handle: the JDK makes none for
 * what is not there any more. It has the number of the supervisor, which is nobody else's until the
 * end was seen.
 */
final class EndedProcessHandle implements ProcessHandle {
  private final SandboxProcess process;
  private final long pid;

  EndedProcessHandle(SandboxProcess process, long pid) {
    this.process = process;
    this.pid = pid;
  }

  /** Nothing is known, as of a process that has ended. */
  enum NoInfo implements Info {
    INSTANCE;

    @Override
    public Optional<String> command() {
      return Optional.empty();
    }

    @Override
    public Optional<String> commandLine() {
      return Optional.empty();
    }

    @Override
    public Optional<String[]> arguments() {
      return Optional.empty();
    }

    @Override
    public Optional<Instant> startInstant() {
      return Optional.empty();
    }

    @Override
    public Optional<Duration> totalCpuDuration() {
      return Optional.empty();
    }

    @Override
    public Optional<String> user() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "[]";
    }
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public Optional<ProcessHandle> parent() {
    // It was started by this process, which waits for it.
    return isAlive() ? Optional.of(ProcessHandle.current()) : Optional.empty();
  }

  @Override
  public Stream<ProcessHandle> children() {
    return Stream.empty();
  }

  @Override
  public Stream<ProcessHandle> descendants() {
    return process.descendants();
  }

  @Override
  public Info info() {
    return NoInfo.INSTANCE;
  }

  @Override
  public CompletableFuture<ProcessHandle> onExit() {
    return process.onExit().thenApply(ended -> this);
  }

  @Override
  public boolean supportsNormalTermination() {
    return process.supportsNormalTermination();
  }

  @Override
  public boolean destroy() {
    if (!isAlive()) {
      return false;
    }
    process.destroy();
    return true;
  }

  @Override
  public boolean destroyForcibly() {
    if (!isAlive()) {
      return false;
    }
    process.destroyForcibly();
    return true;
  }

  @Override
  public boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public int compareTo(ProcessHandle other) {
    return Long.compare(pid, other.pid());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EndedProcessHandle handle && handle.process.equals(process);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(pid);
  }

  @Override
  public String toString() {
    return Long.toString(pid);
  }
}
