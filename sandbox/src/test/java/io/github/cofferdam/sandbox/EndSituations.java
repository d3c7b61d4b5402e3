package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.differs;
import static io.github.cofferdam.sandbox.Situation.same;

import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** How a process ends, and who hears of it. */
@SuppressWarnings("NullAway") // null is among what is tried
final class EndSituations {
  private static final String DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.05; done";

  /** A signal that nothing else here has a use for. */
  private static final int RARE = 50;

  private EndSituations() {}

  static List<Situation> all() {
    return List.of(
        same("exit value 0", s -> s.see(s.start("exit 0").waitFor())),
        same("exit value 1", s -> s.see(s.start("exit 1").waitFor())),
        same("exit value 77", s -> s.see(s.start("exit 77").waitFor())),
        same("exit value 255", s -> s.see(s.start("exit 255").waitFor())),
        same("exit value 124", s -> s.see(s.start("exit 124").waitFor())),
        same("exit value 137 without a signal", s -> s.see(s.start("exit 137").waitFor())),
        same(
            "SIGTERM from itself", s -> s.see(s.start("kill -TERM $$; exec sleep 1000").waitFor())),
        same(
            "SIGKILL from itself", s -> s.see(s.start("kill -KILL $$; exec sleep 1000").waitFor())),
        same(
            "SIGINT from itself",
            s -> s.see(s.start("trap - INT; kill -INT $$; exit 3").waitFor())),
        same("SIGHUP from itself", s -> s.see(s.start("kill -HUP $$; exit 3").waitFor())),
        same(
            "SIGUSR1 from itself", s -> s.see(s.start("kill -USR1 $$; exec sleep 1000").waitFor())),
        same(
            "SIGABRT from itself", s -> s.see(s.start("kill -ABRT $$; exec sleep 1000").waitFor())),
        same(
            "SIGSEGV from itself", s -> s.see(s.start("kill -SEGV $$; exec sleep 1000").waitFor())),
        same(
            "a real-time signal from itself",
            s -> s.see(s.start("kill -40 $$; exec sleep 1000").waitFor())),
        same(
            "SIGKILL from outside",
            s -> {
              Process process = s.ready("exec sleep 1000");
              s.see(kill("KILL", process.pid()));
              s.see(process.waitFor());
              s.see(process.exitValue());
            }),
        same(
            "SIGTERM from outside",
            s -> {
              Process process = s.ready("exec sleep 1000");
              s.see(kill("TERM", process.pid()));
              s.see(process.waitFor());
            }),
        same(
            "SIGKILL by the JDK's handle",
            s -> {
              Process process = s.ready("exec sleep 1000");
              s.see(ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly());
              s.see(process.waitFor());
            }),
        same(
            "a signal from outside that is handled",
            s -> {
              Process process =
                  s.ready("trap 'exit 9' USR1; echo set; while :; do sleep 0.05; done");
              process.inputReader().readLine();
              s.see(kill("USR1", process.pid()));
              s.see(process.waitFor());
            }),
        same(
            "stopped and continued from outside",
            s -> {
              Process process = s.ready("read line; exit 5");
              s.see(kill("STOP", process.pid()));
              s.see(process.isAlive());
              s.see(kill("CONT", process.pid()));
              process.getOutputStream().close();
              s.see(process.waitFor());
            }),
        same("the exit value of what runs", s -> s.asks(s.ready("exec sleep 1000")::exitValue)),
        same("what runs is alive", s -> s.see(s.ready("exec sleep 1000").isAlive())),
        same(
            "what has ended is not alive",
            s -> {
              Process process = s.start("exit 0");
              process.waitFor();
              s.see(process.isAlive());
            }),
        same(
            "waiting for no time",
            s -> {
              Process process = s.ready("exec sleep 1000");
              s.see(process.waitFor(0, TimeUnit.SECONDS));
              s.see(process.waitFor(-1, TimeUnit.DAYS));
              s.see(process.waitFor(Duration.ZERO));
              s.see(process.waitFor(Duration.ofSeconds(-5)));
            }),
        same(
            "waiting for a little",
            s -> {
              Process process = s.ready("exec sleep 1000");
              s.see(process.waitFor(20, TimeUnit.MILLISECONDS));
              s.see(process.waitFor(Duration.ofMillis(20)));
            }),
        same(
            "waiting long enough",
            s -> {
              Process process = s.start("exit 3");
              s.see(process.waitFor(100, TimeUnit.DAYS));
              s.see(process.exitValue());
            }),
        same(
            "waiting for what has ended",
            s -> {
              Process process = s.start("exit 3");
              process.waitFor();
              s.see(process.waitFor());
              s.see(process.waitFor(0, TimeUnit.SECONDS));
              s.see(process.waitFor(-1, TimeUnit.SECONDS));
              s.see(process.waitFor(Duration.ofDays(1)));
            }),
        same("waiting without a unit", s -> s.tries(() -> s.start("exit 0").waitFor(1, null))),
        same(
            "waiting no time without a unit",
            s -> s.tries(() -> s.start("exit 0").waitFor(0, null))),
        same(
            "waiting without a duration",
            s -> s.tries(() -> s.start("exit 0").waitFor((Duration) null))),
        same(
            "waiting for ever and ever",
            s -> s.see(s.start("exit 0").waitFor(Long.MAX_VALUE, TimeUnit.DAYS))),
        same(
            "an interrupted wait",
            s -> {
              Process process = s.ready("exec sleep 1000");
              Thread.currentThread().interrupt();
              s.tries(process::waitFor);
              s.see(Thread.interrupted());
              s.see(process.isAlive());
            }),
        same(
            "an interrupted wait for some time",
            s -> {
              Process process = s.ready("exec sleep 1000");
              Thread.currentThread().interrupt();
              s.tries(() -> process.waitFor(1, TimeUnit.DAYS));
              s.see(Thread.interrupted());
            }),
        same(
            "an interrupted wait for what has ended",
            s -> {
              Process process = s.start("exit 3");
              process.waitFor();
              Thread.currentThread().interrupt();
              s.asks(process::waitFor);
              s.asks(() -> process.waitFor(1, TimeUnit.DAYS));
              s.see(Thread.interrupted());
            }),
        same(
            "onExit",
            s -> {
              Process process = s.ready("read line; exit 4");
              CompletableFuture<Process> exit = process.onExit();
              s.see(exit.isDone());
              process.getOutputStream().close();
              s.seeSame(exit.get(), process);
              s.see(exit.get().exitValue());
            }),
        same(
            "onExit of what has ended",
            s -> {
              Process process = s.start("exit 4");
              process.waitFor();
              s.seeSame(process.onExit().get(), process);
            }),
        same(
            "onExit gives a new future each time",
            s -> {
              Process process = s.ready("read line");
              CompletableFuture<Process> first = process.onExit();
              CompletableFuture<Process> second = process.onExit();
              s.seeSame(first, second);
              s.see(first.cancel(true));
              process.getOutputStream().close();
              s.seeSame(second.get(), process);
            }),
        same(
            "destroy",
            s -> {
              Process process = s.ready("exec sleep 1000");
              process.destroy();
              s.see(process.waitFor());
            }),
        same(
            "destroy that is handled",
            s -> {
              Process process =
                  s.ready("trap 'exit 7' TERM; echo set; while :; do sleep 0.05; done");
              process.inputReader().readLine();
              process.destroy();
              s.see(process.waitFor());
            }),
        same(
            "destroy that is ignored",
            s -> {
              Process process = s.ready(DEAF);
              process.inputReader().readLine();
              process.destroy();
              s.see(process.waitFor(100, TimeUnit.MILLISECONDS));
            }),
        same(
            "destroyForcibly",
            s -> {
              Process process = s.ready(DEAF);
              process.inputReader().readLine();
              s.seeSame(process.destroyForcibly(), process);
              s.see(process.waitFor());
            }),
        same(
            "destroy closes the streams",
            s -> {
              Process process = s.ready("exec sleep 1000");
              process.destroy();
              process.waitFor();
              s.asks(() -> process.getInputStream().read());
              s.asks(() -> process.getErrorStream().read());
            }),
        same(
            "destroyForcibly closes the streams",
            s -> {
              Process process = s.ready("exec sleep 1000");
              process.destroyForcibly();
              s.asks(() -> process.getInputStream().read());
              s.asks(() -> process.getErrorStream().read());
            }),
        same(
            "destroy of what has ended",
            s -> {
              Process process = s.start("echo unread; exit 6");
              process.waitFor();
              process.destroy();
              s.see(process.exitValue());
              s.asks(() -> process.getInputStream().read());
              process.destroyForcibly();
              s.see(process.exitValue());
            }),
        same(
            "whether it can be asked to end",
            s -> s.see(s.start("exit 0").supportsNormalTermination())),
        same(
            "signals that this process ignores",
            s -> {
              action(RARE, 1);
              try {
                s.see(isIgnored(s, RARE));
              } finally {
                action(RARE, 0);
              }
              s.see(isIgnored(s, RARE));
              s.see(isIgnored(s, 1));
            }),
        same(
            "no signal is blocked",
            s -> s.see(s.out(s.builder("/bin/grep", "SigBlk", "/proc/self/status")))),
        same(
            "200 in a row",
            s -> {
              int sum = 0;
              for (int i = 0; i < 200; i++) {
                sum += s.start("exit " + i % 7).waitFor();
              }
              s.see(sum);
            }),
        same(
            "20 at a time",
            s -> {
              var all = new java.util.ArrayList<Process>();
              for (int i = 0; i < 20; i++) {
                all.add(s.start("read line; exit " + i));
              }
              for (Process process : all) {
                process.getOutputStream().close();
              }
              for (Process process : all) {
                s.see(process.waitFor());
              }
            }),
        differs(
            "what a command leaves running",
            Difference.TREE,
            s -> {
              String marker = Sandboxed.marker();
              // It is looked for by its arguments, which it has when it is no copy of the shell.
              s.start(
                      "sleep $1 >/dev/null 2>&1 </dev/null &"
                          + " until [ \"$(cat /proc/$!/comm)\" = sleep ]; do :; done; echo",
                      marker)
                  .waitFor();
              s.see(Side.endAll(marker));
            }),
        differs(
            "the session of a command",
            Difference.SESSION,
            s -> s.see(s.out("cut -d' ' -f6 /proc/$$/stat").strip().equals(session()))));
  }

  /** Whether a command ignores a signal; those of the C library are nobody's business. */
  private static boolean isIgnored(Side side, int signal) throws Exception {
    String line = side.out(side.builder("/bin/grep", "SigIgn", "/proc/self/status")).strip();
    long mask = Long.parseUnsignedLong(line.substring(line.lastIndexOf('\t') + 1), 16);
    return (mask >>> (signal - 1) & 1) != 0;
  }

  /** Ignores a signal here, as nohup would have it from the start; or no longer. */
  private static void action(int signal, long handler) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      // struct sigaction of the kernel: | handler | flags | restorer | mask |, 64 bits each
      MemorySegment action = arena.allocate(ValueLayout.JAVA_LONG, 4);
      action.set(ValueLayout.JAVA_LONG, 0, handler);
      Syscall.check(
          Syscall.call(Syscall.number("rt_sigaction"), signal, action.address(), 0, 8),
          "rt_sigaction",
          "ignore a signal");
    }
  }

  private static String session() throws Exception {
    String stat = java.nio.file.Files.readString(java.nio.file.Path.of("/proc/self/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3];
  }

  private static int kill(String signal, long pid) throws Exception {
    return new ProcessBuilder("kill", "-" + signal, "" + pid).start().waitFor();
  }
}
