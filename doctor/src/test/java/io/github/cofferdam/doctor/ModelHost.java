package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.ExecException;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.LaunchStep;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.seccomp.ActionName;
import io.github.cofferdam.seccomp.KernelFlag;
import io.github.cofferdam.seccomp.SeccompSupport;
import io.github.cofferdam.seccomp.ThreadStatus;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.NoSuchFileException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model of a host that has everything, until a test takes something away. What it was not told
 * does not exist.
 */
final class ModelHost implements HostProbe {
  final Map<String, String> files = new HashMap<>();
  final Set<String> writable = new HashSet<>();
  final Map<String, String> programs = new HashMap<>();

  /** Answers by system call; for landlock_create_ruleset by its flags. */
  final Map<String, Long> answers = new HashMap<>();

  /** Purposes of steps, or parts of them, that fail in a child. */
  final Map<String, Errno> failing = new HashMap<>();

  SeccompSupport seccomp = seccomp(Optional.empty(), 0);
  Optional<Errno> memoryRefusal = Optional.empty();
  Optional<String> brokerObstacle = Optional.empty();
  int launches;

  /** What an AUDIT_GET is answered. */
  int[] audit = {Uapi.AUDIT_GET(), 0, 1, 0, 77};

  ModelHost() {
    files.put("/proc/sys/kernel/osrelease", "6.12.9-model\n");
    files.put(
        "/proc/thread-self/status", "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n");
    files.put("/sys/kernel/security/lsm", "lockdown,capability,landlock,yama,apparmor");
    files.put("/proc/thread-self/attr/apparmor/current", "unconfined\n");
    files.put("/proc/sys/kernel/yama/ptrace_scope", "1\n");
    files.put("/proc/sys/vm/memfd_noexec", "0\n");
    files.put("/proc/sys/kernel/seccomp/actions_logged", "kill_process log\n");
    for (String kind : new String[] {"user", "pid", "mnt", "net", "ipc", "uts"}) {
      files.put("/proc/sys/user/max_" + kind + "_namespaces", "96365\n");
    }
    answers.put("landlock_create_ruleset 1", 7L);
    answers.put("landlock_create_ruleset 2", 0b101L);
    answers.put("socket", 9L);
    answers.put("sendto", 16L);
    answers.put("ppoll", 1L);
    answers.put("close", 0L);
    cgroup2("/user.slice/user-1000.slice");
  }

  /** Only version 2, with this process in a group. */
  ModelHost cgroup2(String group) {
    files.put(
        "/proc/self/mountinfo",
        """
        24 1 0:22 / /proc rw - proc proc rw
        31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
        """);
    files.put("/proc/self/cgroup", "0::" + group + "\n");
    files.put("/sys/fs/cgroup" + group + "/cgroup.controllers", "cpu memory pids\n");
    return this;
  }

  static SeccompSupport seccomp(Optional<Errno> refusal, int filters) {
    return new SeccompSupport(
        refusal,
        refusal.isPresent() ? Set.of() : EnumSet.allOf(ActionName.class),
        refusal.isPresent() ? Set.of() : EnumSet.of(KernelFlag.TSYNC, KernelFlag.LOG),
        Optional.empty(),
        refusal,
        true,
        new ThreadStatus(
            OptionalInt.of(filters > 0 ? 2 : 0), OptionalInt.of(filters), filters > 0));
  }

  @Override
  public String read(String file) throws IOException {
    String content = files.get(file);
    if (content == null) {
      throw new NoSuchFileException(file);
    }
    return content;
  }

  @Override
  public boolean exists(String file) {
    return files.containsKey(file);
  }

  @Override
  public boolean writable(String file) {
    return writable.contains(file);
  }

  @Override
  public Optional<String> program(String name) {
    return Optional.ofNullable(programs.get(name));
  }

  @Override
  @SuppressWarnings("restricted")
  public Kernel kernel() {
    return (step, args) -> {
      if (step.syscall().equals("landlock_create_ruleset")) {
        return answers.getOrDefault(step.syscall() + " " + args[2], -22L);
      }
      if (step.syscall().equals("recvfrom")) {
        MemorySegment answer = MemorySegment.ofAddress(args[1]).reinterpret(args[2]);
        answer.set(ValueLayout.JAVA_SHORT, 4, (short) audit[0]);
        for (int i = 1; i < audit.length; i++) {
          answer.set(ValueLayout.JAVA_INT, 12 + 4L * i, audit[i]);
        }
        return 12 + 4L * audit.length;
      }
      return answers.getOrDefault(step.syscall(), (long) -Errno.ENOSYS.number());
    };
  }

  @Override
  public SeccompSupport seccomp() {
    return seccomp;
  }

  @Override
  public Optional<String> brokerObstacle() {
    return brokerObstacle;
  }

  @Override
  public Limit limit(Resource resource) {
    return resource == Resource.OPEN_FILES ? new Limit(1024, 4096) : Limit.unlimited();
  }

  @Override
  public boolean mayRaiseHardLimits() {
    return false;
  }

  @Override
  public Optional<Errno> memoryRefusal() {
    return memoryRefusal;
  }

  @Override
  public void launch(LaunchPlan plan) throws IOException {
    launches++;
    Step last = plan.steps().getLast().step();
    for (LaunchStep step : plan.steps()) {
      for (Map.Entry<String, Errno> entry : failing.entrySet()) {
        if (step.step().purpose().contains(entry.getKey())) {
          throw new SetupException(step.step(), entry.getValue());
        }
      }
    }
    throw new ExecException(last, Errno.ENOTDIR);
  }
}
