package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.broker.NetworkBroker;
import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.confinement.Brokering;
import io.github.cofferdam.confinement.LimitPlan;
import io.github.cofferdam.confinement.NeededNamespaces;
import io.github.cofferdam.confinement.Refusal;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.events.AuditException;
import io.github.cofferdam.events.AuditLog;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.policy.EnforcementReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One run from its start to its outcome: {@link #start}, then {@link #finish}, or {@link #finished}
 * after somebody else has waited. {@link #close} at any point ends it and gives everything back.
 */
final class Run implements AutoCloseable {
  private final String id;
  private final List<String> argv;
  private final Optional<Duration> timeout;
  private final AuditLog log;
  private final LimitPlan limits;
  private final EnforcementReport enforcement;
  private final List<String> environmentDropped;
  private final List<Path> unmade;
  private final RunResources resources;
  private final Launched launched;

  /** {@link System#nanoTime} when it was started. */
  private final long begin;

  private Run(PreparedRun prepared, RunResources resources, Launched launched, long begin) {
    // Not all of what was prepared: a run may live long, and the plan is larger than all the rest.
    id = prepared.id();
    argv = prepared.argv();
    timeout = prepared.timeout();
    log = prepared.log();
    limits = prepared.limits();
    enforcement = prepared.enforcement();
    environmentDropped = prepared.environmentDropped();
    unmade = prepared.unmade();
    this.resources = resources;
    this.launched = launched;
    this.begin = begin;
  }

  /**
   * Starts a command, on the streams that were looked at.
   *
   * @param resources what its preparation has made
   * @throws RefusedException if the audit log cannot be written, or a host that keeps its
   *     namespaces to itself is the reason for the failure
   * @throws NotExecutedException if it cannot be executed
   * @throws SetupFailedException if the kernel refused a step before that
   * @throws IOException if this process's own resources do not suffice
   */
  static Run start(PreparedRun prepared, RunResources resources) throws IOException {
    try {
      RunEvents.gaps(prepared.log(), prepared.enforcement());
      RunEvents.start(prepared.log(), prepared.argv());
    } catch (AuditException e) {
      throw new RefusedException(e);
    }
    resources.addStatesOf(prepared.streams());
    long begin = System.nanoTime();
    Launched launched;
    try {
      launched = Launcher.start(prepared.plan(), prepared.streams().set());
    } catch (ExecException e) {
      throw new NotExecutedException(Text.of(e) + prepared.hint().after(e.errno()), e.errno());
    } catch (KernelException e) {
      Optional<NeededNamespaces> needed = prepared.needed();
      Optional<Refusal> refusal = needed.isPresent() ? needed.get().explained(e) : Optional.empty();
      throw refusal.isPresent() ? new RefusedException(refusal.get()) : new SetupFailedException(e);
    } finally {
      resources.releaseTemplates();
    }
    Run run = new Run(prepared, resources, launched, begin);
    if (prepared.broker().isPresent()) {
      run.answer(prepared.broker().get());
    }
    return run;
  }

  /** The command waits at its first question until there is somebody to answer it. */
  private void answer(Brokering asked) throws IOException {
    boolean answered = false;
    try {
      Fd listener = launched.received().orElseThrow();
      resources.add(
          NetworkBroker.start(
              listener,
              asked.network(),
              asked.limits(),
              asked.localIsHeld(),
              NetworkEvents.of(log, launched)));
      answered = true;
    } finally {
      if (!answered) {
        // The rest is given back by whoever hears of the failure, and writes it down first.
        launched.close();
      }
    }
  }

  EnforcementReport enforcement() {
    return enforcement;
  }

  Launched launched() {
    return launched;
  }

  /** Waits for the end. An interrupt ends the tree. */
  Outcome finish() throws IOException, InterruptedException {
    try {
      return finished(launched.await(), Optional.empty());
    } finally {
      close();
    }
  }

  /** Reads both streams, so that a full pipe never stops the command, and waits for the end. */
  Outcome finishCapturing(int limit) throws IOException, InterruptedException {
    try {
      OutputCapture.Captured captured = OutputCapture.read(launched, limit);
      return finished(captured.exit(), Optional.of(captured.output()));
    } finally {
      close();
    }
  }

  /** Turns the end into the outcome, once, and gives back what the run had. */
  Outcome finished(Exit exit, Optional<CapturedOutput> output) throws IOException {
    resources.endStreams();
    Duration wallTime = Duration.ofNanos(System.nanoTime() - begin);
    try {
      CgroupReading reading = limits.reading();
      LimitHits hits =
          LimitHits.of(
              limits.rlimits(), limits.treeLimits(), exit, reading, resources.refusedConnections());
      var outcome =
          new Outcome(
              id,
              argv,
              ending(exit, hits),
              Optional.of(enforcement),
              Optional.of(exit.usage()),
              wallTime,
              output,
              hits.all(),
              Optional.of(peakMemory(exit, reading)),
              environmentDropped,
              resources.networkUse(),
              MadeNames.among(unmade));
      RunEvents.end(log, launched.pid(), outcome);
      return outcome;
    } finally {
      resources.close();
    }
  }

  private static PeakMemory peakMemory(Exit exit, CgroupReading reading) {
    return reading.peakMemory().isPresent()
        ? new PeakMemory(reading.peakMemory().getAsLong(), true)
        : new PeakMemory(exit.usage().maxResidentBytes(), false);
  }

  private Ending ending(Exit exit, LimitHits hits) {
    if (hits.ending().isPresent()) {
      HitLimit hit = hits.ending().get();
      return new Ending.LimitHit(hit.limit(), hit.evidence(), exit.signal());
    }
    return switch (exit.reason()) {
      case DEADLINE -> new Ending.TimedOut(timeout.orElseThrow());
      case CLOSED -> new Ending.Closed();
      case SUPERVISOR_LOST -> new Ending.SupervisorLost();
      case BY_ITSELF ->
          exit.exited() ? new Ending.Exited(exit.code()) : new Ending.Signalled(exit.signal());
    };
  }

  /** Logs that nothing came of it, ends the tree and gives everything back. */
  void abandon(Exception cause) {
    resources.abandon(argv, cause, this::close);
  }

  /** Ends the tree if it still runs, and gives everything back. */
  @Override
  public void close() throws IOException {
    launched.close();
    resources.endStreams();
    resources.close();
  }

  /** The command's own terminal. */
  Optional<PseudoTerminal> terminal() {
    return resources.terminal();
  }

  /** The piped stream of a running command. */
  Optional<Fd> stream(int index) {
    return launched.stream(index);
  }
}
