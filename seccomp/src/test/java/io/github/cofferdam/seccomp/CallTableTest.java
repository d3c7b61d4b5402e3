package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.seccomp.CallTable.Call;
import io.github.cofferdam.seccomp.Verdict.Wall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every system call has a verdict, and the filter carries it out. */
final class CallTableTest {
  private static final Action ALLOW = Action.allow();
  private static final Action REFUSE = Action.errno(Errno.EPERM);
  private static final Action ABSENT = Action.errno(Errno.ENOSYS);

  /** Bits that the kernel does not read of an int. */
  private static final long HIGH = 0xdead_beef_0000_0000L;

  private static final int INIT = 1;
  private static final int SOMEBODY = 4711;
  private static final int PRIO_USER = 2;
  private static final int IOPRIO_WHO_USER = 3;
  private static final int O_ASYNC = 020000;

  /** Where the attempts are. */
  private static final String ATTEMPTS = "sandbox/src/test/java/io/github/cofferdam/sandbox/";

  private static SeccompFilter filter(boolean namespaces, boolean signalScope) {
    return Baseline.of(Arch.X86_64)
        .ipc(namespaces)
        .ownNumbers(namespaces)
        .signalScope(signalScope)
        .filter();
  }

  @Test
  void everyCallHasAVerdict() throws IOException {
    var written = new TreeSet<String>();
    CallTable.read().forEach(call -> written.add(call.name()));

    assertEquals(new TreeSet<>(SyscallTable.numbers(Arch.X86_64).keySet()), written);
  }

  @Test
  void watchesCanBeRefused() {
    assertEquals(ALLOW, Baseline.of(Arch.X86_64).filter().decide("inotify_add_watch"));
    assertEquals(
        REFUSE, Baseline.of(Arch.X86_64).fileWatches(false).filter().decide("inotify_add_watch"));
  }

  @Test
  void theFilterCarriesTheVerdictsOut() throws IOException {
    for (boolean namespaces : new boolean[] {false, true}) {
      for (boolean signalScope : new boolean[] {false, true}) {
        SeccompFilter filter = filter(namespaces, signalScope);
        for (Call call : CallTable.read()) {
          check(filter, call, call.in(namespaces), signalScope);
        }
      }
    }
  }

  /** Arguments of 0, but for one. */
  private static long[] with(int index, long value) {
    var arguments = new long[6];
    arguments[index] = value;
    return arguments;
  }

  private static void check(SeccompFilter filter, Call call, Verdict verdict, boolean signalScope) {
    var decide = new Decider(filter, call.name());
    switch (verdict) {
      case REFUSED -> decide.always(REFUSE);
      case ABSENT -> decide.always(ABSENT);
      case FREE, READS, KERNEL, LANDLOCK_SCOPE, IPC_NAMESPACE, METADATA, WATCHES -> {
        if (!call.name().equals("getpriority")) {
          decide.always(ALLOW);
        }
      }
      case SIGNAL_DESCRIPTOR -> decide.always(signalScope ? ALLOW : REFUSE);
      case SELF -> byNumber(decide, call, false);
      case NOT_INIT, NOT_INIT_SIGNAL -> byNumber(decide, call, true);
      case OWN_CLOCK -> clocks(decide);
      case SIGNAL_OWNER -> descriptors(decide);
      case SIGNAL_IOCTL -> commands(decide);
      case NO_CORE_SHARING -> {
        decide.expect(REFUSE, with(0, Uapi.PR_SCHED_CORE()));
        decide.expect(REFUSE, with(0, HIGH | Uapi.PR_SCHED_CORE()));
        decide.expect(ALLOW, with(0, Uapi.PR_SET_NAME()));
      }
      case NO_SET_ID -> modes(decide, call);
      case NO_NAMESPACES -> {
        decide.expect(REFUSE, with(0, Uapi.CLONE_NEWUSER()));
        decide.expect(ALLOW, with(0, Uapi.SIGCHLD()));
      }
      case SOCKETS, HARMLESS_ONLY -> {} // BaselineTest
    }
    if (call.name().equals("getpriority")) {
      decide.expect(REFUSE, with(0, PRIO_USER));
      decide.expect(ALLOW, new long[] {0, SOMEBODY});
      decide.expect(ALLOW, new long[] {1, SOMEBODY});
    }
  }

  private static void byNumber(Decider decide, Call call, boolean others) {
    int checked = 0;
    for (String kind : new String[] {"pid", "tid", "pgid", "who"}) {
      if (call.argument(kind).isPresent()) {
        int index = call.argument(kind).get();
        var base = new long[6];
        // Of another call: with new limits, and a kind of owner that there is.
        base[call.name().equals("prlimit64") ? 2 : 5] = 1;
        boolean io = call.name().startsWith("ioprio");
        if (kind.equals("who")) {
          base[0] = io ? 1 : 0;
        }
        for (long high : new long[] {0, HIGH}) {
          decide.expect(ALLOW, replace(base, index, high));
          decide.expect(others ? ALLOW : REFUSE, replace(base, index, high | SOMEBODY));
          decide.expect(REFUSE, replace(base, index, high | INIT));
        }
        if (kind.equals("who")) {
          byUser(decide, io ? IOPRIO_WHO_USER : PRIO_USER);
          decide.expect(others ? ALLOW : REFUSE, new long[] {io ? 2 : 1, SOMEBODY});
          decide.expect(REFUSE, new long[] {io ? 2 : 1, INIT});
          decide.expect(ALLOW, new long[] {io ? 2 : 1, 0});
        }
        checked++;
      }
    }
    assertTrue(checked > 0, () -> call.name() + " names nobody");
  }

