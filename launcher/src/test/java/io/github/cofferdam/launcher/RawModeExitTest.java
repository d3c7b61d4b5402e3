package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.testkit.TerminalUser;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A virtual machine that ends leaves its terminal as it was, however it ends. */
@Tag("kernel")
class RawModeExitTest {

  /** Makes its terminal raw, and then waits, exits or fails. */
  public static final class Main {
    private Main() {}

    /** What to do. */
    public static void main(String[] args) throws Exception {
      RawMode raw = Terminal.of(Fd.owning(0)).orElseThrow().raw();
      System.out.println("raw");
      System.in.read();
      switch (args[0]) {
        case "exit" -> System.exit(3);
        case "fail" -> throw new IllegalStateException("after " + raw.before());
        default -> Thread.sleep(1_000_000);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"exit,0,3", "fail,0,1", "wait,15,143", "wait,1,129", "wait,2,130"})
  void theTerminalHasItsModesAgain(String what, int signal, int status) throws Exception {
    List<String> words = ChildJvm.command(Main.class, what);
    LaunchPlan plan =
        LaunchPlan.of(words.getFirst(), words)
            .supervision(Supervision.CHILD_WALK)
            .commandSteps(
                PseudoTerminal.control()
                    .then(Commands.defaultActions(Uapi.SIGHUP(), Uapi.SIGINT(), Uapi.SIGQUIT())))
            .directory(Path.of("/").toString())
            .build();
    try (var terminal = PseudoTerminal.open(TerminalSize.DEFAULT)) {
      TerminalModes before = terminal.modes();
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      var peer = Stdio.to(terminal.peer());
      try (Launched jvm = Launcher.start(plan, new StdioSet(peer, peer, Optional.of(peer)))) {
        user.expect("raw");
        assertFalse(terminal.modes().editsLines());
        user.type("x");
        if (signal != 0) {
          jvm.signal(signal);
        }
        assertEquals(status, Commands.end(jvm).code(), user::seen);
      }
      assertEquals(before, terminal.modes());
    }
  }
}
