package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.launcher.Exit;
import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.policy.TreeLimits;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which limits a run has hit, by what the kernel tells: the counters of the run's control group,
 * the command's wait status and the CPU time of its tree; and by what a broker has refused. Nothing
 * that a command prints or exits with takes part.
 *
 * <p>The kernel does not tell who sent the signal that ended a process. A command that kills itself
 * with SIGKILL or SIGXCPU has hit a limit only if the counters say so, too, and these are of its
 * whole tree: what a child used up, the parent can pretend to have died of. For SIGXFSZ the kernel
 * counts nothing. So the evidence of an ending says that it is a conclusion.
 */
final class LimitHits {
  private static final String UNKNOWN = "; who sent the signal, the kernel does not tell";

  private final Map<Resource, Limit> limits;
  private final TreeLimits treeLimits;
  private final Exit exit;
  private final CgroupReading reading;
  private final List<HitLimit> hits = new ArrayList<>();
  private Optional<HitLimit> ending = Optional.empty();

  private LimitHits(
      Map<Resource, Limit> limits, TreeLimits treeLimits, Exit exit, CgroupReading reading) {
    this.limits = limits;
    this.treeLimits = treeLimits;
    this.exit = exit;
    this.reading = reading;
  }

  /**
   * Looks at an end.
   *
   * @param limits that were set for each process
   * @param treeLimits of the policy
   * @param refusedConnections how many connections were one too many
   */
  static LimitHits of(
      Map<Resource, Limit> limits,
      TreeLimits treeLimits,
      Exit exit,
      CgroupReading reading,
      long refusedConnections) {
    var hits = new LimitHits(limits, treeLimits, exit, reading);
    hits.memory();
    hits.tasks();
    hits.cpuPercent();
    if (refusedConnections > 0) {
      hits.hits.add(
          new HitLimit(
              TreeLimit.CONNECTIONS.key(), "connections that were refused: " + refusedConnections));
    }
    if (exit.reason() == Exit.Reason.BY_ITSELF) {
      hits.cpuTime();
      hits.fileSize();
    }
    return hits;
  }

  /** {@return all limits that were in the way} */
  List<HitLimit> all() {
    return List.copyOf(hits);
  }

  /** {@return the one that ended the command; empty if none did} */
  Optional<HitLimit> ending() {
    return ending;
  }

  private void memory() {
    if (!reading.memoryExhausted()) {
      return;
    }
    long kills = reading.memoryKills();
    var hit =
        new HitLimit(
            TreeLimit.MEMORY.key(),
            "the kernel ended "
                + kills
                + (kills == 1 ? " process" : " processes")
                + " because all "
                + treeLimits.memory().orElse(0)
                + " bytes were in use");
    hits.add(hit);
    // Which process it was, is not told; a command that died otherwise was not the one.
    if (exit.reason() == Exit.Reason.BY_ITSELF && exit.signal() == Uapi.SIGKILL()) {
      ending =
          Optional.of(
              new HitLimit(hit.limit(), hit.evidence() + "; SIGKILL ended the command" + UNKNOWN));
    }
  }

  private void tasks() {
    if (reading.refusedTasks() > 0) {
      hits.add(
          new HitLimit(
              TreeLimit.TASKS.key(),
              "threads or processes that were not started: " + reading.refusedTasks()));
    }
  }

  private void cpuPercent() {
    if (reading.throttledPeriods() > 0) {
      hits.add(
          new HitLimit(
              TreeLimit.CPU_PERCENT.key(),
              "had to wait in "
                  + reading.throttledPeriods()
                  + " periods of 0.1 s, in all "
                  + seconds(reading.throttledTime())
                  + " on all CPUs"));
    }
  }

  private void cpuTime() {
    Limit limit = limits.get(Resource.CPU_TIME);
    if (limit == null) {
      return;
    }
    boolean soft = exit.signal() == Uapi.SIGXCPU() && isUsed(limit.soft());
    boolean hard = exit.signal() == Uapi.SIGKILL() && isUsed(limit.hard());
    if (soft || hard) {
      end(
          Resource.CPU_TIME.key(),
          (soft ? "SIGXCPU" : "SIGKILL")
              + " after "
              + seconds(cpuTime(exit.usage()))
              + " of CPU time, that of its children included"
              + UNKNOWN);
    }
  }

  /**
   * Whether so much CPU time was used. The kernel counts clock ticks when it ends a process, and
   * reports what was measured: on a busy virtual machine that is up to a seventh less.
   */
  private boolean isUsed(long seconds) {
    if (seconds == Limit.UNLIMITED || seconds < 0) {
      return false;
    }
    return cpuTime(exit.usage()).toMillis() >= Math.min(seconds, 1L << 40) * 750;
  }

  private static Duration cpuTime(ResourceUsage usage) {
    return usage.userTime().plus(usage.systemTime());
  }

  private void fileSize() {
    Limit limit = limits.get(Resource.FILE_SIZE);
    if (limit != null && exit.signal() == Uapi.SIGXFSZ()) {
      // It may stand in for the limit of all files together.
      boolean disk = treeLimits.disk().orElse(0) == limit.hard();
      end(
          disk ? TreeLimit.DISK.key() : Resource.FILE_SIZE.key(),
          "SIGXFSZ, as when a file is to grow beyond "
              + Long.toUnsignedString(limit.soft())
              + " bytes"
              + UNKNOWN);
    }
  }

  private void end(String limit, String evidence) {
    var hit = new HitLimit(limit, evidence);
    hits.add(hit);
    if (ending.isEmpty()) {
      ending = Optional.of(hit);
    }
  }

  private static String seconds(Duration time) {
    return time.toMillis() / 1000.0 + " s";
  }
}