  private static void byUser(Decider decide, int user) {
    for (long who : new long[] {0, SOMEBODY, INIT, HIGH}) {
      decide.expect(REFUSE, new long[] {user, who});
      decide.expect(REFUSE, new long[] {HIGH | user, who});
      decide.expect(REFUSE, new long[] {17, who});
    }
  }

  private static long[] replace(long[] arguments, int index, long value) {
    long[] copy = arguments.clone();
    copy[index] = value;
    return copy;
  }

  /** linux/posix-timers_types.h. */
  private static int clock(int process, int which, boolean thread) {
    return ~process << 3 | which | (thread ? 4 : 0);
  }

  private static void clocks(Decider decide) {
    for (long high : new long[] {0, HIGH}) {
      for (int fixed = 0; fixed < 16; fixed++) {
        decide.expect(ALLOW, with(0, high | fixed));
      }
      for (int which = 0; which < 3; which++) {
        for (int process : new int[] {INIT, 2, SOMEBODY, 4194303}) {
          long other = clock(process, which, false) & 0xffff_ffffL;
          decide.expect(REFUSE, with(0, high | other));
          decide.expect(ALLOW, with(0, high | (clock(process, which, true) & 0xffff_ffffL)));
        }
        decide.expect(ALLOW, with(0, high | (clock(0, which, false) & 0xffff_ffffL)));
      }
    }
  }

  private static void descriptors(Decider decide) {
    for (long high : new long[] {0, HIGH}) {
      for (int command :
          new int[] {Uapi.F_SETLEASE(), Uapi.F_SETDELEG(), Uapi.F_NOTIFY(), Uapi.F_SET_RW_HINT()}) {
        decide.expect(REFUSE, new long[] {3, high | command, 0});
        decide.expect(REFUSE, new long[] {3, high | command, 1});
      }
      decide.expect(REFUSE, new long[] {3, high | Uapi.F_SETOWN(), high | SOMEBODY});
      decide.expect(REFUSE, new long[] {3, high | Uapi.F_SETOWN(), high | INIT});
      decide.expect(REFUSE, new long[] {3, high | Uapi.F_SETOWN(), -SOMEBODY});
      decide.expect(ALLOW, new long[] {3, high | Uapi.F_SETOWN(), high});
      decide.expect(REFUSE, new long[] {3, high | Uapi.F_SETOWN_EX(), SOMEBODY});
      decide.expect(REFUSE, new long[] {3, high | Uapi.F_SETSIG(), 9});
      decide.expect(REFUSE, new long[] {3, high | Uapi.F_SETFL(), high | O_ASYNC | 04000});
      decide.expect(ALLOW, new long[] {3, high | Uapi.F_SETFL(), 04000});
      decide.expect(ALLOW, new long[] {3, high | Uapi.F_SETFD(), O_ASYNC});
      for (int command :
          new int[] {
            Uapi.F_GETLEASE(),
            Uapi.F_DUPFD_CLOEXEC(),
            Uapi.F_SETPIPE_SZ(),
            Uapi.F_ADD_SEALS(),
            Uapi.F_GET_RW_HINT(),
            Uapi.F_GET_FILE_RW_HINT()
          }) {
        decide.expect(ALLOW, new long[] {3, high | command});
      }
    }
  }

  private static void commands(Decider decide) {
    for (long high : new long[] {0, HIGH}) {
      for (int command : new int[] {0x8901, 0x8902, Uapi.FIOASYNC()}) {
        decide.expect(REFUSE, new long[] {3, high | command});
      }
      decide.expect(ALLOW, new long[] {3, high | Uapi.FIONREAD()});
    }
  }

  private static void modes(Decider decide, Call call) {
    int index = call.argument("mode").orElseThrow();
    var base = new long[6];
    boolean opens = call.name().startsWith("open");
    if (opens) {
      base[index - 1] = Uapi.O_CREAT();
    }
    for (long high : new long[] {0, HIGH, 0xffff_0000L}) {
      for (int mode : new int[] {04755, 02755, 06000, 04000, 02000, 0104755, 07777}) {
        decide.expect(REFUSE, replace(base, index, high | mode));
      }
      for (int mode : new int[] {0, 0755, 01777, 0100644}) {
        decide.expect(ALLOW, replace(base, index, high | mode));
      }
    }
    if (opens) {
      // O_TMPFILE makes a file, too; what makes none has no mode.
      long[] unnamed = replace(base, index - 1, HIGH | 020000000 | 0200000);
      decide.expect(REFUSE, replace(unnamed, index, 04755));
      decide.expect(ALLOW, replace(new long[6], index, 04755));
    }
  }

