package io.github.cofferdam.launcher;

import static io.github.cofferdam.launcher.Commands.plan;
import static io.github.cofferdam.launcher.Commands.run;
import static io.github.cofferdam.launcher.Commands.shell;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Commands.Finished;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What a command finds when it starts, and what is learnt of its end, however it is supervised. */
@Tag("kernel")
class LaunchedCommandTest {

  @EachSupervision
  void exitCodes(Supervision supervision) throws Exception {
    for (int code : new int[] {0, 1, 42, 125, 255}) {
      Exit exit = run(shell(supervision, "exit " + code)).exit();
      assertTrue(exit.exited());
      assertEquals(code, exit.code());
      assertEquals(code, exit.shellCode());
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
    }
  }

  @EachSupervision
  void signals(Supervision supervision) throws Exception {
    for (int signal : new int[] {Uapi.SIGKILL(), Uapi.SIGTERM(), Uapi.SIGUSR1()}) {
      Exit exit = run(shell(supervision, "kill -" + signal + " $$; sleep 1000")).exit();
      assertFalse(exit.exited());
      assertEquals(signal, exit.signal());
      assertEquals(128 + signal, exit.shellCode());
      assertEquals(Exit.Reason.BY_ITSELF, exit.reason());
    }
  }

  @EachSupervision
  void argumentsArriveByteForByte(Supervision supervision) throws Exception {
    String invalid = OsText.decode(new byte[] {'x', (byte) 0xff, (byte) 0xc3}, 0, 3);
    String[] arguments = {
      "", "a b", "", "two\nlines", "\"'\\$HOME*", "\u00e9\u20ac\ud83d\ude00", invalid, "-n", ""
    };
    Finished finished = run(shell(supervision, "printf '%s\\0' \"$#\" \"$@\"", arguments));
    var expected = new StringBuilder(arguments.length + "\0");
    for (String argument : arguments) {
      expected.append(new String(OsText.encode(argument), ISO_8859_1)).append('\0');
    }
    assertEquals(expected.toString(), finished.output());
    assertEquals(0, finished.exit().code());
  }

  @EachSupervision
  void theCommandsOwnNameIsItsFirstArgument(Supervision supervision) throws Exception {
    var plan = LaunchPlan.of("/bin/sh", List.of("other name", "-c", "echo \"$0\""));
    assertEquals("other name\n", run(Commands.supervised(supervision, plan)).output());
  }

  @EachSupervision
  void theEnvironmentIsExactlyWhatWasGiven(Supervision supervision) throws Exception {
    String invalid = OsText.decode(new byte[] {(byte) 0x80}, 0, 1);
    LaunchPlan.Builder plan =
        plan(supervision, "/usr/bin/env", "-0")
            .variable("B", "1\n2=3")
            .variable("EMPTY", "")
            .environment(Map.of("A" + invalid, invalid));
    assertEquals("B=1\n2=3\0EMPTY=\0A\u0080=\u0080\0", run(plan).output());
    assertEquals("", run(plan(supervision, "/usr/bin/env", "-0")).output(), "nothing inherited");
  }

  @EachSupervision
  void theWorkingDirectory(Supervision supervision, @TempDir Path folder) throws Exception {
    Path directory = folder.toRealPath();
    assertEquals(
        directory + "\n",
        run(plan(supervision, "/bin/pwd").directory(directory.toString())).output());
    assertEquals(
        Path.of("").toRealPath() + "\n", run(plan(supervision, "/bin/pwd")).output(), "inherited");
  }

  @EachSupervision
  void noDescriptorButTheStandardStreamsIsInherited(Supervision supervision) throws Exception {
    // As careless native code opens them: without FD_CLOEXEC, and one beyond select's 1024.
    try (Fd low = leaky(5);
        Fd high = leaky(1500)) {
      assertTrue(low.number() >= 5 && high.number() >= 1500);
      // 3 is what ls itself has open.
      assertEquals("0\n1\n2\n3\n", run(plan(supervision, "/bin/ls", "/proc/self/fd")).output());
    }
  }

  private static Fd leaky(int lowest) throws Exception {
    int fcntl = Syscall.number("fcntl");
    Fd fd = Fd.owning(Syscall.call(fcntl, 2, Uapi.F_DUPFD(), lowest), "fcntl", "copy a descriptor");
    assertEquals(0, Syscall.call(fcntl, fd.number(), Uapi.F_GETFD()), "not closed on exec");
    return fd;
  }

  @EachSupervision
  void noSignalIsBlockedOrIgnoredThatIsNotIgnoredHere(Supervision supervision) throws Exception {
    List<String> status =
        run(plan(supervision, "/bin/cat", "/proc/self/status")).output().lines().toList();
    for (String field : List.of("SigBlk", "SigCgt")) {
      assertTrue(status.contains(field + ":\t0000000000000000"), () -> field + " in " + status);
    }
    assertTrue(status.contains("SigIgn:\t" + Commands.ignoredInCommands()), status::toString);
  }

  @EachSupervision
  void theCommandLeadsASessionOfItsOwn(Supervision supervision) throws Exception {
    // pid (comm) state ppid pgrp session tty_nr
    String[] stat = run(plan(supervision, "/bin/cat", "/proc/self/stat")).output().split(" ", 9);
    assertEquals(stat[0], stat[4], "process group");
    assertEquals(stat[0], stat[5], "session");
    assertEquals("0", stat[6], "no terminal");
  }

  @EachSupervision
  void resourceUsageIsThatOfTheTree(Supervision supervision) throws Exception {
    Exit exit = run(shell(supervision, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")).exit();
    assertEquals(0, exit.code());
    assertTrue(exit.usage().userTime().plus(exit.usage().systemTime()).toNanos() > 0);
    long most = exit.usage().maxResidentBytes();
    assertTrue(most > 100_000 || supervision == Supervision.NONE, exit::toString);
    // This virtual machine, whose memory the child had at first, has far more.
    assertTrue(most < 20_000_000, exit::toString);
  }
}
