package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.testkit.TerminalUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shared with a command is restored, whichever of its descriptors are left by then. */
@Tag("kernel")
class StreamStateTest {
  @TempDir private Path folder = Path.of("");

  /**
   * Closes the descriptor of its terminal that it was told of, and changes the terminal's modes.
   */
  public static final class Main {
    private Main() {}

    /** No arguments. */
    public static void main(String[] args) throws Exception {
      Fd passed = duplicate(Fd.owning(0));
      StreamState state = StreamState.of(passed, FileStatus.of(passed));
      passed.close();
      Terminal terminal = Terminal.known(Fd.owning(0));
      RawMode raw = RawMode.enter(terminal);
      System.out.println("changed");
      System.in.read();
      state.restore();
      System.out.println(raw.before().equals(terminal.modes()) ? "restored" : "left");
      System.in.read();
    }
  }

  private static Fd duplicate(Fd fd) throws IOException {
    long result = control(fd, Uapi.F_DUPFD_CLOEXEC(), 3);
    return Fd.owning(result, "fcntl", "duplicate a descriptor");
  }

  private static long control(Fd fd, int command, long argument) {
    return Syscall.call(Syscall.number("fcntl"), fd.number(), command, argument);
  }

  private static long lock(Fd fd) {
    return Syscall.call(Syscall.number("flock"), fd.number(), Uapi.LOCK_EX() | Uapi.LOCK_NB());
  }

  private Fd open(String name) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      Files.createFile(file);
    }
    return Commands.open(file, Uapi.O_RDWR());
  }

  @Test
  void theOneThatIsLeftIsRestored() throws Exception {
    Fd first = open("file");
    try (Fd second = duplicate(first);
        Fd alone = open("file")) {
      StreamState state = StreamState.of(first, FileStatus.of(first));
      assertFalse(state.add(alone));
      boolean known = state.add(second);
      first.close();
      assumeTrue(known, "this kernel does not tell whether open files are one");
      long flags = control(second, Uapi.F_GETFL(), 0);
      assertEquals(0, lock(second));
      assertEquals(-Errno.EAGAIN.number(), lock(alone));
      control(second, Uapi.F_SETFL(), flags | Uapi.O_NONBLOCK() | Uapi.O_APPEND());

      state.restore();

      assertEquals(flags, control(second, Uapi.F_GETFL(), 0));
      assertEquals(0, lock(alone));
    }
  }

  @Test
  void whatANumberLeadsToByThenIsLeftAlone() throws Exception {
    try (Fd stream = open("file");
        Fd other = open("other")) {
      StreamState state = StreamState.of(stream, FileStatus.of(stream));
      long flags = control(other, Uapi.F_GETFL(), 0) | Uapi.O_APPEND();
      assertEquals(0, control(other, Uapi.F_SETFL(), flags));
      long result =
          Syscall.call(Syscall.number("dup3"), other.number(), stream.number(), Uapi.O_CLOEXEC());
      assertEquals(stream.number(), result);

      state.restore();

      assertEquals(flags, control(other, Uapi.F_GETFL(), 0));
    }
  }

  @Test
  void theTerminalIsRestoredWithoutTheDescriptorThatLedThere() throws Exception {
    List<String> words = ChildJvm.command(Main.class);
    LaunchPlan plan =
        LaunchPlan.of(words.getFirst(), words)
            .supervision(Supervision.CHILD_WALK)
            .commandSteps(PseudoTerminal.control())
            .directory("/")
            .build();
    try (var terminal = PseudoTerminal.open(TerminalSize.DEFAULT)) {
      TerminalModes before = terminal.modes();
      var user = new TerminalUser(terminal.screen(), terminal.keyboard());
      var peer = Stdio.to(terminal.peer());
      try (Launched jvm = Launcher.start(plan, new StdioSet(peer, peer, Optional.of(peer)))) {
        user.expect("changed");
        assertFalse(terminal.modes().editsLines());
        user.type("x");
        user.expect("restored");
        assertEquals(before, terminal.modes());
        user.type("\r");
        assertEquals(0, Commands.end(jvm).code(), user::seen);
      }
    }
  }
}