  /** What a filter says of one call. */
  private record Decider(SeccompFilter filter, String name) {
    void expect(Action expected, long[] arguments) {
      assertEquals(
          expected, filter.decide(name, arguments), () -> name + Arrays.toString(arguments));
    }

    void always(Action expected) {
      expect(expected, new long[6]);
      for (int index = 0; index < 6; index++) {
        for (long value : new long[] {1, SOMEBODY, -1, HIGH, 04755}) {
          expect(expected, with(index, value));
        }
      }
    }
  }

  private static Path root() {
    return Path.of(System.getProperty("cofferdam.root", ".."));
  }

  /** What another wall than the filter holds is tried on a kernel. */
  @Test
  void whatAnotherWallHoldsIsTried() throws IOException {
    Path folder = root().resolve(ATTEMPTS);
    assumeTrue(Files.exists(folder), folder + " is missing: this module stands alone");
    String attempts =
        Files.readString(folder.resolve("CallAttemptsTest.java"))
            + Files.readString(folder.resolve("SetIdAttemptsTest.java"));
    for (Call call : CallTable.read()) {
      for (Verdict verdict : new Verdict[] {call.basic(), call.namespace()}) {
        boolean elsewhere =
            verdict.wall() == Wall.LANDLOCK
                || verdict.wall() == Wall.PID_NAMESPACE
                || verdict == Verdict.SELF
                || verdict == Verdict.OWN_CLOCK
                || verdict == Verdict.NO_SET_ID;
        assertTrue(
            !elsewhere || Pattern.compile("\\b" + call.name() + "\\b").matcher(attempts).find(),
            () -> "nobody tries " + call.name() + " in " + ATTEMPTS);
      }
    }
  }

  // ---------------------------------------------------------------- docs/calls.md

  @Test
  void theDocumentIsTheTable() throws IOException {
    Path file = root().resolve("docs/calls.md");
    String expected = document();
    if ("write".equals(System.getProperty("cofferdam.docs"))) {
      Files.writeString(file, expected);
    }
    assertEquals(
        expected,
        Files.readString(file),
        "docs/calls.md is not what calls.txt says: run this test with -Dcofferdam.docs=write");
  }

  private static String document() throws IOException {
    var text =
        new StringBuilder(
            """
            # System calls and other processes

            For every system call of x86_64 (Linux 7.3): whether an argument names a process, a thread, a process group, a user or
            a group besides the caller, and what stands between the call and processes outside the run, its supervisor and its init.
            Generated from `calls.txt` by `CallTableTest`, which holds each line to what the filter decides; attempts on a running
            kernel are in `CallAttemptsTest` and `ProcessFileAttemptsTest`.

            A filter sees a number and not whose it is. With isolation `basic`, which has no process-id namespace, calls that change
            something therefore take 0 alone, the caller itself; a process that names one of its own threads is refused with EPERM as
            well. That costs `pthread_setaffinity_np`, `pthread_setschedparam` and thread attributes with an affinity,
            `renice`, `taskset -p`, `chrt -p`, `ionice -p` and `prlimit --pid`. `nice`, `taskset`, `chrt` and `ionice` before a command,
            `sched_setaffinity(0, ...)` and limits of the process itself work. With isolation `namespace` all of this works between
            processes of the run; their init (1) is closed, and no process is ever named by its user.

            In the tables, a number after a colon is the argument; `*2` is the memory that argument 2 points to.

            ## Calls that name somebody, or a mode

            | call | whom | basic | namespace | |
            |---|---|---|---|---|
            """);
    for (Call call : CallTable.read()) {
      if (!call.whom().isEmpty()) {
        text.append("| `")
            .append(call.name())
            .append("` | ")
            .append(String.join(", ", call.whom()))
            .append(" | ")
            .append(call.basic().words())
            .append(" | ")
            .append(call.namespace().words())
            .append(" | ")
            .append(call.note())
            .append(" |\n");
      }
    }
    text.append("\n## Calls that name nobody but the caller\n");
    Map<String, StringBuilder> others = new TreeMap<>();
    for (Call call : CallTable.read()) {
      if (call.whom().isEmpty()) {
        String heading =
            call.basic() == call.namespace()
                ? call.basic().words()
                : "basic: " + call.basic().words() + "; namespace: " + call.namespace().words();
        others.computeIfAbsent(heading, key -> new StringBuilder()).append(' ').append(call.name());
      }
    }
    others.forEach((heading, names) -> {
      String first = heading.substring(0, 1).toUpperCase(Locale.ROOT);
      text.append("\n**").append(first).append(heading.substring(1)).append("**:\n");
      wrap(text, names.substring(1).split(" "));
    });
    return text.toString();
  }

  private static void wrap(StringBuilder text, String[] words) {
    int column = 0;
    for (int i = 0; i < words.length; i++) {
      String word = "`" + words[i] + "`" + (i + 1 < words.length ? "," : ".");
      if (column > 0 && column + 1 + word.length() > 120) {
        text.append('\n');
        column = 0;
      }
      text.append(column == 0 ? "" : " ").append(word);
      column += word.length() + 1;
    }
    text.append('\n');
  }
}
