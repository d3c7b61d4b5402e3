package io.github.cofferdam.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A confined command as a {@link ProcessHandle}. One of the JDK's would stand for the supervisor:
 * killing that would lose what became of the command.
 */
final class SandboxProcessHandle implements ProcessHandle {
  private final SandboxProcess process;

  SandboxProcessHandle(SandboxProcess process) {
    this.process = process;
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
    return process.pid();
  }

  @Override
  public Optional<ProcessHandle> parent() {
    // It was started by this process, which waits for it.
    return isAlive() ? Optional.of(ProcessHandle.current()) : Optional.empty();
  }

  @Override
  public Stream<ProcessHandle> children() {
    return process.children();
  }

  @Override
  public Stream<ProcessHandle> descendants() {
    return process.descendants();
  }

  @Override
  public Info info() {
    return process.info();
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
    return Long.compare(pid(), other.pid());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SandboxProcessHandle handle && handle.process.equals(process);
  }

  @Override
  public int hashCode() {
    return process.hashCode();
  }

  @Override
  public String toString() {
    return Long.toString(pid());
  }
}
