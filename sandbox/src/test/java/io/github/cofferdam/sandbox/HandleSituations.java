package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.differs;
import static io.github.cofferdam.sandbox.Situation.same;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A process's number, its handle, and what is known of it. */
@SuppressWarnings("NullAway") // null is among what is tried
final class HandleSituations {
  private HandleSituations() {}

  private static Process sleeping(Side side) throws Exception {
    return side.ready("exec sleep 1000");
  }

  private static ProcessHandle known(Process process) {
    return ProcessHandle.of(process.pid()).orElseThrow();
  }

  /** What is being executed is known a moment before its arguments are. */
  private static void settle(Process process) throws Exception {
    for (int i = 0; i < 1000 && process.info().arguments().isEmpty(); i++) {
      Thread.sleep(5);
    }
  }

  static List<Situation> all() {
    return List.of(
        same(
            "the number is the command's, as seen from here",
            s -> {
              String marker = Sandboxed.marker();
              Process process = s.start("read line", marker);
              settle(process);
              s.see(known(process).info().commandLine().orElse("").endsWith(" " + marker));
            }),
        same(
            "the number stays the same after the end",
            s -> {
              Process process = sleeping(s);
              long pid = process.pid();
              process.destroyForcibly().waitFor();
              s.see(pid == process.pid());
            }),
        same(
            "the handle has the number",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().pid() == process.pid());
            }),
        same(
            "the handle equals the JDK's",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().equals(known(process)));
            }),
        same(
            "the JDK's handle equals it",
            s -> {
              Process process = sleeping(s);
              s.see(known(process).equals(process.toHandle()));
            }),
        same(
            "the handle's hash is the JDK's",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().hashCode() == known(process).hashCode());
            }),
        same(
            "the handle compares with the JDK's",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().compareTo(known(process)));
              s.see(known(process).compareTo(process.toHandle()));
            }),
        same(
            "the handle compares with this process's",
            s -> {
              Process process = sleeping(s);
              int here = ProcessHandle.current().compareTo(process.toHandle());
              s.see(here == -process.toHandle().compareTo(ProcessHandle.current()));
            }),
        same(
            "the handle compares with nothing",
            s -> s.tries(() -> sleeping(s).toHandle().compareTo(null))),
        same(
            "the handle is among all",
            s -> {
              Process process = sleeping(s);
              s.see(ProcessHandle.allProcesses().toList().contains(process.toHandle()));
            }),
        same(
            "the handle is among this process's descendants",
            s -> {
              Process process = sleeping(s);
              s.see(ProcessHandle.current().descendants().toList().contains(process.toHandle()));
            }),
        same(
            "handles can be sorted with others",
            s -> {
              Process process = sleeping(s);
              Set<ProcessHandle> sorted =
                  new TreeSet<>(Set.of(ProcessHandle.current(), process.toHandle()));
              sorted.add(known(process));
              s.see(sorted.size());
            }),
        same(
            "two handles of one process",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().equals(process.toHandle()));
            }),
        same(
            "handles of two processes",
            s -> s.see(sleeping(s).toHandle().equals(sleeping(s).toHandle()))),
        same(
            "a handle is no process",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().equals(process));
              s.see(process.equals(process.toHandle()));
            }),
        same(
            "the handle's text",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().toString().equals("" + process.pid()));
            }),
        same(
            "the process's text",
            s -> {
              Process process = sleeping(s);
              s.see(process.toString().replace("" + process.pid(), "PID"));
              process.destroyForcibly().waitFor();
              s.see(process.toString().replace("" + process.pid(), "PID"));
            }),
        same("a handle that lives", s -> s.see(sleeping(s).toHandle().isAlive())),
        same(
            "a handle after the end",
            s -> {
              Process process = sleeping(s);
              ProcessHandle handle = process.toHandle();
              process.destroyForcibly().waitFor();
              s.see(handle.isAlive());
              s.see(handle.parent());
              s.see(handle.children().count());
              s.see(handle.descendants().count());
              s.see(handle.info());
              s.see(handle.destroy());
              s.see(handle.destroyForcibly());
              s.see(handle.equals(process.toHandle()));
            }),
        same(
            "whether a handle can ask",
            s -> s.see(sleeping(s).toHandle().supportsNormalTermination())),
        same(
            "a handle asks",
            s -> {
              Process process = sleeping(s);
              s.see(process.toHandle().destroy());
              s.see(process.waitFor());
            }),
        same(
            "a handle kills",
            s -> {
              Process process = s.ready("trap '' TERM; exec sleep 1000");
              s.see(process.toHandle().destroyForcibly());
              s.see(process.waitFor());
            }),
        same(
            "a handle's destroy leaves the streams open",
            s -> {
              Process process =
                  s.ready("trap 'echo last; exit 1' TERM; echo set; while :; do sleep 0.05; done");
              process.inputReader().readLine();
              process.toHandle().destroy();
              s.see(process.inputReader().readLine());
            }),
        same(
            "a handle's onExit",
            s -> {
              Process process = sleeping(s);
              ProcessHandle handle = process.toHandle();
              var exit = handle.onExit();
              s.see(exit.isDone());
              process.destroyForcibly();
              s.see(exit.get().equals(handle));
            }),
        same(
            "what is known of it",
            s -> {
              Process process = s.start(s.builder("/bin/sleep", "1000"));
              settle(process);
              ProcessHandle.Info info = process.info();
              s.see(info.command().isPresent());
              s.see(List.of(info.arguments().orElseThrow()));
              s.see(info.commandLine().orElse("").endsWith("sleep 1000"));
              s.see(info.user().equals(ProcessHandle.current().info().user()));
              s.see(info.startInstant().isPresent());
              s.see(info.totalCpuDuration().isPresent());
            }),
        same(
            "what is known by the handle",
            s -> {
              Process process = s.start(s.builder("/bin/sleep", "1000"));
              settle(process);
              s.see(process.toHandle().info().command().equals(process.info().command()));
            }),
        same(
            "what is known after the end",
            s -> {
              Process process = sleeping(s);
              process.toHandle();
              process.destroyForcibly().waitFor();
              ProcessHandle.Info info = process.info();
              s.see(
                  Stream.<Optional<?>>of(
                          info.command(),
                          info.commandLine(),
                          info.arguments(),
                          info.user(),
                          info.startInstant(),
                          info.totalCpuDuration())
                      .allMatch(Optional::isEmpty));
              s.see(info);
            }),
        same(
            "no children",
            s -> {
              Process process = sleeping(s);
              s.see(process.children().count());
              s.see(process.descendants().count());
            }),
        same(
            "children and descendants",
            s -> {
              Process process = s.start("sleep 1000 & (sleep 1000 & echo 1; wait) & echo 2; wait");
              process.inputReader().readLine();
              process.inputReader().readLine();
              s.see(process.children().count());
              s.see(process.descendants().count());
              s.see(process.toHandle().children().count());
              s.see(process.toHandle().descendants().count());
            }),
        same(
            "children after the end",
            s -> {
              Process process = s.start("exit 0");
              process.waitFor();
              s.see(process.children().count());
              s.see(process.descendants().count());
            }),
        same(
            "descendants can be killed first",
            s -> {
              Process process = s.start("sleep 1000 & echo 1; wait; exit 3");
              process.inputReader().readLine();
              process.descendants().forEach(ProcessHandle::destroyForcibly);
              s.see(process.waitFor());
            }),
        same(
            "a child's parent is the process",
            s -> {
              Process process = s.start("sleep 1000 & echo 1; wait");
              process.inputReader().readLine();
              ProcessHandle child = process.children().findFirst().orElseThrow();
              s.see(child.parent().orElseThrow().equals(process.toHandle()));
            }),
        differs(
            "the parent",
            Difference.PARENT,
            s ->
                s.see(
                    sleeping(s).toHandle().parent().equals(Optional.of(ProcessHandle.current())))),
        differs(
            "this process's children",
            Difference.PARENT,
            s -> {
              Process process = sleeping(s);
              s.see(ProcessHandle.current().children().toList().contains(process.toHandle()));
            }),
        differs(
            "an orphan among the descendants",
            Difference.DESCENDANTS,
            s -> {
              String marker = Sandboxed.marker();
              // Its parent has ended when the line comes.
              Process process =
                  s.start(
                      "sh -c 'sleep $1 >/dev/null &"
                          + " until [ \"$(cat /proc/$!/comm)\" = sleep ]; do :; done' sh $1;"
                          + " echo end; read line",
                      marker);
              process.inputReader().readLine();
              s.see(process.descendants().count());
              s.see(Side.endAll(marker) > 0);
            }),
        differs(
            "the handle of what had ended before",
            Difference.ENDED_HANDLE,
            s -> {
              Process process = s.start("exit 0");
              process.waitFor();
              // It compares with handles of its own kind alone, as the JDK's do.
              s.tries(() -> ProcessHandle.current().compareTo(process.toHandle()));
            }));
  }
}
