package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.eventually;
import static io.github.cofferdam.launcher.Commands.withVariable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;

/** When the virtual machine dies, its sandboxes die with it. */
@Tag("kernel")
class LifelineTest {

  /** Launches a tree and waits for its end, which does not come. */
  public static final class Main {
    private Main() {}

    /** The arguments are the supervision and the name and value of a variable. */
    public static void main(String[] args) throws Exception {
      String script = "sleep 1000 & setsid sleep 1001 & (setsid sleep 1003 &); sleep 1002; :";
      var plan =
          Commands.shell(Supervision.valueOf(args[0]), script).variable(args[1], args[2]).build();
      // A second one, whose lifeline the first one's processes must not hold, and the other way
      // round.
      try (Launched first = Launcher.start(plan, StdioSet.inherit());
          Launched second = Launcher.start(plan, StdioSet.inherit())) {
        System.out.println(first.await());
        System.out.println(second.await());
      }
    }
  }

  @EachSupervisor
  void aKilledVirtualMachineTakesItsTreesAlong(Supervision supervision) throws Exception {
    if (supervision == Supervision.PID_NAMESPACE) {
      Commands.assumeNamespaces();
    }
    String name = "COFFERDAM_LIFELINE";
    String value = UUID.randomUUID().toString();
    String mark = name + "=" + value;
    Process jvm =
        new ProcessBuilder(ChildJvm.command(Main.class, supervision.name(), name, value))
            .redirectErrorStream(true)
            .start();
    try {
      eventually(
          "two trees of five processes",
          () -> {
            assertTrue(jvm.isAlive(), "the virtual machine ended early");
            return withVariable(mark).size() >= 10;
          });
      long start = System.nanoTime();
      Commands.kill(jvm.pid(), Uapi.SIGKILL());
      // Everybody holds its standard output: at its end, nobody is left.
      String output =
          new String(jvm.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      assertEquals("", output);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      System.out.printf(
          "%s: all gone %d ms after the virtual machine was killed%n", supervision, millis);
      eventually("no process is left", () -> withVariable(mark).isEmpty());
    } finally {
      jvm.destroyForcibly().waitFor();
      for (long pid : withVariable(mark)) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }
}
