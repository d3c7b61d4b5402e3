package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A virtual machine started with nohup, or by a service manager that ignores signals, passes that
 * on as every process does; only the ends of children have to be heard of.
 */
@Tag("kernel")
class IgnoredSignalsTest {

  private static final int REAL_TIME = 50;
  private static final long SIG_IGN = 1;

  /** Prints its own signal dispositions and those of commands. */
  public static final class Main {
    private Main() {}

    /** No arguments. */
    public static void main(String[] args) throws Exception {
      System.out.println("jvm " + Commands.status(ProcessHandle.current().pid(), "SigIgn"));
      printCommands();
      ignore(REAL_TIME);
      System.out.println("jvm " + Commands.status(ProcessHandle.current().pid(), "SigIgn"));
      printCommands();
    }

    private static void printCommands() throws Exception {
      for (Supervision supervision :
          List.of(Supervision.NONE, Supervision.CHILD_WALK, Supervision.PID_NAMESPACE)) {
        var plan = Commands.plan(supervision, "/bin/cat", "/proc/self/status").build();
        try (Launched launched = Launcher.start(plan, Commands.output())) {
          Commands.readAll(launched)
              .lines()
              .filter(line -> line.startsWith("SigIgn") || line.startsWith("SigBlk"))
              .forEach(line -> System.out.println(supervision + " " + line));
          System.out.println(supervision + " exit " + launched.await().code());
        }
      }
    }

    /** As a library may do at any time. */
    private static void ignore(int signal) throws KernelException {
      try (Arena arena = Arena.ofConfined()) {
        // struct sigaction of the kernel: | handler | flags | restorer | mask |, 64 bits each
        MemorySegment action = arena.allocate(ValueLayout.JAVA_LONG, 4);
        action.set(ValueLayout.JAVA_LONG, 0, SIG_IGN);
        Syscall.check(
            Syscall.call(Syscall.number("rt_sigaction"), signal, action.address(), 0, 8),
            "rt_sigaction",
            "ignore a signal");
      }
    }
  }

  @Test
  void ignoredSignalsStayIgnoredInTheCommand() throws Exception {
    Commands.assumeNamespaces();
    var command =
        new ArrayList<>(List.of("/bin/sh", "-c", "trap '' HUP USR2 CHLD; exec \"$@\"", "sh"));
    command.addAll(ChildJvm.command(Main.class));
    Process jvm = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = new String(jvm.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertEquals(0, jvm.waitFor(), lines::toString);
    int half = lines.size() / 2;
    assertNotEquals(0, ignored(lines.getFirst()) & 1, "the virtual machine itself ignores SIGHUP");
    assertNotEquals(
        0,
        ignored(lines.get(half)) & 1L << (REAL_TIME - 1),
        "the virtual machine ignores what it did not ignore at its first start");
    assertEquals(expected(lines.getFirst()), lines.subList(1, half));
    assertEquals(expected(lines.get(half)), lines.subList(half + 1, lines.size()));
  }

  private static List<String> expected(String own) {
    var expected = new ArrayList<String>();
    long ignored = ignored(own) & ~SignalDefaults.neverIgnored();
    for (String supervision : List.of("NONE", "CHILD_WALK", "PID_NAMESPACE")) {
      expected.add(supervision + " SigBlk:\t0000000000000000");
      expected.add(supervision + " SigIgn:\t%016x".formatted(ignored));
      expected.add(supervision + " exit 0");
    }
    return expected;
  }

  private static long ignored(String own) {
    return Long.parseUnsignedLong(own.substring(own.lastIndexOf(' ') + 1), 16);
  }
}
