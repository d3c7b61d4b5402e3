package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The way by which a child finds its image. */
@Tag("kernel")
class OwnProcTest {
  /** A number could come to mean somebody else's process, and root could look into that. */
  @Test
  void onlyWhoHasNoPrivilegesGoesByNumber() {
    String own = "/proc/" + ProcessHandle.current().pid() + "/fd/";
    assertEquals(Commands.isRoot() ? OwnProc.SELF : own, OwnProc.descriptors());
  }

  /** Starts a command from a process that others cannot look into. */
  public static final class Main {
    private Main() {}

    /** No arguments. */
    public static void main(String[] args) throws Exception {
      Syscall.check(
          Syscall.call(Syscall.number("prctl"), Uapi.PR_SET_DUMPABLE(), 0, 0, 0, 0),
          "prctl",
          "close this process to others");
      for (Supervision supervision : List.of(Supervision.NONE, Supervision.CHILD_WALK)) {
        var plan = Commands.plan(supervision, "/bin/echo", "started").build();
        try (Launched launched = Launcher.start(plan, Commands.output())) {
          System.out.print(Commands.readAll(launched));
          System.out.println(launched.await().code());
        }
      }
    }
  }

  @Test
  void aProcessThatIsClosedToOthersStartsCommandsAllTheSame() throws Exception {
    Process jvm =
        new ProcessBuilder(ChildJvm.command(Main.class)).redirectErrorStream(true).start();
    assertEquals(
        List.of("started", "0", "started", "0"),
        new String(jvm.getInputStream().readAllBytes(), UTF_8).lines().toList());
    assertEquals(0, jvm.waitFor());
  }
}
